import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { behind, type OrderColumn, type Page, type PageQuery, pageOf } from '../../../db/paging.ts';
import type { Publisher } from '../../../db/publisher.ts';
import type { Position } from '../../../protocol/wire/position.ts';
import { organizationChannel } from '../channels.ts';
import type { Issue, IssueQuery, Level, Status } from '../model.ts';
import { issues } from '../schema.ts';

type Row = typeof issues.$inferSelect;

/** An issue that changes between two pages moves to the front; its change follows the position of the first page. */
const order: readonly OrderColumn[] = [
  [issues.updatedAt, 'timestamptz'],
  [issues.id, 'text'],
];

/** Issues in one answer, or at the beginning of one stream. */
export const maxListed = 500;

/** Which issues of an organisation are meant; absent is any. */
export interface IssueFilter {
  readonly organizationId: string;
  readonly campusId?: string;
  readonly buildingIds?: readonly string[];
  readonly priorities?: readonly Level[];
  readonly statuses?: readonly Status[];
}

export function filterOf(query: IssueQuery): IssueFilter {
  const { organizationId, campusId, priorities, statuses } = query;
  const buildings = [query.buildingId, query.buildingIds].filter((each) => each !== undefined);
  return {
    organizationId,
    ...(campusId !== undefined && { campusId }),
    ...(buildings.length > 0 && { buildingIds: valuesOf(buildings.join()) }),
    ...(priorities !== undefined && { priorities: valuesOf<Level>(priorities) }),
    ...(statuses !== undefined && { statuses: valuesOf<Status>(statuses) }),
  };
}

/** Returns the values of a validated list, sorted, so that two texts of one meaning are one filter. */
export function valuesOf<Value extends string>(list: string): Value[] {
  return [...new Set(list.split(','))].sort() as Value[];
}

export function matches(issue: Issue, filter: IssueFilter): boolean {
  const { campusId = issue.campusId, buildingIds } = filter;
  const { priorities = [issue.priority], statuses = [issue.status] } = filter;
  return (
    issue.organizationId === filter.organizationId &&
    issue.campusId === campusId &&
    (!buildingIds || (issue.buildingId !== null && buildingIds.includes(issue.buildingId))) &&
    priorities.includes(issue.priority) &&
    statuses.includes(issue.status)
  );
}

/** A page of issues; the issue that changed last comes first. */
export interface IssuePage extends Page<Issue> {
  /** The position of the organisation's channel. */
  readonly position: Position;
}

/** A page of the matching issues, and where their channel stood at that moment, from one snapshot. */
export async function listIssues(
  publisher: Publisher,
  filter: IssueFilter,
  page: PageQuery = { limit: maxListed },
): Promise<IssuePage> {
  const channel = organizationChannel(filter.organizationId);
  const { data, positions } = await publisher.snapshot([channel], (tx) => select(tx, filter, page));
  const { data: rows, ...rest } = pageOf(data, page.limit, ({ updatedAt, id }) => [updatedAt, id]);
  return { data: rows.map(toIssue), ...rest, position: at(positions, channel) };
}

export function at(positions: ReadonlyMap<string, Position>, channel: string): Position {
  const position = positions.get(channel);
  if (!position) throw new Error(`A snapshot has no position of ${channel}.`);
  return position;
}

/** Returns the issue as it goes over the wire. */
export function toIssue({ lat, lng, ...row }: Row): Issue {
  return { ...row, location: { lat, lng } };
}

function select(
  tx: Drizzle,
  { organizationId, campusId, buildingIds, priorities, statuses }: IssueFilter,
  { cursor, limit }: PageQuery,
) {
  return tx
    .select()
    .from(issues)
    .where(
      and(
        eq(issues.organizationId, organizationId),
        campusId === undefined ? undefined : eq(issues.campusId, campusId),
        buildingIds && inArray(issues.buildingId, [...buildingIds]),
        priorities && inArray(issues.priority, [...priorities]),
        statuses && inArray(issues.status, [...statuses]),
        behind(order, 'descending', cursor),
      ),
    )
    .orderBy(desc(issues.updatedAt), desc(issues.id))
    .limit(limit + 1);
}
