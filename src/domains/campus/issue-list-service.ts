import { and, desc, eq, inArray } from 'drizzle-orm';
import type { PostgresEventLog } from '../../db/event-log.ts';
import type { Database, Drizzle } from '../../db/open.ts';
import { readSnapshot } from '../../db/snapshot.ts';
import type { Position } from '../../protocol/position.ts';
import { organizationChannel } from './channels.ts';
import type { Issue, IssueQuery, Level, Status } from './model.ts';
import { issues } from './schema.ts';

type Row = typeof issues.$inferSelect;

/** Issues in one answer, or at the beginning of one stream. */
const maxListed = 500;

/** Which issues of an organisation are meant; absent is any. */
export interface IssueFilter {
  readonly organizationId: string;
  readonly campusId?: string;
  readonly buildingId?: string;
  readonly priorities?: readonly Level[];
  readonly statuses?: readonly Status[];
}

export function filterOf({ priorities, statuses, ...place }: IssueQuery): IssueFilter {
  return {
    ...place,
    ...(priorities !== undefined && { priorities: valuesOf<Level>(priorities) }),
    ...(statuses !== undefined && { statuses: valuesOf<Status>(statuses) }),
  };
}

/** Of a list that has been validated; sorted, so that two texts of one meaning are one filter. */
export function valuesOf<Value extends string>(list: string): Value[] {
  return [...new Set(list.split(','))].sort() as Value[];
}

export function matches(issue: Issue, filter: IssueFilter): boolean {
  const { campusId = issue.campusId, buildingId = issue.buildingId } = filter;
  const { priorities = [issue.priority], statuses = [issue.status] } = filter;
  return (
    issue.organizationId === filter.organizationId &&
    issue.campusId === campusId &&
    issue.buildingId === buildingId &&
    priorities.includes(issue.priority) &&
    statuses.includes(issue.status)
  );
}

export interface IssuePage {
  /** Those that changed last, first. */
  readonly issues: Issue[];
  /** There are others. */
  readonly more: boolean;
  /** Of the organisation's channel. */
  readonly position: Position;
}

/** The matching issues, and where their channel stood at that moment, from one snapshot. */
export async function listIssues(
  database: Database,
  log: PostgresEventLog,
  filter: IssueFilter,
): Promise<IssuePage> {
  const channel = organizationChannel(filter.organizationId);
  const { data, positions } = await readSnapshot(database, log, [channel], (tx) => select(tx, filter));
  return {
    issues: data.slice(0, maxListed).map(toIssue),
    more: data.length > maxListed,
    position: at(positions, channel),
  };
}

export function at(positions: ReadonlyMap<string, Position>, channel: string): Position {
  const position = positions.get(channel);
  if (!position) throw new Error(`A snapshot has no position of ${channel}.`);
  return position;
}

/** As it goes over the wire. */
export function toIssue({ lat, lng, ...row }: Row): Issue {
  return { ...row, location: { lat, lng } };
}

function select(tx: Drizzle, { organizationId, campusId, buildingId, priorities, statuses }: IssueFilter) {
  return tx
    .select()
    .from(issues)
    .where(
      and(
        eq(issues.organizationId, organizationId),
        campusId === undefined ? undefined : eq(issues.campusId, campusId),
        buildingId === undefined ? undefined : eq(issues.buildingId, buildingId),
        priorities && inArray(issues.priority, [...priorities]),
        statuses && inArray(issues.status, [...statuses]),
      ),
    )
    .orderBy(desc(issues.updatedAt), desc(issues.id))
    .limit(maxListed + 1);
}
