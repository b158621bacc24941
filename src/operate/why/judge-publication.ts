import type { KeptPosition, ToldStep } from '../people.ts';
import type { Right } from '../users/model.ts';
import { attendanceAt } from './attendance.ts';
import { instant, shortOf } from './findings.ts';
import type { Cause } from './model.ts';
import type { Sought } from './publication-reads.ts';
import type { Trace } from './traces.ts';

export interface Verdict {
  readonly cause: Cause;
  readonly answer: string;
}

/** Everything that is known of one person and one publication. */
export interface PublicationFacts {
  readonly userId: string;
  readonly sought: Sought | undefined;
  readonly stuck: { readonly outbox: number; readonly letters: number; readonly reason: string | null };
  readonly right: Right;
  /** False where the rule was asked with a role that nobody knows to be the person's. */
  readonly isIdentityKnown: boolean;
  readonly traces: ReadonlyMap<string, Trace>;
  /** Positions of the person in the channel. */
  readonly kept: readonly KeptPosition[];
  /** The gaps in what is known; none: it is complete. */
  readonly gaps: readonly string[];
}

const verdict = (cause: Cause, answer: string): Verdict => ({ cause, answer });

/** The cause, by the strongest proof first. */
export function judgePublication(given: PublicationFacts): Verdict {
  const { sought } = given;
  const facts = { ...given, traces: ofLife(given.traces, sought) };
  if (!sought?.found) return judgeMissing(facts);
  const place = { ...sought, found: sought.found };
  return (
    judgeExclusion(facts, place.found.exclude) ??
    judgeLive(facts, place.offset) ??
    judgeMemory(facts, place) ??
    judgeAbsence(facts, place)
  );
}

/** The traces without steps in another life of the log, whose offsets say nothing of this one. */
function ofLife(traces: PublicationFacts['traces'], sought: Sought | undefined): PublicationFacts['traces'] {
  const isOf = ({ channel, epoch }: ToldStep) => channel !== sought?.channel || epoch === sought?.epoch;
  return new Map([...traces].map(([id, trace]) => [id, { ...trace, steps: trace.steps.filter(isOf) }]));
}

function judgeMissing({ sought, stuck, right }: PublicationFacts): Verdict {
  if (stuck.outbox > 0) {
    return verdict(
      'on_the_way',
      `${stuck.outbox} publications of this channel wait in the outbox for a relay.`,
    );
  }
  if (stuck.letters > 0 && (!sought || sought.offset === 0 || sought.offset > sought.head)) {
    return verdict('dead_letter', `Publications of this channel fit no channel; the last: ${stuck.reason}.`);
  }
  if (!sought) {
    const isKnown = right.reads !== false || right.because.startsWith('the rule');
    return isKnown
      ? verdict('not_published', 'Nothing was ever published on this channel.')
      : verdict('unknown_channel', right.because);
  }
  const { offset, head, oldest } = sought;
  if (offset > 0 && offset <= head && (oldest === null || offset < oldest)) {
    const rest = oldest === null ? 'nothing is kept' : `the oldest that is kept has ${oldest}`;
    return verdict('pruned', `Offset ${offset} is no longer kept: ${rest}.`);
  }
  return verdict('not_published', `The channel has no such publication; its head is at offset ${head}.`);
}

function judgeExclusion({ userId, traces }: PublicationFacts, exclude: string | null): Verdict | undefined {
  if (exclude === null) return undefined;
  const sessions = [...traces.values()].flatMap(({ steps, live }) =>
    [...steps, ...live].map((each) => each.sessionId),
  );
  const isOwn = exclude === `user:${userId}` || sessions.some((id) => exclude === `session:${id}`);
  return isOwn ? verdict('excluded', `The publisher left out ${exclude}.`) : undefined;
}

/** The live connections and the positions that devices left with. */
function judgeLive({ traces, kept, sought }: PublicationFacts, offset: number): Verdict | undefined {
  const live = [...traces].flatMap(([processId, trace]) =>
    trace.live.map((each) => ({ processId, ...each })),
  );
  const reading = live.filter(({ reads }) => reads && reads.began < offset);
  const has = reading.find(({ reads }) => reads?.by === 'told' && reads.offset >= offset);
  if (has)
    return verdict('has_it', `${deviceOf(has.deviceId)} says that it is at offset ${has.reads?.offset}.`);
  const sent = reading.find(({ reads }) => reads && reads.offset >= offset);
  if (sent) {
    const { processId, sessionId } = sent;
    const fanOut = traces.get(processId)?.fanOut;
    const when = fanOut ? ` at ${instant(fanOut.at)}` : '';
    const how = `Process ${shortOf(processId)} sent it${when} to connection ${sessionId}, which is still live`;
    return verdict('sent', `${how}; nothing of it waits, and the client has not said that it has it.`);
  }
  const waiting = reading.find(({ reads }) => reads?.by !== 'told');
  if (waiting) {
    return verdict('on_the_way', `It waits for connection ${waiting.sessionId}, which does not keep up.`);
  }
  const behind = reading[0];
  if (behind) {
    const { reads, sessionId } = behind;
    return verdict(
      'sent',
      `It was sent to connection ${sessionId}, whose client says that it is at ${reads?.offset}.`,
    );
  }
  const left = kept.find((each) => each.epoch === sought?.epoch && each.offset >= offset);
  const isLater = stepsOf(traces).some(
    (step) => step.kind === 'subscribed' && step.channel === left?.channel && (step.offset ?? 0) >= offset,
  );
  if (!left || isLater) return undefined;
  return verdict(
    'has_it',
    `${deviceOf(left.deviceId)} was at offset ${left.offset} when it left at ${left.seenAt}.`,
  );
}

type Place = Sought & { readonly found: NonNullable<Sought['found']> };

/** The steps that the processes remember. */
function judgeMemory(
  { traces, right, isIdentityKnown }: PublicationFacts,
  { channel, offset, found }: Place,
): Verdict | undefined {
  const had = stepsOf(traces).find(
    (step) => step.kind === 'resumed' && step.channel === channel && (step.offset ?? 0) >= offset,
  );
  if (had) {
    const came = `came back at ${instant(had.at)} with offset ${had.offset}`;
    return verdict('has_it', `${deviceOf(had.deviceId ?? null)} ${came}.`);
  }
  const { reading, later, connected } = attendanceAt(traces, channel, Date.parse(found.timestamp));
  if (reading && (reading.step.offset ?? 0) < offset) {
    const { processId, step } = reading;
    const at = traces.get(processId)?.fanOut?.at;
    const when = at === undefined ? '' : ` at ${instant(at)}`;
    const sent = `Process ${shortOf(processId)} sent it${when} over ${step.transport}`;
    return verdict('sent', `${sent}; that connection ended before its device said that it has it.`);
  }
  if (right.reads === false && isIdentityKnown)
    return verdict('not_allowed', `The person may not read it: ${right.because}.`);
  if (later && (later.offset ?? 0) < offset) {
    return verdict(
      'sent',
      `It was sent at ${instant(later.at)}, when a connection came back with its position.`,
    );
  }
  if (later) {
    const since = `${instant(later.at)}, behind offset ${later.offset}`;
    return verdict(
      'subscribed_later',
      `A connection began to read the channel at ${since}, without a position.`,
    );
  }
  if (connected) return verdict('not_subscribed', 'A connection was there, and did not read the channel.');
  return undefined;
}

function judgeAbsence({ traces, kept, gaps }: PublicationFacts, { channel, found }: Place): Verdict {
  const time = Date.parse(found.timestamp);
  const { leftAt } = attendanceAt(traces, channel, time);
  const left = kept.find(({ seenAt }) => Date.parse(seenAt) < time);
  const since = Math.max(leftAt ?? 0, left ? Date.parse(left.seenAt) : 0);
  if (since > 0)
    return verdict('offline', `No device of the person has been connected since ${instant(since)}.`);
  if (gaps.length === 0) return verdict('offline', 'No device of the person was connected, then or since.');
  return verdict('unknown', gaps[0] ?? 'Nothing is known.');
}

const stepsOf = (traces: ReadonlyMap<string, Trace>) => [...traces.values()].flatMap(({ steps }) => steps);

const deviceOf = (id: string | null) => (id ? `Device ${id}` : 'A device that does not name itself');
