import { Elysia, t } from 'elysia';
import { historyQuery, MessageEdit, NewMessage, ReactionChange, ReadUpTo } from '../../../chat/model.ts';
import type { DomainContext } from '../../../extension/domain.ts';
import { KeyHeaders } from '../../../protocol/schemas/idempotency.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import { answered, type Changed } from '../change.ts';
import { History, MessageAnswer, MessageParameters, ReactionAnswer } from '../chat-model.ts';
import * as model from '../model.ts';
import { ChatService } from '../services/chat-service.ts';
import { roles } from '../statuses.ts';

const allow = [...roles];
const readOneFailures = { 401: Problem, 403: Problem, 404: Problem, 422: Problem, 503: Problem };
const writeFailures = { ...readOneFailures, 400: Problem, 413: Problem };
const changeFailures = { ...writeFailures, 409: Problem };
const tags = ['clinic'];

const told = async (change: Promise<Changed<boolean>>) => {
  const { data: changed, ...place } = await change;
  return { success: true, changed, ...place } as const;
};

/** The chats of the cases. */
export function chatRoutes({ auth, publisher }: DomainContext) {
  const service = new ChatService(publisher);
  const params = MessageParameters;
  const response = { 200: MessageAnswer, ...changeFailures };
  return new Elysia({ name: 'clinic-chat', prefix: '/api/cases/:id/chat', tags })
    .use(auth)
    .get('', ({ params, query, principal }) => service.history(params.id, query, principal), {
      allow,
      params: model.CaseParameters,
      query: t.Object({
        ...historyQuery,
        limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 100, default: 50 }),
      }),
      response: { 200: History, ...readOneFailures },
      detail: { summary: 'A page of the chat, newest first, with reactions and receipts' },
    })
    .post(
      '',
      ({ params, body, principal, requestKey }) =>
        answered(service.send(params.id, body, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params: model.CaseParameters,
        body: NewMessage,
        response,
        detail: { summary: 'Stores a message and publishes `chatMessage`' },
      },
    )
    .put(
      '/:messageId',
      ({ params: { id, messageId }, body, principal, requestKey }) =>
        answered(service.edit(id, messageId, body.body, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        body: MessageEdit,
        response,
        detail: { summary: 'Edits a message of the caller’s own' },
      },
    )
    .delete(
      '/:messageId',
      ({ params: { id, messageId }, principal, requestKey }) =>
        answered(service.remove(id, messageId, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        response: { 200: MessageAnswer, ...readOneFailures, 409: Problem },
        detail: { summary: 'Deletes a message of the caller’s own' },
      },
    )
    .put(
      '/:messageId/reactions',
      ({ params: { id, messageId }, body, principal, requestKey }) =>
        told(service.react(id, messageId, body, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        body: ReactionChange,
        response: { 200: ReactionAnswer, ...changeFailures },
        detail: { summary: 'Adds or takes back a reaction and publishes `chatReaction`' },
      },
    )
    .post(
      '/read',
      ({ params, body, principal, requestKey }) =>
        told(service.markRead(params.id, body.messageId, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params: model.CaseParameters,
        body: ReadUpTo,
        response: { 200: ReactionAnswer, ...writeFailures },
        detail: { summary: 'Marks all messages up to one as read and publishes `chatRead`' },
      },
    );
}
