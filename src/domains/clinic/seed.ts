import type { Drizzle } from '../../db/connection/open.ts';
import type { DemoPerson } from '../../extension/addresses.ts';
import { cases } from './schema.ts';

/** The health workers of the demo cases and the clinicians, as people who sign in. */
export const clinicPeople: readonly DemoPerson[] = [
  { userId: 'asha1', role: 'asha', name: 'Asha, health worker' },
  { userId: 'chw1', role: 'chw', name: 'Celia, community health worker' },
  { userId: 'clinician1', role: 'clinician', name: 'Dr. Cruz' },
  { userId: 'clinician2', role: 'clinician', name: 'Dr. Lim' },
];

/** Demo cases of the workers `asha1` and `chw1`, one for each turn of the work. Safe to run again: what exists stays. */
export async function seedClinic(db: Drizzle): Promise<void> {
  const ofAsha = { workerId: 'asha1', updatedBy: 'asha1', village: 'Purok 3' };
  await db
    .insert(cases)
    .values([
      { ...ofAsha, caseId: 'CASE-1', patientName: 'Rosa Lim', complaint: 'Fever for three days.' },
      {
        ...ofAsha,
        caseId: 'CASE-2',
        status: 'FORWARDED',
        version: 2,
        patientName: 'Ana Reyes',
        complaint: 'Headache and blurred vision, seventh month.',
        priority: 'urgent',
      },
      {
        caseId: 'CASE-3',
        status: 'FORWARDED',
        version: 2,
        workerId: 'chw1',
        updatedBy: 'chw1',
        patientName: 'Jun Cruz',
        complaint: 'Cough for three weeks, losing weight.',
        village: 'Sitio Maligaya',
      },
    ])
    .onConflictDoNothing();
}
