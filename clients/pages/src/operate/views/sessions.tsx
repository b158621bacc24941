import { type ReactNode, useState } from 'react';
import type { SessionDetail, SessionItem } from '../../../../../src/operate/sessions/model.ts';
import { usePoll } from '../../shell/browser/use-poll.ts';
import { language } from '../../shell/language.ts';
import { attempt, request } from '../../shell/rest.ts';
import { sayBytes, sayMs, sayTime, shortId } from '../numbers.ts';
import { goTo, linkTo, route } from '../route.ts';
import { type Column, Failure, List, Loading, Table } from '../table.tsx';
import { operateWords } from '../words.ts';
import { viewWords } from './words.ts';

const api = '/api/operate/sessions';

export function Sessions({ about }: { readonly about: string | undefined }): ReactNode {
  return about === undefined ? <All /> : <One key={about} id={about} />;
}

function All(): ReactNode {
  const say = operateWords();
  const columns: readonly Column<SessionItem>[] = [
    {
      name: say.user,
      cell: ({ id, userId }) => <a href={linkTo('sessions', id)}>{userId ?? shortId(id)}</a>,
    },
    { name: say.role, cell: ({ role }) => role ?? say.none },
    { name: say.transport, cell: ({ transport }) => transport },
    {
      name: say.client,
      cell: ({ platform, version }) => [platform, version].filter(Boolean).join(' ') || say.none,
    },
    { name: say.subscriptions, isNumber: true, cell: ({ subscriptions }) => subscriptions },
    { name: say.bytes, isNumber: true, cell: ({ waitingBytes }) => sayBytes(waitingBytes) },
    { name: say.roundTrip, isNumber: true, cell: ({ roundTripMs }) => sayMs(roundTripMs) },
    { name: say.seen, cell: ({ heardAt }) => sayTime(heardAt, language.value) },
    { name: say.process, cell: ({ processId }) => <code>{shortId(processId)}</code> },
  ];
  return (
    <List
      title={say.sessions}
      path={api}
      columns={columns}
      keyOf={({ id }) => id}
      filters={{ user: say.user, transport: say.transport, version: say.version, channel: say.channel }}
    />
  );
}

function One({ id }: { readonly id: string }): ReactNode {
  const say = operateWords();
  const more = viewWords();
  const path = `${api}/${encodeURIComponent(id)}`;
  const { answer, error } = usePoll<{ readonly data: SessionDetail }>(path, 3_000);
  const columns: readonly Column<SessionDetail['reads'][number]>[] = [
    { name: say.channel, cell: ({ channel, log }) => <a href={linkTo('channels', log)}>{channel}</a> },
    { name: say.position, cell: ({ position }) => <code>{position}</code> },
    { name: say.behind, isNumber: true, cell: ({ behind }) => behind },
    { name: say.by, cell: ({ by }) => by },
    {
      name: more.sent,
      isNumber: true,
      cell: ({ sent, sentBytes }) =>
        sent === undefined || sentBytes === undefined ? say.none : `${sent} · ${sayBytes(sentBytes)}`,
    },
  ];
  async function act(action: 'close' | 'revoke', done: string): Promise<void> {
    const answered = await attempt(() => request('POST', `${path}/${action}`), done);
    // The reader may have gone elsewhere meanwhile.
    if (answered !== undefined && route.peek().about === id) goTo('sessions');
  }
  const data = answer?.data;
  return (
    <div className="card stack">
      <a href={linkTo('sessions')}>{say.back}</a>
      <h2>{data?.userId ?? <code>{shortId(id)}</code>}</h2>
      <Failure error={error} />
      {data ? (
        <>
          <p className="muted">
            {[data.role, data.transport, data.platform, data.version, data.deviceId]
              .filter(Boolean)
              .join(' · ')}{' '}
            · {say.bytes}: {sayBytes(data.waitingBytes)} · {say.roundTrip}: {sayMs(data.roundTripMs)}
          </p>
          <p className="muted small">
            {more.opened}: {sayTime(data.openedAt, language.value)} · {say.seen}:{' '}
            {sayTime(data.heardAt, language.value)}
            {data.expiresAt && ` · ${more.expires}: ${sayTime(data.expiresAt, language.value)}`}
            {data.tenants.length > 0 && ` · ${data.tenants.join(', ')}`}
          </p>
          <Table
            label={say.subscriptions}
            rows={data.reads}
            columns={columns}
            keyOf={({ channel }) => channel}
          />
          <div className="cluster">
            <Sure name={say.close} act={() => act('close', say.closed)} />
            <Sure name={say.revoke} act={() => act('revoke', say.revoked)} />
            {data.userId && <a href={linkTo('people', data.userId)}>{say.person}</a>}
          </div>
        </>
      ) : (
        !error && <Loading />
      )}
    </div>
  );
}

/** A button that takes effect at the second press. */
export function Sure({ name, act }: { readonly name: string; readonly act: () => Promise<void> }): ReactNode {
  const say = operateWords();
  const [isAsked, setAsked] = useState(false);
  return (
    <button
      type="button"
      className="danger"
      onBlur={() => setAsked(false)}
      onClick={() => {
        if (isAsked) void act();
        setAsked(!isAsked);
      }}
    >
      {isAsked ? `${name}: ${say.sure}` : name}
    </button>
  );
}
