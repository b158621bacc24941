import type { Drizzle } from '../../db/connection/open.ts';
import type { DemoPerson } from '../../extension/addresses.ts';
import { buildings, campuses, issues, members, organizations } from './schema.ts';

const northfield = { tenants: ['org123'] };

/** Members of the demo organisations, as people who sign in. */
export const campusPeople: readonly DemoPerson[] = [
  { ...northfield, userId: 'student1', role: 'reporter', name: 'Bea, student' },
  { ...northfield, userId: 'staff1', role: 'staff', name: 'Carlo, maintenance' },
  { ...northfield, userId: 'admin1', role: 'admin', name: 'Dina, facilities' },
  { userId: 'staff9', role: 'staff', name: 'Emil, of Harbour College', tenants: ['org456'] },
];

/** Demo rows with the ids that the team's own examples use. Safe to run again: what exists stays. */
export async function seedCampus(db: Drizzle): Promise<void> {
  await db
    .insert(organizations)
    .values([
      { id: 'org123', name: 'Northfield University' },
      { id: 'org456', name: 'Harbour College' },
    ])
    .onConflictDoNothing();
  await db
    .insert(members)
    .values([
      { organizationId: 'org123', userId: 'student1', role: 'reporter' },
      { organizationId: 'org123', userId: 'staff1', role: 'staff' },
      { organizationId: 'org123', userId: 'admin1', role: 'admin' },
      { organizationId: 'org456', userId: 'student9', role: 'reporter' },
      { organizationId: 'org456', userId: 'staff9', role: 'staff' },
      { organizationId: 'org456', userId: 'admin9', role: 'admin' },
    ])
    .onConflictDoNothing();
  await db
    .insert(campuses)
    .values([
      { id: 'campus123', organizationId: 'org123', name: 'Main Campus', lat: 14.6538, lng: 121.0685 },
      { id: 'campus456', organizationId: 'org456', name: 'Quay Campus', lat: 10.3541, lng: 123.9116 },
    ])
    .onConflictDoNothing();
  await db
    .insert(buildings)
    .values([
      { id: 'building123', campusId: 'campus123', name: 'Library', lat: 14.6546, lng: 121.0711 },
      { id: 'building124', campusId: 'campus123', name: 'Engineering Hall', lat: 14.6565, lng: 121.0692 },
      { id: 'building456', campusId: 'campus456', name: 'Boathouse', lat: 10.3552, lng: 123.9121 },
    ])
    .onConflictDoNothing();
  const ofNorthfield = { organizationId: 'org123', campusId: 'campus123', reportedBy: 'student1' };
  await db
    .insert(issues)
    .values([
      {
        ...ofNorthfield,
        id: 'issue123',
        buildingId: 'building123',
        title: 'Water on the stairs',
        category: 'plumbing',
        priority: 'high',
        severity: 'high',
        lat: 14.6546,
        lng: 121.0711,
      },
      {
        ...ofNorthfield,
        id: 'issue124',
        buildingId: 'building124',
        title: 'Lamp out in room 204',
        category: 'electrical',
        severity: 'low',
        lat: 14.6565,
        lng: 121.0692,
      },
      {
        id: 'issue456',
        organizationId: 'org456',
        campusId: 'campus456',
        buildingId: 'building456',
        title: 'Loose railing at the pier',
        category: 'safety',
        severity: 'critical',
        reportedBy: 'student9',
        lat: 10.3552,
        lng: 123.9121,
      },
    ])
    .onConflictDoNothing();
}
