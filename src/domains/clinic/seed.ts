import type { Drizzle } from '../../db/connection/open.ts';
import { cases } from './schema.ts';

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
