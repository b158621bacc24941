import type { Appended, Draft } from '../../realtime/ports/event-log.ts';
import { keyConflict } from '../../realtime/publishing/idempotency.ts';
import { appendPlain, appendResolved } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';
import { shapeJson } from '../triggers/published-table.ts';
import { isSourced, type Refusal, type SourcedDraft } from '../triggers/row-source.ts';

interface HeadRow {
  readonly name: string;
  readonly epoch: string;
  /** bigint, which drivers give as text. */
  readonly last_offset: string;
  readonly timestamp: string;
}

interface AnswerRow {
  readonly epoch: string;
  readonly offset: string;
  readonly id: string;
  readonly timestamp: string;
  readonly repeated: boolean;
  readonly clashes: boolean;
  readonly data: string | null;
  readonly refusal: Refusal | null;
}

/**
 * Appends in one statement, all or none. In a caller's transaction it is to be the last statement: from here to the
 * commit every other publisher on these channels waits. A known key is answered whatever the content: what a
 * transaction publishes often holds the ids and times that it has just made.
 */
export async function appendWithin(query: Query, drafts: readonly Draft[]): Promise<readonly Appended[]> {
  return allAppended(await appendAny(query, drafts, { maxBytes: 0, comparesContent: false }));
}

/** The results of drafts of which none can be refused. */
export function allAppended(answers: readonly (Appended | Refusal)[]): readonly Appended[] {
  return answers.map((each) => {
    if (typeof each === 'string') throw new Error(`A draft that carries its data was refused: ${each}`);
    return each;
  });
}

interface AppendOptions {
  /** The limit for a sourced draft, row and added members together. */
  readonly maxBytes: number;
  /** The zone of timestamps without one, for a sourced draft whose source names none. */
  readonly zone?: string;
  /** Whether a known key with other content is refused. */
  readonly comparesContent: boolean;
}

/**
 * Appends in one statement what is there to append; a sourced draft may be refused instead, and then nothing of it is
 * left. Throws `idempotency_conflict`, and then appends nothing at all.
 */
export async function appendAny(
  query: Query,
  drafts: readonly (Draft | SourcedDraft)[],
  { maxBytes, zone, comparesContent }: AppendOptions,
): Promise<readonly (Appended | Refusal)[]> {
  if (drafts.length === 0) return [];
  const columns = [
    drafts.map((draft) => draft.channel),
    drafts.map((draft) => draft.id),
    drafts.map((draft) => draft.type),
    drafts.map((draft) => draft.eventType ?? null),
    drafts.map((draft) => draft.data),
    drafts.map((draft) => draft.sourceUserId ?? null),
    drafts.map((draft) => draft.exclude ?? null),
  ];
  if (drafts.every((draft) => draft.idempotencyKey === undefined && !isSourced(draft))) {
    return place(drafts, await query<HeadRow>(appendPlain, columns, 'prepared'));
  }
  const sources = [...new Set(drafts.flatMap((draft) => (isSourced(draft) ? [draft.from] : [])))];
  const parameters = [
    ...columns,
    drafts.map((draft) => draft.idempotencyKey ?? null),
    drafts.map((draft) => (isSourced(draft) ? sources.indexOf(draft.from) + 1 : null)),
    drafts.map((draft) => (isSourced(draft) ? draft.rowKey : null)),
    sources.map(({ table }) => `public."${table}"`),
    sources.map(({ column }) => column),
    sources.map(({ type }) => type),
    sources.map((source) => JSON.stringify(shapeJson({ zone, ...source }))),
    maxBytes,
    drafts.map((draft) => draft.idempotencyContext ?? null),
    comparesContent,
    sources.map(({ column }) => camelCase(column)),
  ];
  const rows = await query<AnswerRow>(appendResolved, parameters, 'prepared');
  if (rows.some(({ clashes }) => clashes)) throw keyConflict();
  return drafts.map((draft, index) => answer(draft, rows[index]));
}

/** The name of a column on the wire, as `realtime_columns` writes it. */
const camelCase = (column: string) =>
  column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Offsets follow from the heads after the append: the drafts of a channel are its last ones, in the order given. */
function place(drafts: readonly Draft[], heads: readonly HeadRow[]): Appended[] {
  const next = new Map(heads.map((head) => [head.name, { ...head, offset: Number(head.last_offset) }]));
  for (const draft of drafts) {
    const head = next.get(draft.channel);
    if (head) head.offset--;
  }
  return drafts.map((draft) => {
    const head = next.get(draft.channel);
    if (!head) throw new Error('The append answered without a channel of its drafts');
    return { ...contentOf(draft), epoch: head.epoch, offset: ++head.offset, timestamp: head.timestamp };
  });
}

function answer(draft: Draft, row: AnswerRow | undefined): Appended | Refusal {
  if (!row) throw new Error('The append answered without a row for each of its drafts');
  if (row.refusal) return row.refusal;
  const { epoch, id, timestamp } = row;
  const placed = { ...contentOf(draft), id, epoch, offset: Number(row.offset), timestamp };
  const appended = row.data === null ? placed : { ...placed, data: row.data };
  return row.repeated ? { ...appended, repeated: true } : appended;
}

function contentOf({ id, channel, type, eventType, data, exclude }: Draft) {
  return {
    id,
    channel,
    type,
    ...(eventType !== undefined && { eventType }),
    data,
    ...(exclude && { exclude }),
  };
}
