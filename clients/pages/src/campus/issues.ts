import type * as model from '../../../../src/domains/campus/model.ts';
import type { ListPage, LiveListOptions } from '../shell/client.ts';
import { attempt, get, request } from '../shell/rest.ts';

export type Issue = model.Issue;
export type Level = model.Level;
export type Organization = model.PlaceList['data'];
type IssuePage = (typeof model.IssueList)['static'];

export interface IssueEvent {
  readonly issueId: string;
  readonly issue: Issue;
}

export const levels: readonly Level[] = ['low', 'medium', 'high', 'critical'];
export const categories = ['plumbing', 'electrical', 'safety', 'cleaning', 'other'] as const;

/** The issues of an organization, the heaviest unresolved first. */
export function issueList(organizationId: string): LiveListOptions<Issue> {
  return {
    channel: `campus_org:${organizationId}`,
    getPage: (signal) => pageOf(organizationId, signal),
    keyOf: ({ id }) => id,
    change({ type, data }) {
      const { issueId, issue } = data as IssueEvent;
      return type === 'issue:deleted' ? { remove: issueId } : { put: issue };
    },
    compare: (one, other) =>
      Number(one.status === 'resolved') - Number(other.status === 'resolved') ||
      levels.indexOf(other.priority) - levels.indexOf(one.priority) ||
      levels.indexOf(other.severity) - levels.indexOf(one.severity) ||
      other.createdAt.localeCompare(one.createdAt),
  };
}

/** Everything unresolved, and the latest that are resolved, with the position of the first request. */
async function pageOf(organizationId: string, signal: AbortSignal): Promise<ListPage<Issue>> {
  const ask = (statuses: string, more: Readonly<Record<string, string>>) =>
    get<IssuePage>(`/api/issues?${new URLSearchParams({ organizationId, statuses, ...more })}`, signal);
  const first = await ask('open,in_progress', {});
  const data = [...first.data];
  for (let cursor = first.nextCursor; cursor; ) {
    const page = await ask('open,in_progress', { cursor });
    data.push(...page.data);
    cursor = page.nextCursor;
  }
  const resolved = await ask('resolved', { limit: '100' });
  return { data: [...data, ...resolved.data], position: first.position };
}

/** An answer and the publication of the same change arrive within this time of each other. */
const togetherMs = 5_000;
const changedUntil = new Map<string, number>();

/** True of an issue that this page is changing or has just changed: that is no news to its person. */
export const isInHand = (id: string): boolean => (changedUntil.get(id) ?? 0) > Date.now();

/** Changes an issue, unless it was changed meanwhile, and tells the person when that fails. */
export async function changeIssue(
  { id, version }: Issue,
  {
    method = 'POST',
    path = '',
    body,
  }: { method?: 'POST' | 'PATCH' | 'DELETE'; path?: string; body?: object },
  done: string,
): Promise<boolean> {
  changedUntil.set(id, Number.POSITIVE_INFINITY);
  try {
    const sent = body && { ...body, version };
    const address = `/api/issues/${encodeURIComponent(id)}${path}`;
    return (await attempt(() => request(method, address, sent), done)) !== undefined;
  } finally {
    changedUntil.set(id, Date.now() + togetherMs);
  }
}
