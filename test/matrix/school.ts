import { eachTheirOwn, type People, type Table } from './table.ts';

const people: People = {
  owner: { user: 'user-uuid', role: 'teacher', tenants: ['school-uuid'] },
  other: { user: 'principal-1', role: 'principal', tenants: ['school-uuid'] },
  foreign: { user: 'teacher-2', role: 'teacher', tenants: ['school-2'] },
  nobody: { user: 'nobody', role: null },
};

export const schoolTable: Table = {
  realtime_events: { channel: 'realtime_events', people, access: eachTheirOwn },
  realtime_announcements: {
    channel: 'realtime_announcements:school-uuid',
    people,
    access: { owner: 'reads', other: 'reads', foreign: 'denied', nobody: 'denied', service: 'reads' },
  },
};
