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

/** Blotter management: officers with phones hear of hearings, cases, persons and their own notifications. */
export const barangay = {
  name: 'barangay',
  channels: barangayChannels,
  seed: seedBarangay,
  routes({ auth, database, manager }: DomainDeps) {
    const service = new BarangayService(database, manager);
    const allow = officials;
    const response = { 200: BroadcastReceipt, ...problemResponses };
    return new Elysia({ name: 'domain-barangay', prefix: '/ws/broadcast', tags: ['barangay'] })
      .use(auth)
      .post('/hearing', ({ body }) => service.hearing(body), { allow, body: HearingBroadcast, response })
      .post('/case', ({ body }) => service.case(body), { allow, body: CaseBroadcast, response })
      .post('/person', ({ body }) => service.person(body), { allow, body: PersonBroadcast, response })
      .post('/notification', ({ body }) => service.notification(body), {
        allow,
        body: NotificationBroadcast,
        response,
      });
  },
};
