import type { ReactNode } from 'react';
import { serverUrl } from '../shell/facts.ts';
import type { Session } from '../shell/session.ts';
import { landingWords } from './words.ts';

interface PasteLinesProps {
  readonly who: Session | undefined;
  readonly channel: string;
}

/** The same that the console does, as lines for a terminal. A token stays out of them: a shell has it in `$TOKEN`. */
export function PasteLines({ who, channel }: PasteLinesProps): ReactNode {
  const say = landingWords();
  const socket = `${serverUrl.replace(/^http/, 'ws')}/ws/realtime`;
  const isBelieved = who !== undefined && who.token === undefined;
  const identity = isBelieved ? new URLSearchParams(identityOf(who)).toString() : '';
  const bearer = isBelieved ? '' : ` -H "authorization: Bearer $TOKEN"`;
  const named = encodeURIComponent(channel);
  const body = quoted(JSON.stringify({ channel, type: 'hello', data: { text: 'Kumusta!' } }));
  const lines = [
    [
      say.listen,
      `npx -y wscat -c ${quoted(isBelieved ? `${socket}?${identity}` : socket)}${bearer} -x ${quoted(
        JSON.stringify({ type: 'subscribe', channel }),
      )} -w 3600`,
    ],
    [
      say.stream,
      `curl -N ${quoted(`${serverUrl}/api/realtime/stream?channels=${named}${identity && `&${identity}`}`)}${bearer}`,
    ],
    [
      say.send,
      `curl -X POST ${quoted(`${serverUrl}/api/realtime/publish`)}${bearer} -H 'content-type: application/json' -d ${body}`,
    ],
  ] as const;
  return (
    <details className="paste">
      <summary>{say.paste}</summary>
      <div className="stack tight">
        {lines.map(([title, line]) => (
          <div key={title} className="stack tight">
            <h3>{title}</h3>
            <pre>{line}</pre>
          </div>
        ))}
      </div>
    </details>
  );
}

function identityOf({ userId, role, tenants }: Session): Record<string, string> {
  return { userId, role, ...(tenants.length > 0 && { tenants: tenants.join() }) };
}

/** A text as one word of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
