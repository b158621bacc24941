import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import { shippedMigrations } from '../../db/migrate/folders.ts';
import { defineDomain } from '../../extension/domain.ts';
import { KeyHeaders } from '../../protocol/schemas/idempotency.ts';
import { cursor } from '../../protocol/schemas/paging.ts';
import { Problem, problemResponses } from '../../protocol/schemas/problem.ts';
import { Text, Word } from '../../protocol/schemas/text.ts';
import { venueChannels, venuePolls } from './channels.ts';
import {
  Command,
  NewPromotion,
  NewVenue,
  NewVibeCheck,
  Promotion,
  PromotionChange,
  SocketStatus,
  Venue,
  VenueChange,
  VenueList,
  VenueScreen,
  VibeCheck,
  WriteReceipt,
  Written,
} from './model.ts';
import { notificationRoutes } from './notification-routes.ts';
import { venuesPersonal } from './personal.ts';
import * as schema from './schema.ts';
import { seedVenues, venuesPeople } from './seed.ts';
import { ControlService } from './services/control-service.ts';
import { NotificationService } from './services/notification-service.ts';
import { People } from './services/people-service.ts';
import { PromotionSchedule } from './services/promotion-schedule-service.ts';
import { PromotionService } from './services/promotion-service.ts';
import { VenueService } from './services/venue-service.ts';
import { VibeCheckService } from './services/vibe-check-service.ts';
import { Writer } from './services/writer.ts';
import { teamSocket } from './team-socket.ts';
import { venueTables } from './triggers.ts';

const owners = { allow: ['owner', 'admin'] };
const everybody = { allow: [] };
const id = Word(100, '^[A-Za-z0-9_.~-]{1,100}$');
const ofVenue = { params: Type.Object({ id }) };
const readFailures = { 401: Problem, 503: Problem };
const adding = { ...problemResponses, 409: Problem };
const pageQuery = Type.Object({
  cursor,
  after: Type.Optional(Text(100, { minLength: 0, description: 'the last id of the page before' })),
  limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 500, default: 100 }),
});

/** A nightlife guide: guests hear how full venues are and what they offer, owners keep their venues up to date. */
export const venues = defineDomain({
  name: 'venues',
  migrations: shippedMigrations('venues'),
  schema,
  channels: venueChannels,
  polls: venuePolls,
  sockets: [teamSocket],
  personal: venuesPersonal,
  tables: venueTables,
  seed: seedVenues,
  people: venuesPeople,
  pages: [
    {
      path: '/venues',
      bundle: 'venues/board',
      title: 'Venues tonight',
      titleFil: 'Mga lugar ngayong gabi',
      roles: ['user', 'owner', 'admin'],
    },
    {
      path: '/venues/owner',
      bundle: 'venues/owner',
      title: 'My venues',
      titleFil: 'Mga lugar ko',
      roles: ['owner', 'admin'],
    },
    { path: '/realtime-demo', bundle: 'demo/demo', title: 'Realtime demo', roles: ['owner', 'admin'] },
  ],
  services: (context) => ({ people: new People(context) }),
  start(context, opened) {
    opened.use(context.services.people.start());
    opened.use(new PromotionSchedule(context));
  },
  routes(deps) {
    const { auth, publisher, manager, services } = deps;
    const writer = new Writer(publisher, services.people);
    const venueService = new VenueService(publisher, writer);
    const vibeChecks = new VibeCheckService(publisher.db, writer);
    const promotions = new PromotionService(publisher.db, writer);
    const notifications = new NotificationService(publisher, writer);
    const control = new ControlService(manager, notifications);
    const routes = new Elysia({ name: 'venues-routes', prefix: '/api', tags: ['venues'] })
      .use(auth)
      .get('/venues', ({ query }) => venueService.list(query), {
        ...everybody,
        query: pageQuery,
        response: { 200: VenueList, ...readFailures, 422: Problem },
        detail: { summary: 'Venues by id, and the position of `venue_updates` to subscribe from' },
      })
      .post(
        '/venues',
        ({ body, principal, requestKey }) => venueService.create(body, principal, requestKey),
        {
          ...owners,
          headers: KeyHeaders,
          body: NewVenue,
          response: { 200: Written(Venue), ...adding },
          detail: { summary: 'Adds a venue; published on `venue_updates` and `venue:{id}`' },
        },
      )
      .get('/venues/:id', ({ params }) => venueService.screen(params.id), {
        ...everybody,
        ...ofVenue,
        response: { 200: VenueScreen, ...readFailures, 404: Problem, 422: Problem },
        detail: {
          summary: 'A venue, its vibe checks and promotions, and a position of each of the three channels',
        },
      })
      .patch(
        '/venues/:id',
        ({ params, body, principal, requestKey }) =>
          venueService.change(params.id, body, principal, requestKey),
        {
          ...owners,
          ...ofVenue,
          headers: KeyHeaders,
          body: VenueChange,
          response: { 200: Written(Venue), ...problemResponses },
          detail: { summary: 'Changes a venue; published on `venue_updates` and `venue:{id}`' },
        },
      )
      .post(
        '/venues/:id/vibe-checks',
        ({ params, body, principal, requestKey }) =>
          vibeChecks.create(params.id, body, principal, requestKey),
        {
          ...everybody,
          ...ofVenue,
          headers: KeyHeaders,
          body: NewVibeCheck,
          response: { 200: Written(VibeCheck), ...adding },
          detail: { summary: 'Adds a vibe check; published on `vibe_checks:{venueId}`' },
        },
      )
      .post(
        '/venues/:id/promotions',
        ({ params, body, principal, requestKey }) =>
          promotions.create(params.id, body, principal, requestKey),
        {
          ...owners,
          ...ofVenue,
          headers: KeyHeaders,
          body: NewPromotion,
          response: { 200: Written(Promotion), ...adding },
          detail: { summary: 'Adds a promotion; published on `promotions:{venueId}`' },
        },
      )
      .patch(
        '/venues/:id/promotions/:promotionId',
        ({ params, body, principal, requestKey }) =>
          promotions.change(params.id, params.promotionId, body, principal, requestKey),
        {
          ...owners,
          params: Type.Object({ id, promotionId: id }),
          headers: KeyHeaders,
          body: PromotionChange,
          response: { 200: Written(Promotion), ...problemResponses },
          detail: { summary: 'Changes a promotion, or ends it; published on `promotions:{venueId}`' },
        },
      )
      .delete(
        '/venues/:id',
        ({ params, principal, requestKey }) => venueService.delete(params.id, principal, requestKey),
        {
          ...owners,
          ...ofVenue,
          headers: KeyHeaders,
          response: { 200: Written(Venue), ...problemResponses },
          detail: { summary: 'Deletes a venue and what belongs to it; published as `deleted`' },
        },
      )
      .delete(
        '/venues/:id/vibe-checks/:checkId',
        ({ params, principal, requestKey }) =>
          vibeChecks.delete(params.id, params.checkId, principal, requestKey),
        {
          ...everybody,
          params: Type.Object({ id, checkId: id }),
          headers: KeyHeaders,
          response: { 200: Written(VibeCheck), ...problemResponses },
          detail: { summary: 'Deletes a vibe check; published on `vibe_checks:{venueId}` as `deleted`' },
        },
      )
      .delete(
        '/venues/:id/promotions/:promotionId',
        ({ params, principal, requestKey }) =>
          promotions.delete(params.id, params.promotionId, principal, requestKey),
        {
          ...owners,
          params: Type.Object({ id, promotionId: id }),
          headers: KeyHeaders,
          response: { 200: Written(Promotion), ...problemResponses },
          detail: { summary: 'Deletes a promotion; published on `promotions:{venueId}` as `deleted`' },
        },
      )
      .get('/websocket', () => control.status(), {
        allow: ['admin'],
        response: { 200: SocketStatus, ...readFailures, 403: Problem },
        detail: { summary: 'Sockets and channels of this process' },
      })
      .post('/websocket', ({ body, principal, requestKey }) => control.run(body, principal, requestKey), {
        allow: ['admin'],
        headers: KeyHeaders,
        body: Command,
        response: { 200: WriteReceipt, ...adding },
        detail: { summary: 'Broadcasts to a channel, or notifies a user' },
      });
    return new Elysia({ name: 'domain-venues' }).use(routes).use(notificationRoutes(deps, notifications));
  },
});
