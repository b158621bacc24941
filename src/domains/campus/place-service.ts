import { and, eq } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import type { Principal } from '../../realtime/principal.ts';
import { type OrganizationRole, organizationRole } from './roles.ts';
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

/** The role of this identity in an organisation that it belongs to. */
export async function roleIn(db: Drizzle, organizationId: string, by: Principal): Promise<OrganizationRole> {
  if (by.service) return organizationRole(by, undefined);
  const [row] = await db
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.organizationId, organizationId), eq(members.userId, by.userId)));
  return organizationRole(by, row?.role);
}

export const mayEnter = ({ service, tenants }: Principal, organizationId: string) =>
  service === true || tenants.includes(organizationId);
