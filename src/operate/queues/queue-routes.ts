import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import type { Database } from '../../db/connection/open.ts';
import type { Page } from '../../db/paging.ts';
import { AppError } from '../../errors.ts';
import { repeatable } from '../../protocol/schemas/idempotency.ts';
import { asOperator, hasTracking } from '../processes/overview-reads.ts';
import { LetterParams, missing, operate, refusals } from '../schemas.ts';
import {
  DeadLetterList,
  DeliveryList,
  DeliveryQuery as DeliveryParameters,
  type DeliveryQuery,
  Discarded,
  LeaseList,
  LeaseQuery,
  OutboxList,
  OutboxQuery,
  Retried,
} from './model.ts';
import {
  discardDeadLetter,
  readDeadLetters,
  readDeliveries,
  readLeases,
  readOutbox,
  retryDeadLetter,
} from './queue-reads.ts';

const listed = async <Row>(page: Promise<Page<Row>>) => ({ success: true as const, ...(await page) });

/** The routes of everything that waits: outbox, dead letters, deliveries of tracked events, leases. */
export function queueRoutes(auth: AuthPlugin, database: Database) {
  const { db } = database;
  return new Elysia({ name: 'operate-queues', prefix: '/api/operate', tags: ['operate'] })
    .use(auth)
    .get('/outbox', ({ query }) => listed(readOutbox(db, query)), {
      operate,
      query: OutboxQuery,
      response: { 200: OutboxList, ...refusals },
      detail: { summary: 'Publications that wait for a relay, the oldest first' },
    })
    .get('/dead-letters', ({ query }) => listed(readDeadLetters(db, query)), {
      operate,
      query: OutboxQuery,
      response: { 200: DeadLetterList, ...refusals },
      detail: { summary: 'Publications that fit no channel, the newest first' },
    })
    .post('/dead-letters/:id/retry', ({ params }) => retry(database, params.id), {
      operate,
      params: LetterParams,
      response: { 200: Retried, ...missing },
      detail: {
        summary: 'Puts a dead letter into the outbox again',
        ...repeatable('moves one row; a second request finds none'),
      },
    })
    .post('/dead-letters/:id/discard', ({ params }) => discard(database, params.id), {
      operate,
      params: LetterParams,
      response: { 200: Discarded, ...missing },
      detail: {
        summary: 'Removes a dead letter for ever',
        ...repeatable('removes one row; a second request finds none'),
      },
    })
    .get('/deliveries', ({ query }) => deliveries(database, query), {
      operate,
      query: DeliveryParameters,
      response: { 200: DeliveryList, ...refusals },
      detail: { summary: 'Deliveries of tracked events to people, the newest first' },
    })
    .get('/leases', ({ query }) => listed(readLeases(db, query)), {
      operate,
      query: LeaseQuery,
      response: { 200: LeaseList, ...refusals },
      detail: { summary: 'Leases, their holders and queues, by name' },
    });
}

async function retry({ db }: Database, id: number) {
  const outboxId = await retryDeadLetter(db, id);
  if (outboxId === undefined) throw noLetter(id);
  return { success: true as const, outboxId };
}

async function discard({ db }: Database, id: number) {
  if (!(await discardDeadLetter(db, id))) throw noLetter(id);
  return { success: true as const };
}

async function deliveries(database: Database, query: DeliveryQuery) {
  if (!(await hasTracking(database.query))) {
    return { success: true as const, data: [], more: false, nextCursor: null, tracked: false };
  }
  const page = await asOperator(database, (tx) => readDeliveries(tx, query));
  return { success: true as const, ...page, tracked: true };
}

const noLetter = (id: number) => new AppError('not_found', `There is no dead letter ${id}.`);
