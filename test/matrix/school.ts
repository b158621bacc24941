import type { Query } from '../../src/db/connection/open.ts';
import { eachTheirOwn, type People, type Table } from './table.ts';

const people: People = {
  owner: { user: 'user-uuid', role: 'teacher', tenants: ['school-uuid'] },
  other: { user: 'principal-1', role: 'principal', tenants: ['school-uuid'] },
  foreign: { user: 'teacher-2', role: 'teacher', tenants: ['school-2'] },
  nobody: { user: 'nobody', role: null },
};

/** The example of a group channel: of the owner, at the first school. */
const groupId = '00000000-0000-4000-8000-000000000001';

export const schoolTable: Table = {
  realtime_events: { channel: 'realtime_events', people, access: eachTheirOwn },
  realtime_announcements: {
    channel: 'realtime_announcements:school-uuid',
    people,
    access: { owner: 'reads', other: 'reads', foreign: 'denied', nobody: 'denied', service: 'reads' },
  },
  // Those who lead the school have the phones that send its SMS.
  realtime_sms_jobs: {
    channel: 'realtime_sms_jobs:school-uuid',
    people,
    access: { owner: 'denied', other: 'reads', foreign: 'denied', nobody: 'denied', service: 'reads' },
  },
  // The principal leads the school, and reads the channel once they have joined it.
  school_channel: {
    channel: `school_channel:${groupId}`,
    people,
    access: { owner: 'reads', other: 'denied', foreign: 'denied', nobody: 'denied', service: 'reads' },
    whispers: ['owner'],
    files: ['owner', 'service'],
  },
};

/** Makes the group channel of the example, whose only member its owner is. */
export async function fillSchool(query: Query): Promise<void> {
  await query(
    `insert into school.channels (id, school_id, name, created_by) values ($1, 'school-uuid', 'Grade 7', 'user-uuid')`,
    [groupId],
  );
  await query(`insert into realtime_channels (name, epoch) values ('school_channel:' || $1, 'e')`, [groupId]);
  await query(
    `insert into realtime_channel_subscriptions (user_id, channel, tenant_id, role, subscribed_at)
     values ('user-uuid', 'school_channel:' || $1, 'school-uuid', 'owner', now())`,
    [groupId],
  );
}
