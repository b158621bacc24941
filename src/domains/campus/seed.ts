import type { Drizzle } from '../../db/connection/open.ts';
import type { DemoPerson } from '../../extension/addresses.ts';
import type { Geometry } from './model.ts';
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
      {
        id: 'campus123',
        organizationId: 'org123',
        name: 'Main Campus',
        lat: 14.6538,
        lng: 121.0685,
        footprint: rectangle(14.6548, 121.0697, 0.0034, 0.0038),
      },
      {
        id: 'campus456',
        organizationId: 'org456',
        name: 'Quay Campus',
        lat: 10.3541,
        lng: 123.9116,
        footprint: rectangle(10.3547, 123.9119, 0.0014, 0.0012),
      },
    ])
    .onConflictDoNothing();
  await db
    .insert(buildings)
    .values([
      {
        id: 'building123',
        campusId: 'campus123',
        name: 'Library',
        lat: 14.6546,
        lng: 121.0711,
        footprint: rectangle(14.6546, 121.0711, 0.0003, 0.0004),
      },
      {
        id: 'building124',
        campusId: 'campus123',
        name: 'Engineering Hall',
        lat: 14.6565,
        lng: 121.0692,
        footprint: rectangle(14.6565, 121.0692, 0.0003, 0.0004),
      },
      {
        id: 'building456',
        campusId: 'campus456',
        name: 'Boathouse',
        lat: 10.3552,
        lng: 123.9121,
        footprint: rectangle(10.3552, 123.9121, 0.0003, 0.0004),
      },
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

/** A rectangle around a place; `north` and `east` are half of its height and width, in degrees. */
function rectangle(lat: number, lng: number, north: number, east: number): Geometry {
  const corners = [
    [lng - east, lat - north],
    [lng + east, lat - north],
    [lng + east, lat + north],
    [lng - east, lat + north],
    [lng - east, lat - north],
  ];
  const rounded = corners.map((corner) => corner.map((degrees) => Number(degrees.toFixed(6))));
  return { type: 'Polygon', coordinates: [rounded] };
}
