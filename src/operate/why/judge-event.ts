import { courseFound, sayEscalation, sayWait } from './course.ts';
import type { AttemptRow, EventFacts } from './event-reads.ts';
import { finding } from './findings.ts';
import type { Verdict } from './judge-publication.ts';
import type { Finding } from './model.ts';

/** The fate of a tracked event for one person, who has or has not a delivery. */
export function judgeEvent({ event, delivery, course }: EventFacts): Verdict {
  if (event.excluded) return { cause: 'excluded', answer: 'The event leaves this person out.' };
  if (!delivery) {
    const named = event.named
      ? 'is named, and is of another tenant than the event'
      : 'is not among its recipients';
    return { cause: 'not_a_recipient', answer: `The person ${named}.` };
  }
  const { status, method, attempts, maxAttempts, awaitsConnection, nextAttemptAt, lastError } = delivery;
  const because = lastError === null ? '' : `; the last reason: ${lastError}`;
  if (status === 'delivered' || status === 'read' || status === 'acknowledged') {
    const at = delivery.acknowledgedAt ?? delivery.readAt ?? delivery.deliveredAt;
    return { cause: 'has_it', answer: `It is ${status}, since ${at}.` };
  }
  if (status === 'expired') return { cause: 'expired', answer: `It expired at ${delivery.expiredAt}.` };
  if (status === 'cancelled') return { cause: 'cancelled', answer: 'It was cancelled.' };
  if (status === 'failed') return { cause: 'failed', answer: `Every method was tried${because}.` };
  if (event.isEarly)
    return { cause: 'scheduled', answer: `It is not to be sent before ${event.scheduledAt}.` };
  if (awaitsConnection && method === 'websocket') {
    return {
      cause: 'offline',
      answer: 'No device was connected when it was due: the next connection gets it.',
    };
  }
  const wait = sayWait(delivery, course);
  if (wait !== undefined) return { cause: 'waiting', answer: wait };
  const unread = sayEscalation(delivery, course);
  if (method !== 'websocket') {
    const next = nextAttemptAt === null ? '' : `, the next attempt at ${nextAttemptAt}`;
    return {
      cause: 'passed_on',
      answer: `It was passed on to ${method}: attempt ${attempts}${next}${because}${unread}.`,
    };
  }
  if (status === 'pending')
    return { cause: 'waiting', answer: `It waits for its turn: ${nextAttemptAt ?? 'soon'}.` };
  const again = nextAttemptAt === null ? '' : `; it is sent again at ${nextAttemptAt}`;
  return {
    cause: 'sent',
    answer: `It was sent at ${delivery.sentAt}, ${attempts} of ${maxAttempts} times, and no device has acknowledged it${again}${unread}.`,
  };
}

/** The steps of the event and of its delivery. */
export function eventFound({ event, delivery, attempts, course }: EventFacts): Finding[] {
  const found = [finding(`The event ${event.type} was created.`, event.createdAt)];
  if (!delivery) return found;
  const stations: readonly (readonly [at: string | null, text: string])[] = [
    [delivery.sentAt, 'It was sent to the devices of the person, or handed to a method.'],
    [delivery.deliveredAt, 'The first device acknowledged it.'],
    [delivery.readAt, 'The person read it.'],
    [delivery.acknowledgedAt, 'The person acknowledged it.'],
    [delivery.failedAt, 'It failed.'],
    [delivery.expiredAt, 'It expired.'],
  ];
  for (const [at, text] of stations) if (at !== null) found.push(finding(text, at));
  const devices = Object.entries(
    (delivery.devices ?? {}) as Readonly<Record<string, Record<string, string>>>,
  );
  for (const [device, said] of devices) {
    for (const [kind, at] of Object.entries(said)) found.push(finding(`Device ${device} said: ${kind}.`, at));
  }
  return [...found, ...(course ? courseFound(delivery, course) : []), ...attempts.map(sayAttempt)];
}

function sayAttempt({ method, attempt, startedAt, outcome, error, report }: AttemptRow): Finding {
  const result =
    outcome === null
      ? 'no result is known'
      : `its provider took it: ${outcome === 'taken' ? 'yes' : `no, ${outcome}`}`;
  const rest = [error && `: ${error}`, report && `; the provider reports: ${report}`]
    .filter(Boolean)
    .join('');
  return finding(`Attempt ${attempt} by ${method}: ${result}${rest}.`, startedAt);
}
