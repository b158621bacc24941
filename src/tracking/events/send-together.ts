import { Batching } from '../../db/log/batching/batching.ts';
import type { Appended, Draft } from '../../realtime/ports/event-log.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { channelOf } from '../channels.ts';
import { tellDue, tellWaiting } from '../deliveries/due.ts';
import { eventPublication, hasReaders, measureSent } from '../deliveries/send-due.ts';
import { dataOf } from '../event-data.ts';
import type { CreatedEvent, NewEvent } from '../model.ts';
import { type Course, courseOf } from '../preferences/escalation-rules.ts';
import { rankOf } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { type EventType, eventTypes } from './event-types.ts';
import { rowOf } from './insert-event.ts';

/** People of one event that is written so; of more, an urgent one of somebody else might have to wait. */
const maxTargets = 20;
/** In characters, of what is delivered in one turn, into one send buffer (R4). */
const maxCost = 512 * 1024;
const targetCost = 1_024;
const eventType = 'realtime_event';

interface Sending {
  readonly row: ReturnType<typeof rowOf>;
  readonly type: EventType;
  readonly course: Course;
  readonly drafts: readonly Draft[];
}

/** The publications of one event; the last event of a batch has the counters of all of them too. */
type Sent = readonly Appended[];

const batches = new WeakMap<Tracking, Batching<Sending, Sent>>();

/**
 * Writes an event to a few people who are named, with its deliveries sent, their counters and the log: one statement,
 * which callers of the same moment share. Undefined for any other event: one that is to be sent later, to roles, by
 * another method, one that may have been written before, and one whose type has just changed.
 */
export async function sendTogether(tracking: Tracking, input: NewEvent): Promise<CreatedEvent | undefined> {
  if (!isDirect(input)) return undefined;
  const type = await eventTypes(tracking).get(input.eventType);
  if (type?.methods[0] !== 'websocket') return undefined;
  const row = rowOf(tracking, input, type, servicePrincipal);
  const course = courseOf(type, row.priority, tracking.methods);
  const data = { ...dataOf({ ...row, acknowledgement: type.acknowledgement }), attempt: 1 };
  const event = eventPublication(data);
  const publications = row.targetUserIds.map((userId) => ({ channel: channelOf(userId), ...event }));
  let isWritten = true;
  const published = await tracking.publisher.publishBy(publications, async (drafts) => {
    const sent = await batchesOf(tracking)
      .ask([{ row, type, course, drafts }])
      .catch((error: unknown) => eventTypes(tracking).forgetAfter(error, type));
    isWritten = sent !== undefined;
    return sent?.[0] ?? [];
  });
  if (!isWritten) return undefined;
  const recipients = published.publications.filter((each) => each.type === eventType).length;
  const waitedMs = tracking.clock.now() - Date.parse(row.createdAt);
  const each = { status: 'pending', priority_rank: rankOf(row.priority), waited_ms: waitedMs } as const;
  measureSent(tracking, Array(recipients).fill(each));
  // Sent again, or by the next method, by the worker of this process: nobody else is told of it.
  tellDue(tracking, Date.parse(row.createdAt) + type.retryIntervalMs);
  if (course.escalates) tellEscalation(tracking, row, course);
  if (row.expiresAt !== null) tellDue(tracking, Date.parse(row.expiresAt));
  return { eventId: row.id, deliveryMode: 'person', recipients, repeated: false };
}

/** The next method has its turn after the wait, or at once where nobody hears the event. */
function tellEscalation(
  tracking: Tracking,
  { targetUserIds, createdAt }: Sending['row'],
  { waitMs }: Course,
): void {
  const isHeard = targetUserIds.every((userId) => hasReaders(tracking, userId));
  if (!isHeard) tellWaiting(tracking);
  else if (waitMs !== null) tellDue(tracking, Date.parse(createdAt) + waitMs);
}

function isDirect(input: NewEvent): boolean {
  const { targetUserIds = [], targetRoles, targetTenantIds, excludedUserIds } = input;
  const { scheduledAt, idempotencyKey } = input;
  const people = new Set(targetUserIds).size;
  const isFew = people > 0 && people <= maxTargets && people === targetUserIds.length;
  const isPlain = !(targetRoles || targetTenantIds || excludedUserIds || scheduledAt);
  return isFew && isPlain && idempotencyKey === undefined;
}

function batchesOf(tracking: Tracking): Batching<Sending, Sent> {
  let batching = batches.get(tracking);
  if (!batching) {
    batching = new Batching({
      run: (sendings) => send(tracking, sendings),
      costOf: ({ drafts }) => drafts.reduce((sum, { data }) => sum + targetCost + data.length, 0),
      maxCost,
    });
    batches.set(tracking, batching);
  }
  return batching;
}

interface PlacedRow {
  readonly out_id: string;
  readonly out_channel: string;
  readonly out_epoch: string;
  readonly out_offset: string;
  readonly out_at: string;
  readonly out_data: string;
}

/**
 * People who are named but of other tenants than the event's are left out. Each is looked up by their id. The lengths of
 * arrays in a subquery are no estimate to the planner: with them it would plan each execution anew, which takes longer
 * than half of the statement itself.
 */
const sendStatement = (members: string) => `
select * from public.realtime_send_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
  $19, $20, array(
    select target.place from unnest((select $16::integer[]), (select $17::text[]))
      with ordinality as target(event, user_id, place)
    cross join lateral (select from ${members} m where m.user_id = target.user_id and (m.tenant_id is null
      or (select $5::text[])[target.event] is null or m.tenant_id = (select $5::text[])[target.event]) limit 1) by_person
    order by target.place)::integer[], $21, $22)`;

async function send(tracking: Tracking, sendings: readonly Sending[]): Promise<readonly Sent[]> {
  const rows = sendings.map(({ row }) => row);
  const targets = sendings.flatMap(({ row, drafts }, index) => {
    const { targetUserIds: users } = row;
    return drafts.map((draft, place) => ({ event: index + 1, userId: users[place] ?? '', draft }));
  });
  const placed = await tracking.database.query<PlacedRow>(
    sendStatement(tracking.members),
    [
      nowOf(tracking),
      rows.map(({ id }) => id),
      rows.map((row) => row.type),
      sendings.map(({ type }) => type.version),
      rows.map(({ tenantId }) => tenantId),
      rows.map(({ sourceUserId }) => sourceUserId),
      rows.map(({ title }) => title),
      rows.map(({ message }) => message),
      rows.map(({ payload }) => JSON.stringify(payload)),
      rows.map(({ priority }) => priority),
      rows.map(({ priority }) => rankOf(priority)),
      rows.map(({ expiresAt }) => expiresAt),
      rows.map(({ actionUrl }) => actionUrl),
      rows.map(({ correlationId }) => correlationId),
      sendings.map(({ drafts }) => drafts[0]?.data ?? 'null'),
      targets.map(({ event }) => event),
      targets.map(({ userId }) => userId),
      targets.map(({ draft }) => draft.channel),
      targets.map(({ userId }) => hasReaders(tracking, userId)),
      targets.map(({ draft }) => draft.id),
      sendings.map(({ course }) => (course.escalates ? course.waitMs : null)),
      sendings.map(({ course }) => course.goesOn),
    ],
    'prepared',
  );
  const ofTargets = new Map(targets.map(({ event, draft }) => [draft.id, { event, draft }]));
  const sent = sendings.map((): Appended[] => []);
  for (const row of placed) {
    const target = ofTargets.get(row.out_id);
    // A counter of unread ones tells of all events before it.
    const answer = target ? sent[target.event - 1] : sent.at(-1);
    answer?.push(publicationOf(row, target?.draft));
  }
  return sent;
}

function publicationOf(row: PlacedRow, draft: Draft | undefined): Appended {
  const placed = {
    id: row.out_id,
    channel: row.out_channel,
    epoch: row.out_epoch,
    offset: Number(row.out_offset),
  };
  const { type, eventType: about } = draft ?? { type: 'unread_count', eventType: undefined };
  return {
    ...placed,
    type,
    ...(about !== undefined && { eventType: about }),
    data: row.out_data,
    timestamp: row.out_at,
  };
}
