import type { Drizzle } from '../../db/connection/open.ts';
import type { DemoPerson } from '../../extension/addresses.ts';
import { blotterReports, hearings, personHistory, persons, users } from './schema.ts';

/** The demo rows of `users`, as people who sign in. */
export const barangayPeople: readonly DemoPerson[] = [
  { userId: 'user123', role: 'officer', name: 'Officer Ramos' },
  { userId: 'captain1', role: 'captain', name: 'Captain Dela Cruz' },
  { userId: 'resident7', role: 'user', name: 'Liza Santos' },
];

/** Demo rows with the ids that the team's own examples use. Safe to run again: what exists stays. */
export async function seedBarangay(db: Drizzle): Promise<void> {
  await db
    .insert(users)
    .values([
      { id: 'user123', name: 'Officer Ramos', role: 'officer' },
      { id: 'captain1', name: 'Captain Dela Cruz', role: 'captain' },
      { id: 'resident7', name: 'Liza Santos', role: 'user' },
    ])
    .onConflictDoNothing();
  await db
    .insert(blotterReports)
    .values({
      id: 456,
      caseNumber: 'BLT-2025-0456',
      incidentType: 'Noise complaint',
      incidentDate: '2025-11-28',
      incidentTime: '21:40',
      incidentLocation: 'Purok 3, Mabini Street',
      narrative: 'Repeated loud videoke after ten in the evening.',
      complainant: 'Liza Santos',
      assignedOfficers: ['user123'],
      filedBy: 'resident7',
    })
    .onConflictDoNothing();
  await db
    .insert(hearings)
    .values({
      id: 123,
      blotterReportId: 456,
      hearingDate: '2025-12-05',
      hearingTime: '09:00',
      location: 'Barangay Hall, Session Room',
      purpose: 'Mediation',
      notes: 'Both parties notified.',
    })
    .onConflictDoNothing();
  await db
    .insert(persons)
    .values({
      id: 1,
      personCode: 'PERSON-123',
      firstName: 'Ben',
      lastName: 'Aquino',
      contactNumber: '0917 000 0123',
      address: 'Purok 3',
      personType: 'respondent',
    })
    .onConflictDoNothing();
  await db
    .insert(personHistory)
    .values({ id: 1, personId: 1, blotterReportId: 456, description: 'Named as respondent.' })
    .onConflictDoNothing();
}
