import type { Database } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import { channel } from '../../extension/channel.ts';
import { maxInteger } from '../../protocol/schemas/number.ts';
import type { Principal } from '../../realtime/principal.ts';
import { hasFiled } from './service.ts';
import { ownCases } from './triggers.ts';

/** Roles that see every case, hearing and person, and may broadcast. */
export const officials = ['officer', 'admin', 'captain'];

export const isOfficial = (principal: Principal) =>
  principal.service === true || officials.includes(principal.role);

export function barangayChannels(database: Database) {
  return [
    channel('hearings', { read: isOfficial }),
    channel('cases', { read: isOfficial }),
    channel('persons', { read: isOfficial }),
    channel('notifications', { read: () => true, personal: true }),
    channel(ownCases, { read: () => true, personal: true }),
    channel('case:{id}', {
      read: async (principal, { id }) => {
        // One name for each case: a reader of `case:0456` would wait for ever.
        if (!/^[1-9]\d{0,9}$/.test(id) || Number(id) > maxInteger) {
          throw new AppError('unknown_channel', 'A case channel is case: and the number of the case.');
        }
        return isOfficial(principal) || hasFiled(database, principal.userId, id);
      },
    }),
  ];
}
