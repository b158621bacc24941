import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import {
  attemptMs,
  type DeliveryMethod,
  type EventData,
  type Outcome,
} from '../../../extension/delivery-method.ts';
import type { Tracking } from '../../tracking.ts';
import { readEmail } from '../contacts.ts';
import { messageId } from '../outside.ts';

export interface EmailOptions {
  readonly tracking: Pick<Tracking, 'database' | 'members' | 'clock'>;
  /** `smtps://user:password@host`, or `smtp://`, which has to turn to TLS before anything is said. */
  readonly url: string;
  /** `School <school@example.com>`, or the address alone. */
  readonly from: string;
  /** Sends without TLS too. */
  readonly allowPrivate: boolean;
}

/** Once the server has not answered for so long, the attempt is over anyway. */
const timeoutMs = attemptMs;

/** Sends an event, or a digest of several, as an e-mail of plain text by SMTP. Its `Message-ID` is the same for every attempt. */
export function createEmail({ tracking, url, from, allowPrivate }: EmailOptions): DeliveryMethod {
  const transport = createTransport({
    url,
    requireTLS: !allowPrivate,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^@>]+)>?$/.exec(from)?.[1] ?? 'localhost';
  const mail = async (userId: string, { id, ...content }: Content, signal: AbortSignal): Promise<Outcome> => {
    const to = await readEmail(tracking, userId);
    if (to === null) return { kind: 'never', error: 'no e-mail address of theirs is known' };
    const messageId = `<${id}@${domain}>`;
    const headers = { 'Auto-Submitted': 'auto-generated' };
    try {
      await transport.sendMail({ from, to, messageId, headers, signal, ...content });
      return { kind: 'taken', providerId: messageId };
    } catch (error) {
      if (signal.aborted) throw error;
      return outcomeOf(error);
    }
  };
  return {
    name: 'email',
    send(delivery, signal) {
      const { event, userId } = delivery;
      const priority = urgent.has(event.priority) ? 'high' : 'normal';
      const content = {
        id: messageId(delivery),
        subject: event.title,
        text: textOf(event),
        priority,
      } as const;
      return mail(userId, content, signal);
    },
    sendDigest({ userId, events }, signal) {
      const [first] = events;
      const more = events.length > 1 ? ` (+${events.length - 1})` : '';
      const text = events.map((event) => `${event.title}\n${textOf(event)}`).join('\n');
      const id = digestId(userId, events);
      return mail(userId, { id, subject: `${first?.title ?? ''}${more}`, text, priority: 'normal' }, signal);
    },
  };
}

interface Content {
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  readonly priority: 'high' | 'normal';
}

/** The same for every attempt of the same events. */
const digestId = (userId: string, events: readonly EventData[]) =>
  createHash('sha256')
    .update([userId, ...events.map(({ id }) => id)].join(' '))
    .digest('base64url')
    .slice(0, 32);

const urgent: ReadonlySet<string> = new Set(['urgent', 'critical']);

/** A path of the application leads nowhere from a mailbox. */
const textOf = ({ message, actionUrl }: EventData) =>
  actionUrl?.startsWith('http') ? `${message}\n\n${actionUrl}\n` : `${message}\n`;

/** The words of the server may name addresses: the code alone is told. A 5xx about the address or the message is final. */
function outcomeOf(error: unknown): Outcome {
  const { responseCode, code } = Object(error) as { responseCode?: unknown; code?: unknown };
  const name = typeof code === 'string' ? code : 'it failed';
  if (typeof responseCode !== 'number') return { kind: 'later', error: name };
  const said = `${name}, answered ${responseCode}`;
  const isFinal = responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  return isFinal ? { kind: 'never', error: said } : { kind: 'later', error: said };
}
