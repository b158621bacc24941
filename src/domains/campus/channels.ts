import type { Database } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import type { SocketIoClients } from '../../extension/addresses.ts';
import { channel } from '../../extension/channel.ts';
import type { Principal } from '../../realtime/principal.ts';
import { mayEnter, type Places, placesOf } from './place-service.ts';

export const organizationChannel = (id: string) => `campus_org:${id}`;
export const campusChannel = (id: string) => `campus:${id}`;
export const buildingChannel = (id: string) => `campus_building:${id}`;
export const heatmapChannel = (organizationId: string) => `campus_heatmap:${organizationId}`;

/** The names that Socket.IO clients have for these channels. */
export const campusRooms: NonNullable<SocketIoClients['rooms']> = {
  organization: 'campus_org:{organizationId}',
  campus: 'campus:{campusId}',
  building: 'campus_building:{buildingId}',
  heatmap: 'campus_heatmap:{organizationId}',
};

export function campusChannels(database: Database) {
  const places = placesOf(database.db);
  // Listeners of Socket.IO get the data alone: `socket.on('issue:created', (payload) => payload.issue)`.
  const eventPayload = 'data' as const;
  return [
    channel('campus_org:{organizationId}', {
      read: (principal, { organizationId }) => isMember(places.organization, principal, organizationId),
      eventPayload,
    }),
    channel('campus:{campusId}', {
      read: (principal, { campusId }) => isMember(places.campus, principal, campusId),
      eventPayload,
    }),
    channel('campus_building:{buildingId}', {
      read: (principal, { buildingId }) => isMember(places.building, principal, buildingId),
      eventPayload,
    }),
    channel('campus_heatmap:{organizationId}', {
      read: (principal, { organizationId }) => isMember(places.organization, principal, organizationId),
      eventPayload,
    }),
  ];
}

/** True for those who belong to the organisation of the place. Others are not told whether there is such a place. */
async function isMember(
  organizationOf: Places[keyof Places],
  principal: Principal,
  id: string,
): Promise<boolean> {
  const organizationId = await organizationOf(id);
  if (organizationId !== undefined) return mayEnter(principal, organizationId);
  // A channel for each made-up name would fill the log's table of channels.
  if (mayEnter(principal, id)) throw new AppError('unknown_channel', `There is no ${id}.`);
  return false;
}
