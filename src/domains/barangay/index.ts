import { Elysia } from 'elysia';
import { PublishHeaders } from '../../protocol/idempotency.ts';
import { problemResponses } from '../../protocol/problem.ts';
import type { DomainDeps } from '../domain.ts';
import { barangayChannels, officials } from './channels.ts';
import {
  BroadcastReceipt,
  CaseBroadcast,
  HearingBroadcast,
  NotificationBroadcast,
  PersonBroadcast,
} from './model.ts';
import { seedBarangay } from './seed.ts';
import { BarangayService } from './service.ts';
import { barangayTables } from './triggers.ts';

/** Blotter management: officers with phones hear of hearings, cases, persons and their own notifications. */
export const barangay = {
  name: 'barangay',
  channels: barangayChannels,
  tables: barangayTables,
  seed: seedBarangay,
  routes({ auth, database, log, manager }: DomainDeps) {
    const service = new BarangayService(database, log, manager);
    const allow = officials;
    const headers = PublishHeaders;
    const response = { 200: BroadcastReceipt, ...problemResponses };
    return new Elysia({ name: 'domain-barangay', prefix: '/ws/broadcast', tags: ['barangay'] })
      .use(auth)
      .post('/hearing', ({ body, headers }) => service.hearing(body, headers['idempotency-key']), {
        allow,
        headers,
        body: HearingBroadcast,
        response,
        detail: { summary: 'Reads a hearing and publishes it on `hearings`' },
      })
      .post('/case', ({ body, headers }) => service.case(body, headers['idempotency-key']), {
        allow,
        headers,
        body: CaseBroadcast,
        response,
        detail: { summary: 'Reads a case and publishes it on `cases` and `case:{id}`' },
      })
      .post('/person', ({ body, headers }) => service.person(body, headers['idempotency-key']), {
        allow,
        headers,
        body: PersonBroadcast,
        response,
        detail: { summary: 'Reads a person and publishes it on `persons`' },
      })
      .post('/notification', ({ body, headers }) => service.notification(body, headers['idempotency-key']), {
        allow,
        headers,
        body: NotificationBroadcast,
        response,
        detail: { summary: 'Stores a notification and publishes it on `notifications` of its user' },
      });
  },
};
