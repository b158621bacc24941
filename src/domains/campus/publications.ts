import type { Principal } from '../../realtime/principal.ts';
import type { NewPublication } from '../../realtime/publishing/new-publication.ts';
import { buildingChannel, campusChannel, heatmapChannel, organizationChannel } from './channels.ts';
import { cellOf } from './heatmap/heatmap.ts';
import type { Issue } from './model.ts';

/** An event in the life of an issue. `before` is undefined for a new issue, `after` for a deleted one. */
export interface IssueEvent {
  readonly type: 'issue:created' | 'issue:updated' | 'issue:resolved' | 'issue:assigned' | 'issue:deleted';
  readonly before: Issue | undefined;
  readonly after: Issue | undefined;
}

/** By field: what it was and what it became. */
export type Changes = Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;

/** The `data` of a publication about an issue; of a deleted one, `issue` is how it was. */
export interface IssuePayload {
  readonly issueId: string;
  readonly issue: Issue;
  readonly changes?: Changes;
  /** True where long texts were cut, for a publication has a limit. */
  readonly truncated?: true;
}

/**
 * An event is told in each of its organisation, campus and building; of one that moved, in the old and in the new. What
 * changed nothing is told nowhere.
 */
export function publicationsOf(event: IssueEvent, by: Principal): NewPublication[] {
  const { type, before, after } = event;
  const issue = after ?? before;
  const changes = before && after ? changesOf(before, after) : undefined;
  if (!issue || (changes && Object.keys(changes).length === 0)) return [];
  const data = payloadOf(event, issue, changes, by);
  const heat = {
    issueId: issue.id,
    changeType: type.slice('issue:'.length),
    region: { campusId: issue.campusId, buildingId: issue.buildingId, cell: cellOf(issue.location) },
  };
  const source = by.service ? {} : { sourceUserId: by.userId };
  const channels = new Set([before, after].flatMap((each) => (each ? channelsOf(each) : [])));
  return [
    ...[...channels].map((channel) => ({ channel, type, data, ...source })),
    { channel: heatmapChannel(issue.organizationId), type: 'heatmap:updated', data: heat, ...source },
  ];
}

function payloadOf({ type, before }: IssueEvent, issue: Issue, changes: Changes | undefined, by: Principal) {
  const { id: issueId, resolution, resolvedBy, resolvedAt, assigneeId, updatedAt } = issue;
  const payload: IssuePayload = { issueId, issue, ...(changes && { changes }) };
  switch (type) {
    case 'issue:created':
    case 'issue:updated':
    case 'issue:deleted':
      return payload;
    case 'issue:resolved':
      return { ...payload, resolution: { resolution, resolvedBy, resolvedAt } };
    case 'issue:assigned': {
      const previousAssigneeId = before?.assigneeId ?? null;
      const assignment = { assigneeId, previousAssigneeId, assignedBy: by.userId, assignedAt: updatedAt };
      return { ...payload, assignment };
    }
  }
}

function channelsOf({ organizationId, campusId, buildingId }: Issue): string[] {
  return [
    organizationChannel(organizationId),
    campusChannel(campusId),
    ...(buildingId === null ? [] : [buildingChannel(buildingId)]),
  ];
}

/** Returns the fields that differ, without the version and the times that count changes. */
function changesOf(before: Issue, after: Issue): Changes {
  const { version: _, updatedAt: __, ...fields } = after;
  const previous: Readonly<Record<string, unknown>> = before;
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, to]) => {
      const from = previous[name];
      return JSON.stringify(from) === JSON.stringify(to) ? [] : [[name, { from, to }]];
    }),
  );
}
