import type { Change, PublishedChange, PublishedTable, RowShape } from '../../db/triggers/published-table.ts';

/** The shape in which the routes return and publish issues. */
const issue: RowShape = { groups: { location: ['lat', 'lng'] } };
const places = ['campus_org:{organization_id}', 'campus:{campus_id}', 'campus_building:{building_id}'];

/** A trigger computes no cell of the heatmap: its readers read the map anew, whichever cell it is. */
const heatmap: PublishedChange = {
  type: 'heatmap:updated',
  channels: ['campus_heatmap:{organization_id}'],
  shape: { columns: ['campus_id', 'building_id'] },
  member: 'region',
  beside: { issueId: 'id' },
  change: 'changeType',
};

const event = (type: string): readonly PublishedChange[] => [
  { type, channels: places, shape: issue, member: 'issue', beside: { issueId: 'id' } },
  heatmap,
];

const changes: Partial<Record<Change, readonly PublishedChange[]>> = {
  created: event('issue:created'),
  updated: event('issue:updated'),
  status_changed: event('issue:updated'),
  deleted: event('issue:deleted'),
};

/** The tables that publish by triggers, for changes that no route of ours makes. */
export const campusTables: readonly PublishedTable[] = [
  { schema: 'campus', table: 'issues', type: 'issue:updated', channels: places, ...issue, changes },
];
