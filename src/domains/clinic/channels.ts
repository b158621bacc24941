import { Type } from '@sinclair/typebox';
import type { Database } from '../../db/connection/open.ts';
import { channel } from '../../extension/channel.ts';
import type { Principal } from '../../realtime/principal.ts';
import { allCases, lobby, myCases, notices } from './channel-names.ts';
import { isCaseOf } from './services/case-service.ts';
import { isWorker, seesAll } from './statuses.ts';

const isStaff = (principal: Principal) => seesAll(principal) || isWorker(principal);

/** Listeners of Socket.IO get the data of a publication alone, as the portals' own clients expect. */
const eventPayload = 'data' as const;

export function clinicChannels(database: Database) {
  const seesCase = async (principal: Principal, caseId: string) =>
    seesAll(principal) || (isWorker(principal) && (await isCaseOf(database.db, principal.userId, caseId)));
  return [
    channel(allCases, { read: seesAll, eventPayload }),
    channel(myCases, { read: isWorker, personal: true, eventPayload }),
    channel(notices, { read: isStaff, personal: true, eventPayload }),
    channel('clinic_case:{id}', {
      read: (principal, { id }) => seesCase(principal, id),
      presence: true,
      eventPayload,
    }),
    channel('clinic_chat:{caseId}', {
      read: (principal, { caseId }) => seesCase(principal, caseId),
      files: (principal, { caseId }) => seesCase(principal, caseId),
      ephemeral: { typing: Type.Unknown() },
      presence: true,
      eventPayload,
    }),
    channel(lobby, { read: isStaff, presence: true, eventPayload }),
  ];
}

/** Returns the channels that a portal is subscribed to without asking. */
export function portalChannels(principal: Principal): readonly string[] {
  if (!isStaff(principal)) return [];
  return [seesAll(principal) ? allCases : myCases, notices];
}
