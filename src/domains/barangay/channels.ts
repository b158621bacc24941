import { sql } from 'drizzle-orm';
import type { Database } from '../../db/open.ts';
import type { Namespace } from '../../realtime/namespace.ts';
import type { Principal } from '../../realtime/principal.ts';
import { blotterReports } from './schema.ts';

/** Roles that see every case, hearing and person, and may broadcast. */
export const officials = ['officer', 'admin', 'captain'];

const isOfficial = (principal: Principal) => principal.service === true || officials.includes(principal.role);

export function barangayChannels(database: Database): readonly Namespace[] {
  return [
    { pattern: 'hearings', read: isOfficial },
    { pattern: 'cases', read: isOfficial },
    { pattern: 'persons', read: isOfficial },
    { pattern: 'notifications', read: () => true, personal: true },
    {
      pattern: 'case:{id}',
      read: async (principal, id = '') =>
        isOfficial(principal) || (/^\d{1,9}$/.test(id) && filed(database, principal.userId, id)),
    },
  ];
}

async function filed(database: Database, userId: string, caseId: string): Promise<boolean> {
  // Compared as text: in some databases the column is an integer, and a user id on the wire is always a string.
  const rows = await database.db
    .select({ id: blotterReports.id })
    .from(blotterReports)
    .where(sql`${blotterReports.id} = ${Number(caseId)} and ${blotterReports.filedBy}::text = ${userId}`);
  return rows.length > 0;
}
