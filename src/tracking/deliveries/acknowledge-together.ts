import { textArray } from '../../db/array-literal.ts';
import { retryConflicts } from '../../db/connection/open.ts';
import { Batching } from '../../db/log/batching/batching.ts';
import type { Appended } from '../../realtime/ports/event-log.ts';
import { channelOf } from '../channels.ts';
import type { Acknowledgement, UnreadCount } from '../model.ts';
import { type DeliveryStatus, sourcesOf, unreadStatuses } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';

/** Devices of a person that are remembered of one delivery; those after change the delivery and are forgotten. */
export const maxDevices = 20;
/** Acknowledgements in one statement. */
const atOnce = 500;

/** An acknowledgement and its person. */
interface Said extends Acknowledgement {
  readonly userId: string;
}

/** The fate of a delivery, and the publications that tell of it, in the order of their offsets. */
export interface Answered {
  readonly status: DeliveryStatus;
  readonly changed: boolean;
  readonly unread: UnreadCount;
  /** Since it was sent, where this is the first word of it; as the next. */
  readonly delivered_ms: number | null;
  readonly acknowledged_ms: number | null;
  readonly publications: readonly Appended[];
}

const batches = new WeakMap<Tracking, Batching<Said, Answered | undefined>>();

/**
 * Acknowledges a delivery that was sent to this person; callers of the same moment share one statement.
 * Undefined where there is no such delivery, as of an announcement or of an event that was never sent to them.
 */
export async function acknowledgeTogether(tracking: Tracking, said: Said): Promise<Answered | undefined> {
  let batching = batches.get(tracking);
  if (!batching) {
    batching = new Batching({ run: (all) => runAll(tracking, all), costOf: () => 1, maxCost: atOnce });
    batches.set(tracking, batching);
  }
  const [answered] = await batching.ask([said]);
  return answered;
}

/** Words on the same delivery take turns: a statement changes a row once. */
async function runAll(tracking: Tracking, all: readonly Said[]): Promise<readonly (Answered | undefined)[]> {
  const answers: (Answered | undefined)[] = all.map(() => undefined);
  for (let left = [...all.entries()]; left.length > 0; ) {
    const turn = new Map<string, readonly [index: number, said: Said]>();
    const later: [number, Said][] = [];
    for (const entry of left) {
      const delivery = `${entry[1].eventId} ${entry[1].userId}`;
      if (turn.has(delivery)) later.push(entry);
      else turn.set(delivery, entry);
    }
    const entries = [...turn.values()];
    const found = await runTurn(
      tracking,
      entries.map(([, said]) => said),
    );
    entries.forEach(([index], place) => {
      answers[index] = found.get(place + 1);
    });
    left = later;
  }
  return answers;
}

interface Row {
  readonly out_place: number;
  readonly out_status: DeliveryStatus;
  readonly out_changed: boolean;
  readonly out_delivered_ms: number | null;
  readonly out_acknowledged_ms: number | null;
  readonly out_count: number;
  /** bigint, which drivers give as text; as the offsets. */
  readonly out_version: string;
  readonly out_epoch: string;
  readonly out_at: string;
  readonly out_unread_id: string | null;
  readonly out_unread_offset: string;
  readonly out_status_id: string | null;
  readonly out_status_offset: string;
}

const statement = 'select * from public.realtime_acknowledge($1, $2, $3, $4, $5, $6, $7, $8, $9)';

/** The results by their places in the list, from 1. */
async function runTurn(tracking: Tracking, all: readonly Said[]): Promise<ReadonlyMap<number, Answered>> {
  const values = [
    nowOf(tracking),
    all.map(({ eventId }) => eventId),
    all.map(({ userId }) => userId),
    all.map(({ kind }) => kind),
    all.map(({ deviceId }) => deviceId ?? null),
    all.map(({ kind }) => textArray(sourcesOf(kind))),
    all.map(({ userId }) => channelOf(userId)),
    unreadStatuses,
    maxDevices,
  ];
  const rows = await retryConflicts(() => tracking.database.query<Row>(statement, values, 'prepared'));
  return new Map(
    rows.map((row) => {
      const said = all[row.out_place - 1];
      if (!said) throw new Error('An acknowledgement was answered that nobody asked for.');
      return [row.out_place, answerOf(row, said)];
    }),
  );
}

function answerOf(row: Row, { userId, eventId }: Said): Answered {
  const { out_status: status, out_changed: changed } = row;
  const unread = { count: row.out_count, version: Number(row.out_version) };
  const place = { channel: channelOf(userId), epoch: row.out_epoch, timestamp: row.out_at };
  const told = (id: string | null, offset: string, type: string, data: object): Appended[] =>
    id === null ? [] : [{ ...place, id, offset: Number(offset), type, data: JSON.stringify(data) }];
  return {
    status,
    changed,
    unread,
    delivered_ms: row.out_delivered_ms,
    acknowledged_ms: row.out_acknowledged_ms,
    publications: [
      ...told(row.out_unread_id, row.out_unread_offset, 'unread_count', unread),
      ...told(row.out_status_id, row.out_status_offset, 'event_status', { eventId, status }),
    ],
  };
}
