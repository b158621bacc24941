import { and, eq } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Drizzle } from '../../db/connection/open.ts';
import type { Principal } from '../../realtime/principal.ts';
import { organizationRole } from './roles.ts';
import { buildings, campuses, members, organizations } from './schema.ts';

/** The organisation that a place belongs to, by the id of the place; undefined when there is none. */
type OrganizationOf = (id: string) => Promise<string | undefined>;

export interface Places {
  readonly organization: OrganizationOf;
  readonly campus: OrganizationOf;
  readonly building: OrganizationOf;
}

export function placesOf(db: Drizzle): Places {
  const found = ([row]: { organizationId: string }[]) => row?.organizationId;
  return {
    organization: async (id) =>
      found(
        await db
          .select({ organizationId: organizations.id })
          .from(organizations)
          .where(eq(organizations.id, id)),
      ),
    campus: async (id) => found(await db.select().from(campuses).where(eq(campuses.id, id))),
    building: async (id) =>
      found(
        await db
          .select({ organizationId: campuses.organizationId })
          .from(buildings)
          .innerJoin(campuses, eq(campuses.id, buildings.campusId))
          .where(eq(buildings.id, id)),
      ),
  };
}

/** The row of this identity among the members of an organisation. */
export const isMember = (organizationId: PgColumn, by: Principal) =>
  and(eq(members.organizationId, organizationId), eq(members.userId, by.userId));

/** The organisation and the location of a building, or of a campus, and the role of this identity there. */
export async function findPlace(
  db: Drizzle,
  campusId: string,
  buildingId: string | undefined,
  by: Principal,
) {
  const { lat, lng } = buildingId === undefined ? campuses : buildings;
  const query = db
    .select({ organizationId: campuses.organizationId, lat, lng, role: members.role })
    .from(campuses)
    .leftJoin(members, isMember(campuses.organizationId, by));
  const [place] = await (buildingId === undefined
    ? query.where(eq(campuses.id, campusId))
    : query
        .innerJoin(buildings, eq(buildings.campusId, campuses.id))
        .where(and(eq(campuses.id, campusId), eq(buildings.id, buildingId))));
  return place && { ...place, role: organizationRole(by, place.role ?? undefined) };
}

export const mayEnter = ({ service, tenants }: Principal, organizationId: string) =>
  service === true || tenants.includes(organizationId);
