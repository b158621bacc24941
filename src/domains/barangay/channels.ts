import type { Database } from '../../db/open.ts';
import type { Namespace } from '../../realtime/namespace.ts';
import type { Principal } from '../../realtime/principal.ts';
import { hasFiled } from './service.ts';

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
        isOfficial(principal) || (/^\d{1,9}$/.test(id) && hasFiled(database, principal.userId, id)),
    },
  ];
}
