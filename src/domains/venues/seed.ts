import type { Drizzle } from '../../db/connection/open.ts';
import type { DemoPerson } from '../../extension/addresses.ts';
import { promotions, users, venues, vibeChecks } from './schema.ts';

/** The demo guests and owners, as people who sign in. */
export const venuesPeople: readonly DemoPerson[] = [
  { userId: 'owner-1', role: 'owner', name: 'Ines, of the Blue Door' },
  { userId: 'owner-2', role: 'owner', name: 'Piet, of the Attic' },
  { userId: 'user-123', role: 'user', name: 'Mara' },
  { userId: 'user-456', role: 'user', name: 'Jonas' },
];

/** Demo rows with the ids that the team's own examples use. Safe to run again: what exists stays. */
export async function seedVenues(db: Drizzle): Promise<void> {
  await db
    .insert(users)
    .values([
      { id: 'user-123', name: 'Mara' },
      { id: 'user-456', name: 'Jonas' },
      { id: 'owner-1', name: 'Ines, of the Blue Door' },
      { id: 'owner-2', name: 'Piet, of the Attic' },
    ])
    .onConflictDoNothing();
  await db
    .insert(venues)
    .values([
      {
        id: 'venue-123',
        name: 'The Blue Door',
        description: 'Jazz and slow drinks',
        address: '12 Canal Street',
        ownerId: 'owner-1',
        updatedBy: 'owner-1',
      },
      {
        id: 'venue-456',
        name: 'The Attic',
        description: 'Techno under the roof',
        address: '3 Mill Lane',
        ownerId: 'owner-2',
        updatedBy: 'owner-2',
      },
    ])
    .onConflictDoNothing();
  await db
    .insert(vibeChecks)
    .values({
      id: 'vibe-1',
      venueId: 'venue-123',
      userId: 'user-456',
      rating: 3,
      comment: 'Room at the bar.',
    })
    .onConflictDoNothing();
  await db
    .insert(promotions)
    .values({
      id: 'promotion-1',
      venueId: 'venue-123',
      title: 'Two for one until ten',
      startDate: '2025-11-01T17:00:00.000Z',
      endDate: '2099-12-31T23:00:00.000Z',
      updatedBy: 'owner-1',
    })
    .onConflictDoNothing();
}
