import type { ProcessRun } from '../../db/operation/process-runs.ts';
import type { KeptPosition, ToldStep } from '../people.ts';
import type { Finding } from './model.ts';
import type { LiveTrace, Trace } from './traces.ts';

/** The end of an id, which tells processes apart. */
export const shortOf = (id: string) => id.slice(-8);

export const instant = (at: number) => new Date(at).toISOString();

export function finding(
  text: string,
  at: number | string | null = null,
  { processId = null, sessionId = null }: { processId?: string | null; sessionId?: string | null } = {},
): Finding {
  return { text, at: typeof at === 'number' ? instant(at) : at, processId, sessionId };
}

/** The steps of one person that concern a channel, or their connections. */
export function stepsFound(traces: ReadonlyMap<string, Trace>, channel: string): Finding[] {
  return [...traces.values()].flatMap(({ steps }) =>
    steps
      .filter((step) => step.channel === undefined || step.channel === channel)
      .slice(0, 40)
      .map((step) => finding(sayStep(step), step.at, step)),
  );
}

function sayStep({ kind, transport, deviceId, offset, reason }: ToldStep): string {
  const device = deviceId === undefined ? '' : `, device ${deviceId}`;
  if (kind === 'identified') return `The person was identified on a connection over ${transport}${device}.`;
  if (kind === 'subscribed') return `This connection began to read the channel behind offset ${offset}.`;
  if (kind === 'resumed') return `This connection came back to the channel with offset ${offset}.`;
  if (kind === 'unsubscribed') return `This connection left the channel at offset ${offset}.`;
  return reason
    ? `The server ended this connection: ${reason}.`
    : 'This connection ended, without the server ending it.';
}

export function liveFound(processId: string, trace: LiveTrace): Finding {
  const { sessionId, transport, deviceId, openedAt, reads } = trace;
  const device = deviceId === null ? '' : `, device ${deviceId}`;
  const place = reads
    ? `reads the channel and is at offset ${reads.offset} (${reads.by})`
    : 'does not read the channel';
  return finding(`A live connection over ${transport}${device} ${place}.`, openedAt, {
    processId,
    sessionId,
  });
}

export function keptFound({ deviceId, transport, offset, seenAt }: KeptPosition): Finding {
  const device = deviceId === '' ? 'A device that does not name itself' : `Device ${deviceId}`;
  return finding(`${device} left with offset ${offset}; it was connected over ${transport}.`, seenAt);
}

/** The gaps in what is known of a time: processes that are gone, silent, or have forgotten it. */
export function gapsAt(
  time: number,
  traces: ReadonlyMap<string, Trace>,
  runs: readonly ProcessRun[] | undefined,
  silent: readonly string[],
): string[] {
  const gaps = silent.map((id) => `Process ${shortOf(id)} does not answer.`);
  if (!runs) gaps.push('The database does not say which processes there were.');
  for (const [id, { startedAt, stepsSince, fanOutsSince }] of traces) {
    const since = Math.max(stepsSince, fanOutsSince);
    if (since <= time) continue;
    const why = since === startedAt ? 'was started' : 'remembers no more than what happened since';
    gaps.push(`No record: process ${shortOf(id)} ${why} at ${instant(since)}.`);
  }
  for (const { id, startedAt, endedAt, seenAt, isAsleep } of runs ?? []) {
    if (traces.has(id) || silent.includes(id) || Date.parse(startedAt) > time) continue;
    // A process that ended without a word may have lived a little longer than it was seen.
    const end = Date.parse(endedAt ?? seenAt) + (endedAt || isAsleep ? 0 : 600_000);
    if (end < time) continue;
    const how = endedAt ? `ended at ${endedAt}` : `was last seen at ${seenAt}`;
    gaps.push(
      isAsleep && !endedAt
        ? `No record: process ${shortOf(id)} sleeps since ${seenAt}, and says nothing until a request wakes it.`
        : `No record: process ${shortOf(id)} ${how}, and its memory with it.`,
    );
  }
  return gaps;
}

export const inOrder = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((one, other) => ((one.at ?? '') < (other.at ?? '') ? -1 : 1));
