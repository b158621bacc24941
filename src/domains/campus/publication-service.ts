import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { jsonObject, rowJson } from '../../db/writing/row-statements.ts';
import type { WriteStatement, WrittenPublication } from '../../db/writing/write.ts';
import type { Principal } from '../../realtime/principal.ts';
import { buildingChannel, campusChannel, heatmapChannel, organizationChannel } from './channels.ts';
import { cellOf } from './heatmap/heatmap.ts';
import type { Issue } from './model.ts';
import { issues } from './schema.ts';

/** The part of an issue that decides where it is told. */
type Placed = Pick<Issue, 'organizationId' | 'campusId' | 'buildingId' | 'location'>;

/** An event in the life of an issue. */
export interface IssueEvent {
  readonly type: 'issue:created' | 'issue:updated' | 'issue:resolved' | 'issue:assigned' | 'issue:deleted';
  /** The issue before the change, which a statement has as `found`; undefined for a new one. */
  readonly before: Issue | undefined;
  /** The place after the change, or of the deleted issue. */
  readonly place: Placed;
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

const { lat, lng, ...columns } = getTableColumns(issues);

/** The issue of a row as it goes over the wire. */
const issueOf = (row: string): SQL => rowJson(row, columns, { location: rowJson(row, { lat, lng }) });

/** By field, without the version and the times that count changes. */
const changes = sql`(
  select coalesce('{' || string_agg(
    to_json(name)::text || ':{"from":' || was.value || ',"to":' || is_now.value || '}', ',' order by place) || '}', '{}')::json
  from answered, found, json_each(answered.result) with ordinality is_now(name, value, place)
    join json_each(${issueOf('found')}) was(name, value) using (name)
  where name not in ('version', 'updatedAt') and is_now.value::text <> was.value::text)`;

/**
 * The publications of an event as parts of the statement that makes it. An event is told in each of its organisation,
 * campus and building; of one that moved, in the old and in the new.
 */
export function publishing(
  event: IssueEvent,
  by: Principal,
): Pick<WriteStatement, 'result' | 'after' | 'publications'> {
  const { type, before, place } = event;
  const { organizationId, campusId, buildingId, location } = place;
  const region = JSON.stringify({ campusId, buildingId, cell: cellOf(location) });
  const heat = {
    issueId: sql`changed.id`,
    changeType: sql`${type.slice('issue:'.length)}::text`,
    region: sql`${region}::json`,
  };
  const source = by.service ? {} : { sourceUserId: by.userId };
  const channels = new Set([...(before ? channelsOf(before) : []), ...channelsOf(place)]);
  const told = (channel: string): WrittenPublication => ({
    channel,
    type,
    data: sql`(select data from payload)`,
    ...source,
  });
  return {
    result: issueOf('changed'),
    after: { payload: sql`select ${payloadOf(event, by)} as data from changed, answered` },
    publications: [
      ...[...channels].map(told),
      {
        channel: heatmapChannel(organizationId),
        type: 'heatmap:updated',
        data: jsonObject(heat),
        ...source,
      },
    ],
  };
}

function payloadOf({ type, before }: IssueEvent, by: Principal): SQL {
  const { resolution, resolvedBy, resolvedAt, assigneeId, updatedAt: assignedAt } = columns;
  const payload = { issueId: sql`changed.id`, issue: sql`answered.result` };
  switch (type) {
    case 'issue:created':
    case 'issue:deleted':
      return jsonObject(payload);
    case 'issue:updated':
      return jsonObject({ ...payload, changes });
    case 'issue:resolved':
      return jsonObject({
        ...payload,
        changes,
        resolution: rowJson('changed', { resolution, resolvedBy, resolvedAt }),
      });
    case 'issue:assigned': {
      const previousAssigneeId = sql`${before?.assigneeId ?? null}::text`;
      const added = { previousAssigneeId, assignedBy: sql`${by.userId}::text` };
      const assignment = rowJson('changed', { assigneeId, assignedAt }, added);
      return jsonObject({ ...payload, changes, assignment });
    }
  }
}

function channelsOf({ organizationId, campusId, buildingId }: Placed): string[] {
  return [
    organizationChannel(organizationId),
    campusChannel(campusId),
    ...(buildingId === null ? [] : [buildingChannel(buildingId)]),
  ];
}
