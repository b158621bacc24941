import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../connection/open.ts';

/** A file as its row has it. */
export interface FileRow {
  readonly id: string;
  readonly channel: string;
  /** Null for a service. */
  readonly ownerId: string | null;
  readonly name: string;
  readonly mimeType: string;
  readonly size: number;
  readonly isComplete: boolean;
  readonly attachedTo: string | null;
}

const columns = sql.raw(`id, channel, owner_id as "ownerId", name, mime_type as "mimeType", size,
  completed_at is not null as "isComplete", attached_to as "attachedTo"`);

/** A file that somebody wants to upload. Times are milliseconds. */
export interface NewFile extends Omit<FileRow, 'isComplete' | 'attachedTo'> {
  readonly uploadMs: number;
  readonly unusedMs: number;
}

/** The limits of one person. */
export interface UploadLimits {
  readonly uploadsPerHour: number;
  readonly uploadBytesPerDay: number;
}

/** Writes a row for an upload to come. False where its owner is over a limit, and nothing is written then. */
export async function insertFile(tx: Drizzle, file: NewFile, limits: UploadLimits): Promise<boolean> {
  const { id, channel, ownerId, name, mimeType, size, uploadMs, unusedMs } = file;
  // Two requests of one person at once would both find room for one.
  if (ownerId !== null) {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`realtime_files:${ownerId}`}, 0))`);
  }
  const within = (hours: number) => sql`from public.realtime_files
    where owner_id = ${ownerId} and created_at > now() - make_interval(hours => ${hours})`;
  const { rows } = await tx.execute(sql`
    insert into public.realtime_files (id, channel, owner_id, name, mime_type, size, upload_until, due_at)
    select ${id}::uuid, ${channel}, ${ownerId}::text, ${name}, ${mimeType}, ${size}::integer,
      now() + ${ms(uploadMs)}, now() + ${ms(Math.max(uploadMs, unusedMs))}
    where ${ownerId}::text is null or (
      (select count(*) ${within(1)}) < ${limits.uploadsPerHour}
      and (select coalesce(sum(size), 0) + ${size}::integer ${within(24)}) <= ${limits.uploadBytesPerDay})
    returning id`);
  return rows.length > 0;
}

/** Undefined where there is none, or none any more: its publication may have left the log before a sweep saw to it. */
export async function readFile(db: Drizzle, id: string): Promise<FileRow | undefined> {
  const { rows } = await db.execute<Row>(
    sql`select ${columns} from public.realtime_files file where id = ${id} and removed_at is null
      and (publication_offset is null or exists (select from public.realtime_publications publication
        where publication.channel = file.channel and publication."offset" = file.publication_offset))`,
  );
  return rows[0];
}

export async function completeFile(db: Drizzle, id: string): Promise<void> {
  await db.execute(sql`update public.realtime_files set completed_at = now()
    where id = ${id} and completed_at is null and removed_at is null`);
}

/** The files that somebody attaches, and what to. */
export interface Attaching {
  readonly channel: string;
  readonly ownerId: string | null;
  readonly ids: readonly string[];
  readonly to: string;
}

/** Attaches those of the files that are the owner's, complete, and attached to nothing else; returns them. */
export async function attachRows(tx: Drizzle, { channel, ownerId, ids, to }: Attaching): Promise<FileRow[]> {
  const { rows } = await tx.execute<Row>(sql`
    update public.realtime_files
    set attached_to = ${to}, due_at = upload_until + interval '1 minute'
    where id = any(${sql.param(ids)}::uuid[]) and channel = ${channel} and owner_id is not distinct from ${ownerId}
      and completed_at is not null and removed_at is null and (attached_to is null or attached_to = ${to})
    returning ${columns}`);
  return rows;
}

/** Says at which offset the publication stands that the files are attached to. */
export async function notePublication(
  tx: Drizzle,
  { channel, to }: Pick<Attaching, 'channel' | 'to'>,
  offset: number,
): Promise<void> {
  await tx.execute(sql`update public.realtime_files set publication_offset = ${offset}
    where channel = ${channel} and attached_to = ${to}`);
}

/** Nobody gets the files of something any more. */
export function removeAttached(tx: Drizzle, { channel, to }: Pick<Attaching, 'channel' | 'to'>) {
  return remove(tx, sql`channel = ${channel} and attached_to = ${to}`);
}

/** The same of one file. */
export const removeFile = (db: Drizzle, id: string) => remove(db, sql`id = ${id}`);

/** Returns how many there were. */
async function remove(db: Drizzle, where: SQL): Promise<number> {
  const { rows } = await db.execute(sql`update public.realtime_files set removed_at = now(), due_at = now()
    where ${where} and removed_at is null returning id`);
  return rows.length;
}

type Row = FileRow & Record<string, unknown>;

const ms = (value: number) => sql`make_interval(secs => ${value}::double precision / 1000)`;
