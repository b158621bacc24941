import { Elysia, t } from 'elysia';
import { Problem } from '../../protocol/problem.ts';
import { Word } from '../../protocol/text.ts';
import type { DomainDeps } from '../domain.ts';
import { CaseService } from './case-service.ts';
import { clinicChannels, portalChannels } from './channels.ts';
import {
  History,
  MessageAnswer,
  MessageEdit,
  MessageId,
  MessageParameters,
  NewMessage,
  ReactionAnswer,
  ReactionChange,
  ReadUpTo,
} from './chat-model.ts';
import { ChatService } from './chat-service.ts';
import { readHistory } from './history-service.ts';
import { LockService } from './lock-service.ts';
import * as model from './model.ts';
import { NotificationService } from './notification-service.ts';
import { seedClinic } from './seed.ts';
import { roles, workers } from './statuses.ts';

const allow = [...roles];
const clinicians = ['clinician', 'admin'];
const reading = { 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const readingOne = { ...reading, 404: Problem };
const writing = { ...reading, 400: Problem, 413: Problem };
const changing = { ...writing, 404: Problem, 409: Problem };
const tags = ['clinic'];

/** Health workers' and clinicians' portals: cases, their locks and chats, notifications. */
export const clinic = {
  name: 'clinic',
  channels: clinicChannels,
  seed: seedClinic,
  socketIo: { autoSubscribe: portalChannels },
  routes(deps: DomainDeps) {
    return new Elysia({ name: 'domain-clinic' })
      .use(caseRoutes(deps))
      .use(lockRoutes(deps))
      .use(chatRoutes(deps))
      .use(notificationRoutes(deps));
  },
};

const answered = async <T>(data: Promise<T>) => ({ success: true, data: await data }) as const;
const told = async (changed: Promise<boolean>) => ({ success: true, changed: await changed }) as const;

/** A query's text as a number. */
const pageSize = (maximum: number) => t.Numeric({ multipleOf: 1, minimum: 1, maximum, default: 50 });

function caseRoutes({ auth, database, log, manager }: DomainDeps) {
  const service = new CaseService(database, log, manager);
  const response = { 200: model.CaseAnswer, ...changing };
  return new Elysia({ name: 'clinic-cases', prefix: '/api/cases', tags })
    .use(auth)
    .post('', ({ body, principal }) => answered(service.create(body, principal)), {
      allow: [...workers, 'admin'],
      body: model.NewCase,
      response: { 200: model.CaseAnswer, ...writing },
      detail: { summary: 'Stores a case and publishes `newCase`' },
    })
    .get('', ({ query, principal }) => service.list(query, principal), {
      allow,
      query: t.Object({ status: t.Optional(model.Status), limit: pageSize(200) }),
      response: { 200: model.CaseList, ...reading },
      detail: { summary: 'The cases of a health worker, or all, with the position to subscribe from' },
    })
    .post('/update-status', ({ body, principal }) => answered(service.changeStatus(body, principal)), {
      allow,
      body: model.StatusChange,
      response,
      detail: { summary: 'Takes a legal step and publishes `caseStatusUpdate`' },
    })
    .get('/:id', ({ params, principal }) => service.read(params.id, principal), {
      allow,
      params: model.CaseParameters,
      response: { 200: model.CaseDetail, ...readingOne },
      detail: { summary: 'One case with its reviews' },
    })
    .post(
      '/:id/clinician-review',
      ({ params, body, principal }) => answered(service.review(params.id, body, principal)),
      {
        allow: clinicians,
        params: model.CaseParameters,
        body: model.ClinicianReview,
        response,
        detail: { summary: 'Stores a review and publishes the `caseStatusUpdate` it means' },
      },
    );
}

function lockRoutes({ auth, database, leases }: DomainDeps) {
  const service = new LockService(database, leases);
  const params = model.CaseParameters;
  const response = { 200: model.LockAnswer, ...changing };
  return new Elysia({ name: 'clinic-locks', prefix: '/api/cases/:id/lock', tags })
    .use(auth)
    .get('', ({ params, principal }) => service.read(params.id, principal), {
      allow,
      params,
      response: { 200: model.LockState, ...readingOne },
      detail: { summary: 'Who holds the lock' },
    })
    .post(
      '',
      ({ params, body: { sessionId, wait = false }, principal }) =>
        service.acquire(params.id, sessionId, wait, principal),
      {
        allow,
        params,
        body: model.LockRequest,
        response,
        detail: { summary: 'Takes the lock, or a place in its queue' },
      },
    )
    .post(
      '/renew',
      ({ params, body: { sessionId, token }, principal }) =>
        service.renew(params.id, sessionId, token, principal),
      { allow, params, body: model.LockRenewal, response, detail: { summary: 'Keeps the lock' } },
    )
    .post(
      '/release',
      ({ params, body, principal }) => service.release(params.id, body.sessionId, principal),
      {
        allow,
        params,
        body: model.LockRelease,
        response: { 200: model.LockReleased, ...writing, 404: Problem },
        detail: { summary: 'Gives back the lock, or the place in its queue' },
      },
    );
}

function chatRoutes({ auth, database, log, manager }: DomainDeps) {
  const service = new ChatService(database, manager);
  const params = MessageParameters;
  const response = { 200: MessageAnswer, ...changing };
  return new Elysia({ name: 'clinic-chat', prefix: '/api/cases/:id/chat', tags })
    .use(auth)
    .get('', ({ params, query, principal }) => readHistory(database, log, params.id, query, principal), {
      allow,
      params: model.CaseParameters,
      query: t.Object({
        before: t.Optional(Word(16, '^[1-9][0-9]{0,15}$', { description: '`next` of a page' })),
        replyTo: t.Optional(MessageId),
        limit: pageSize(100),
      }),
      response: { 200: History, ...readingOne },
      detail: { summary: 'A page of the chat, newest first, with reactions and receipts' },
    })
    .post('', ({ params, body, principal }) => answered(service.send(params.id, body, principal)), {
      allow,
      params: model.CaseParameters,
      body: NewMessage,
      response,
      detail: { summary: 'Stores a message and publishes `chatMessage`' },
    })
    .put(
      '/:messageId',
      ({ params: { id, messageId }, body, principal }) =>
        answered(service.edit(id, messageId, body.body, principal)),
      { allow, params, body: MessageEdit, response, detail: { summary: 'Edits a message of one’s own' } },
    )
    .delete(
      '/:messageId',
      ({ params: { id, messageId }, principal }) => answered(service.delete(id, messageId, principal)),
      {
        allow,
        params,
        response: { 200: MessageAnswer, ...readingOne, 409: Problem },
        detail: { summary: 'Deletes a message of one’s own' },
      },
    )
    .put(
      '/:messageId/reactions',
      ({ params: { id, messageId }, body, principal }) => told(service.react(id, messageId, body, principal)),
      {
        allow,
        params,
        body: ReactionChange,
        response: { 200: ReactionAnswer, ...changing },
        detail: { summary: 'Adds or takes back a reaction and publishes `chatReaction`' },
      },
    )
    .post(
      '/read',
      ({ params, body, principal }) => told(service.markRead(params.id, body.messageId, principal)),
      {
        allow,
        params: model.CaseParameters,
        body: ReadUpTo,
        response: { 200: ReactionAnswer, ...writing, 404: Problem },
        detail: { summary: 'Marks all up to a message as read and publishes `chatRead`' },
      },
    );
}

function notificationRoutes({ auth, database, log, manager }: DomainDeps) {
  const service = new NotificationService(database, log, manager);
  return new Elysia({ name: 'clinic-notifications', prefix: '/api/clinic/notifications', tags })
    .use(auth)
    .post('', ({ body, principal }) => answered(service.send(body, principal)), {
      allow: clinicians,
      body: model.NewNotification,
      response: { 200: model.NotificationAnswer, ...writing, 404: Problem },
      detail: { summary: 'Stores a notification and publishes it to one user' },
    })
    .get('', ({ query, principal }) => service.list(query, principal), {
      allow,
      query: t.Object({ unread: t.Optional(t.BooleanString()), limit: pageSize(200) }),
      response: { 200: model.NotificationList, ...reading },
      detail: { summary: 'The caller’s notifications' },
    })
    .post('/:id/read', ({ params, principal }) => answered(service.markRead(params.id, principal)), {
      allow,
      params: model.NotificationParameters,
      response: { 200: model.NotificationAnswer, ...readingOne },
      detail: { summary: 'Marks one as read and publishes `notificationRead` to its user' },
    });
}
