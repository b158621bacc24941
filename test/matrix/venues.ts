import { eachTheirOwn, everybody, type People, type Table } from './table.ts';

const people: People = {
  owner: { user: 'user-123', role: 'user' },
  other: { user: 'user-456', role: 'user' },
  foreign: { user: 'user-789', role: 'user', tenants: ['elsewhere'] },
  nobody: { user: 'nobody', role: null },
};

// Venues show everything to all.
export const venuesTable: Table = {
  venue_updates: { channel: 'venue_updates', people, access: everybody },
  venue: { channel: 'venue:venue-123', people, access: everybody },
  vibe_checks: { channel: 'vibe_checks:venue-123', people, access: everybody },
  promotions: { channel: 'promotions:venue-123', people, access: everybody },
  venue_notifications: { channel: 'venue_notifications', people, access: eachTheirOwn },
};
