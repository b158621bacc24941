import type { EventData, Outcome } from '../../extension/delivery-method.ts';

/** The part of an event that a push carries: enough to show; the rest is fetched by id. */
export type PushedEvent = Pick<EventData, 'id' | 'eventType' | 'tenantId' | 'title' | 'priority'> &
  Partial<Pick<EventData, 'message' | 'actionUrl'>>;

const shortMessage = 300;

/** The event in forms of decreasing size, for push services that take only so many bytes. */
export function pushedEvents(event: EventData): readonly PushedEvent[] {
  const { id, eventType, tenantId, title, priority, message, actionUrl } = event;
  const least: PushedEvent = { id, eventType, tenantId, title, priority };
  const short = `${message.slice(0, shortMessage)}…`;
  return [{ message, actionUrl }, { message: short, actionUrl }, { message: short }, {}].map((more) => ({
    ...least,
    ...more,
  }));
}

/** The longest time that push services keep a message (RFC 8030 §5.2, and FCM). */
const longestSeconds = 28 * 86_400;

/** Returns the seconds until the event expires, as far as a push service keeps it. */
export function secondsLeft({ expiresAt }: EventData, now: number): number {
  if (expiresAt === null) return longestSeconds;
  return Math.max(0, Math.min(longestSeconds, Math.floor((Date.parse(expiresAt) - now) / 1_000)));
}

/** Returns the outcome for a person with several devices: one device that takes it is enough. */
export function bestOf(settled: readonly PromiseSettledResult<Outcome>[], unreached: string): Outcome {
  const outcomes = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const rejected = settled.find((each) => each.status === 'rejected');
  const found =
    outcomes.find(({ kind }) => kind === 'taken') ?? outcomes.find(({ kind }) => kind === 'later');
  if (found) return found;
  if (rejected) throw rejected.reason;
  return outcomes[0] ?? { kind: 'never', error: unreached };
}
