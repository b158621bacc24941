import type { Database } from '../../db/connection/open.ts';
import type { Namespace, Rule } from '../../realtime/channels/namespace.ts';
import type { Principal } from '../../realtime/principal.ts';
import { allCases, lobby, myCases, notices } from './rooms.ts';
import { isCaseOf } from './services/case-service.ts';
import { isWorker, seesAll } from './statuses.ts';

const isStaff = (principal: Principal) => seesAll(principal) || isWorker(principal);

/** Listeners of Socket.IO get the data of a publication alone, as the portals' own clients expect. */
const eventPayload = 'data';

export function clinicChannels(database: Database): readonly Namespace[] {
  const seesCase: Rule = async (principal, caseId = '') =>
    seesAll(principal) || (isWorker(principal) && (await isCaseOf(database.db, principal.userId, caseId)));
  return [
    { pattern: allCases, read: seesAll, eventPayload },
    { pattern: myCases, read: isWorker, personal: true, eventPayload },
    { pattern: notices, read: isStaff, personal: true, eventPayload },
    { pattern: 'clinic_case:{id}', read: seesCase, presence: true, eventPayload },
    { pattern: 'clinic_chat:{caseId}', read: seesCase, ephemeral: ['typing'], presence: true, eventPayload },
    { pattern: lobby, read: isStaff, presence: true, eventPayload },
  ];
}

/** What a portal hears without asking. */
export function portalChannels(principal: Principal): readonly string[] {
  if (!isStaff(principal)) return [];
  return [seesAll(principal) ? allCases : myCases, notices];
}
