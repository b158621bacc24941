import type { ToldStep } from '../people.ts';
import type { Trace } from './traces.ts';

/** The relation of one person to a channel around the time of a publication. */
export interface Attendance {
  /** The process and session that were reading it when it was handed over. */
  readonly reading: { readonly processId: string; readonly step: ToldStep } | undefined;
  /** A connection was there, and read something else. */
  readonly connected: boolean;
  /** The first that began to read afterwards. */
  readonly later: ToldStep | undefined;
  /** The end of the last connection before. */
  readonly leftAt: number | undefined;
}

const begins = ({ kind }: ToldStep) => kind === 'subscribed' || kind === 'resumed';

/** Reads the steps of all processes. `time` is that of the publication, by the clock of the database. */
export function attendanceAt(traces: ReadonlyMap<string, Trace>, channel: string, time: number): Attendance {
  let reading: Attendance['reading'];
  let connected = false;
  let leftAt: number | undefined;
  const later: ToldStep[] = [];
  for (const [processId, { steps, fanOut, live }] of traces) {
    // The clock of a process is its own: a fan-out tells the moment by it.
    const moment = fanOut?.at ?? time;
    for (const of of Map.groupBy(steps.toReversed(), ({ sessionId }) => sessionId).values()) {
      const before = of.filter(({ at }) => at <= moment);
      const last = before.at(-1);
      const subscribed = before.findLast((step) => step.kind !== 'identified' && step.channel === channel);
      const isOver = last?.kind === 'ended';
      if (subscribed && begins(subscribed) && !isOver) reading = { processId, step: subscribed };
      if (last && !isOver) connected = true;
      if (last && isOver) leftAt = Math.max(leftAt ?? 0, last.at);
      later.push(...of.filter((step) => step.at > moment && begins(step) && step.channel === channel));
    }
    if (live.some(({ openedAt }) => openedAt <= moment)) connected = true;
  }
  later.sort((one, other) => one.at - other.at);
  return { reading, connected, later: later[0], leftAt };
}
