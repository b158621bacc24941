import type { Entry, People, Table } from './table.ts';

const people: People = {
  owner: { user: 'student1', role: 'student', tenants: ['org123'] },
  other: { user: 'student2', role: 'student', tenants: ['org123'] },
  foreign: { user: 'student9', role: 'student', tenants: ['org456'] },
  nobody: { user: 'nobody', role: null },
};

/** The channels that belong to one organisation. */
const members: Entry['access'] = {
  ...{ owner: 'reads', other: 'reads', foreign: 'denied', nobody: 'denied', service: 'reads' },
};

export const campusTable: Table = {
  campus_org: { channel: 'campus_org:org123', people, access: members },
  campus: { channel: 'campus:campus123', people, access: members },
  campus_building: { channel: 'campus_building:building123', people, access: members },
  campus_heatmap: { channel: 'campus_heatmap:org123', people, access: members },
};
