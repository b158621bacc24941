import { and, asc, eq } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Drizzle } from '../../db/connection/open.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { PlaceList } from './model.ts';
import { may, organizationRole } from './roles.ts';
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

/** The campuses and buildings of an organisation, by name. The caller has been let in. */
export async function listPlaces(
  db: Drizzle,
  organizationId: string,
  by: Principal,
): Promise<PlaceList['data']> {
  const [organization, found, people] = await Promise.all([
    db.select().from(organizations).where(eq(organizations.id, organizationId)),
    db
      .select({ campus: campuses, building: buildings })
      .from(campuses)
      .leftJoin(buildings, eq(buildings.campusId, campuses.id))
      .where(eq(campuses.organizationId, organizationId))
      .orderBy(asc(campuses.name), asc(campuses.id), asc(buildings.name), asc(buildings.id)),
    db
      .select({ userId: members.userId, role: members.role })
      .from(members)
      .where(eq(members.organizationId, organizationId))
      .orderBy(asc(members.userId)),
  ]);
  const role = organizationRole(by, people.find(({ userId }) => userId === by.userId)?.role);
  const ofCampus = Map.groupBy(found, ({ campus }) => campus.id);
  return {
    id: organizationId,
    name: organization[0]?.name ?? organizationId,
    role,
    campuses: [...ofCampus.values()].flatMap((rows) =>
      rows.slice(0, 1).map(({ campus }) => ({
        ...toPlace(campus),
        buildings: rows.flatMap(({ building }) => (building ? [toPlace(building)] : [])),
      })),
    ),
    members: may('assign', role) ? people : [],
  };
}

function toPlace({
  id,
  name,
  lat,
  lng,
  footprint,
}: typeof buildings.$inferSelect | typeof campuses.$inferSelect) {
  return { id, name, location: { lat, lng }, footprint };
}

export const mayEnter = ({ service, tenants }: Principal, organizationId: string) =>
  service === true || tenants.includes(organizationId);
