import { Elysia } from 'elysia';
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
    const response = { 200: BroadcastReceipt, ...problemResponses };
    return new Elysia({ name: 'domain-barangay', prefix: '/ws/broadcast', tags: ['barangay'] })
      .use(auth)
      .post('/hearing', ({ body }) => service.hearing(body), {
        allow,
        body: HearingBroadcast,
        response,
        detail: { summary: 'Reads a hearing and publishes it on `hearings`' },
      })
      .post('/case', ({ body }) => service.case(body), {
        allow,
        body: CaseBroadcast,
        response,
        detail: { summary: 'Reads a case and publishes it on `cases` and `case:{id}`' },
      })
      .post('/person', ({ body }) => service.person(body), {
        allow,
        body: PersonBroadcast,
        response,
        detail: { summary: 'Reads a person and publishes it on `persons`' },
      })
      .post('/notification', ({ body }) => service.notification(body), {
        allow,
        body: NotificationBroadcast,
        response,
        detail: { summary: 'Stores a notification and publishes it on `notifications` of its user' },
      });
  },
};
