import type { Query } from '../connection/open.ts';

/** A file that a sweep has to see to. */
export interface DueFile {
  readonly id: string;
  /** Its bytes go; otherwise only what was uploaded beside it. */
  readonly isRemoved: boolean;
}

/**
 * Takes files that are due, for ten minutes: after a crash another sweep sees to them. Those that nothing refers to, and
 * those of publications that have left the log, are removed by that.
 */
export function claimDueFiles(query: Query, limit: number): Promise<DueFile[]> {
  return query<DueFile & Record<string, unknown>>(
    `with due as (
       select id from public.realtime_files where due_at <= now() order by due_at limit $1 for update skip locked
     )
     update public.realtime_files file
     set due_at = now() + interval '10 minutes',
       removed_at = coalesce(file.removed_at, case
         when file.attached_to is null then now()
         when file.publication_offset is not null and not exists (
           select from public.realtime_publications publication
           where publication.channel = file.channel and publication."offset" = file.publication_offset
         ) then now() end)
     from due where file.id = due.id
     returning file.id, file.removed_at is not null as "isRemoved"`,
    [limit],
  );
}

/**
 * Forgets files whose bytes are gone, and says when the others are due again: those of publications after a quarter of their
 * age, at least an hour, so that their number is no matter.
 */
export async function settleDueFiles(query: Query, done: readonly DueFile[]): Promise<void> {
  const ids = (isRemoved: boolean) => done.filter((each) => each.isRemoved === isRemoved).map(({ id }) => id);
  await query('delete from public.realtime_files where id = any($1::uuid[])', [ids(true)]);
  await query(
    `update public.realtime_files
     set due_at = case when publication_offset is not null
       then now() + greatest(interval '1 hour', (now() - created_at) / 4) end
     where id = any($1::uuid[]) and removed_at is null`,
    [ids(false)],
  );
}
