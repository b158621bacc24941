import { type FormEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { ConnectionStatus, TambuliProvider, useChannel } from '../shell/client.ts';
import { facts } from '../shell/facts.ts';
import { attempt, request } from '../shell/rest.ts';
import { openClient, type Session, sessionOfToken } from '../shell/session.ts';
import { toast } from '../shell/toasts.tsx';
import { openWireTap, type TappedFrame } from '../shell/wire-tap.ts';
import { shellWords } from '../shell/words.ts';
import { PasteLines } from './paste-lines.tsx';
import { landingWords } from './words.ts';

const mostFrames = 200;

/** A client to try the server with: it subscribes, publishes, and shows every frame. */
export function Console(): ReactNode {
  const say = landingWords();
  const [who, setWho] = useState<Session | undefined>(firstPerson);
  const [channel, setChannel] = useState(firstChannel);
  return (
    <section className="card stack" aria-labelledby="console">
      <h2 id="console">{say.console}</h2>
      <Who who={who} onChange={setWho} />
      {who && <Connection key={JSON.stringify(who)} who={who} channel={channel} onChannel={setChannel} />}
      <PasteLines who={who} channel={channel} />
    </section>
  );
}

function firstPerson(): Session | undefined {
  const [person] = facts.people;
  if (person) return { tenants: [], ...person };
  return facts.mode === 'insecure' ? { userId: 'user123', role: 'user', tenants: [] } : undefined;
}

/** A name that needs no parameter, where there is one. */
function firstChannel(): string {
  const channels = facts.channels ?? [];
  return channels.find((pattern) => !pattern.includes('{')) ?? channels[0] ?? '';
}

function Who({
  who,
  onChange,
}: {
  readonly who: Session | undefined;
  readonly onChange: (who: Session | undefined) => void;
}): ReactNode {
  const say = landingWords();
  if (facts.mode === 'jwt') {
    return (
      <label className="field">
        {say.token}
        <input
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(sessionOfToken(event.currentTarget.value))}
        />
      </label>
    );
  }
  return (
    <label className="field">
      {say.who}
      <select
        value={facts.people.findIndex(({ userId, role }) => userId === who?.userId && role === who.role)}
        onChange={(event) => {
          const person = facts.people[Number(event.currentTarget.value)];
          if (person) onChange({ tenants: [], ...person });
        }}
      >
        {facts.people.map(({ userId, role, name }, index) => (
          <option key={`${userId} ${role}`} value={index}>
            {name} · {role} · {userId}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ConnectionProps {
  readonly who: Session;
  readonly channel: string;
  readonly onChannel: (channel: string) => void;
}

interface NumberedFrame extends TappedFrame {
  readonly number: number;
}

function Connection({ who, channel, onChannel }: ConnectionProps): ReactNode {
  const [frames, setFrames] = useState<readonly NumberedFrame[]>([]);
  const client = useMemo(() => {
    let number = 0;
    const tap = openWireTap((frame) => {
      number += 1;
      const numbered = { ...frame, number };
      setFrames((before) => [...before, numbered].slice(-mostFrames));
    });
    return openClient(who, { environment: tap.environment });
  }, [who]);
  useEffect(() => () => client.close(), [client]);
  return (
    <TambuliProvider client={client}>
      <ConnectionStatus words={shellWords()} />
      <div className="console-forms">
        <Subscriptions channel={channel} onChannel={onChannel} />
        <Publishing who={who} channel={channel} />
      </div>
      <Frames frames={frames} onClear={() => setFrames([])} />
    </TambuliProvider>
  );
}

function Subscriptions({ channel, onChannel }: Omit<ConnectionProps, 'who'>): ReactNode {
  const say = landingWords();
  const [names, setNames] = useState<readonly string[]>([]);
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (channel !== '' && !names.includes(channel)) setNames([...names, channel]);
  }
  return (
    <form className="stack tight" onSubmit={submit}>
      <label className="field">
        {say.channel}
        <input
          value={channel}
          list="channels"
          required
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChannel(event.currentTarget.value)}
        />
      </label>
      <datalist id="channels">
        {facts.channels?.map((pattern) => (
          <option key={pattern} value={pattern} />
        ))}
      </datalist>
      <button type="submit">{say.subscribe}</button>
      <ul className="cluster">
        {names.map((name) => (
          <li key={name}>
            <Subscription name={name} onLeave={() => setNames(names.filter((each) => each !== name))} />
          </li>
        ))}
      </ul>
    </form>
  );
}

function Subscription({ name, onLeave }: { readonly name: string; readonly onLeave: () => void }): ReactNode {
  const say = landingWords();
  const { status, error } = useChannel(name, () => undefined);
  return (
    <span className="badge" data-tone={error ? 'bad' : status === 'subscribed' ? 'good' : 'accent'}>
      {name} {error?.code}
      <button type="button" className="quiet" aria-label={say.leave(name)} onClick={onLeave}>
        ×
      </button>
    </span>
  );
}

/** In insecure mode the server takes a request that names nobody for its own backend. */
function Publishing({ who, channel }: { readonly who: Session; readonly channel: string }): ReactNode {
  const say = landingWords();
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const data = parsed(String(form.get('data')));
    if (data === undefined) {
      toast(say.noJson, 'bad');
      return;
    }
    const body = { channel, type: String(form.get('type')), data };
    const as = who.token === undefined ? {} : { as: who };
    void attempt(() => request('POST', '/api/realtime/publish', body, as), say.published(channel));
  }
  return (
    <form className="stack tight" onSubmit={submit}>
      <label className="field">
        {say.type}
        <input name="type" defaultValue="hello" required autoComplete="off" spellCheck={false} />
      </label>
      <label className="field">
        {say.data}
        <textarea name="data" rows={2} defaultValue={'{"text":"Kumusta!"}'} spellCheck={false} />
      </label>
      <button type="submit" className="primary">
        {say.publish}
      </button>
    </form>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function Frames({
  frames,
  onClear,
}: {
  readonly frames: readonly NumberedFrame[];
  readonly onClear: () => void;
}): ReactNode {
  const say = landingWords();
  const list = useRef<HTMLUListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new frame is the reason to scroll.
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [frames]);
  return (
    <div className="stack tight">
      <div className="spread">
        <h3>{say.frames}</h3>
        <button type="button" className="quiet" disabled={frames.length === 0} onClick={onClear}>
          {say.clear}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard. */}
      <ul ref={list} className="frames" tabIndex={0} aria-label={say.frames}>
        {frames.length === 0 && <li className="muted">{say.noFrames}</li>}
        {frames.map(({ number, direction, text }) => (
          <li key={number} data-direction={direction}>
            <span aria-hidden="true">{direction === 'out' ? '→' : '←'}</span>
            <span>
              <span className="hidden">{direction === 'out' ? say.sent : say.received}: </span>
              {text}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
