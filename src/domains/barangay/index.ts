import { Elysia } from 'elysia';
import { shippedMigrations } from '../../db/migrate/folders.ts';
import { defineDomain } from '../../extension/domain.ts';
import { KeyHeaders } from '../../protocol/schemas/idempotency.ts';
import { problemResponses } from '../../protocol/schemas/problem.ts';
import { barangayChannels, officials } from './channels.ts';
import { listRoutes } from './list-routes.ts';
import {
  BroadcastReceipt,
  CaseBroadcast,
  HearingBroadcast,
  NotificationBroadcast,
  PersonBroadcast,
} from './model.ts';
import { notificationRoutes } from './notification-routes.ts';
import { NotificationService } from './notification-service.ts';
import { barangayPersonal } from './people/personal.ts';
import * as schema from './schema.ts';
import { barangayPeople, seedBarangay } from './seed.ts';
import { BarangayService } from './service.ts';
import { barangayTables } from './triggers.ts';

/** Blotter management: officers with phones hear of hearings, cases, persons and their own notifications. */
export const barangay = defineDomain({
  name: 'barangay',
  migrations: shippedMigrations('barangay'),
  schema,
  channels: barangayChannels,
  personal: barangayPersonal,
  tables: barangayTables,
  seed: seedBarangay,
  people: barangayPeople,
  pages: [
    {
      path: '/barangay',
      bundle: 'barangay/board',
      title: 'Barangay board',
      titleFil: 'Talaan ng barangay',
      roles: ['officer', 'captain', 'admin', 'user'],
    },
  ],
  routes(deps) {
    const { auth, publisher } = deps;
    const service = new BarangayService(publisher);
    const notifications = new NotificationService(publisher);
    const allow = officials;
    const headers = KeyHeaders;
    const response = { 200: BroadcastReceipt, ...problemResponses };
    const broadcasts = new Elysia({
      name: 'barangay-broadcasts',
      prefix: '/ws/broadcast',
      tags: ['barangay'],
    })
      .use(auth)
      .post('/hearing', ({ body, principal, requestKey }) => service.hearing(body, principal, requestKey), {
        allow,
        headers,
        body: HearingBroadcast,
        response,
        detail: { summary: 'Reads a hearing and publishes it on `hearings`' },
      })
      .post('/case', ({ body, principal, requestKey }) => service.case(body, principal, requestKey), {
        allow,
        headers,
        body: CaseBroadcast,
        response,
        detail: {
          summary:
            'Reads a case and publishes it on `cases`, `case:{id}` and `my_cases` of the person who filed it',
        },
      })
      .post('/person', ({ body, principal, requestKey }) => service.person(body, principal, requestKey), {
        allow,
        headers,
        body: PersonBroadcast,
        response,
        detail: { summary: 'Reads a person and publishes it on `persons`' },
      })
      .post('/notification', ({ body, requestKey }) => notifications.send(body, requestKey), {
        allow,
        headers,
        body: NotificationBroadcast,
        response,
        detail: { summary: 'Stores a notification and publishes it on `notifications` of its user' },
      });
    return new Elysia({ name: 'domain-barangay' })
      .use(broadcasts)
      .use(listRoutes(deps))
      .use(notificationRoutes(deps, notifications));
  },
});
