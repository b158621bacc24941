import { Elysia, t } from 'elysia';
import { historyQuery, MessageEdit, NewMessage, ReactionChange, ReadUpTo } from '../../../chat/model.ts';
import type { DomainContext } from '../../../extension/domain.ts';
import { KeyHeaders } from '../../../protocol/schemas/idempotency.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import { broadcasterRoles } from '../permissions.ts';
import { schoolRoles } from '../roles.ts';
import type { Changed, GroupDeps } from './change.ts';
import { GroupChatService } from './chat-service.ts';
import { GroupService } from './group-service.ts';
import { MemberService } from './member-service.ts';
import * as model from './model.ts';

const allow = [...schoolRoles];
const readFailures = { 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const readOneFailures = { ...readFailures, 404: Problem };
const writeFailures = { ...readOneFailures, 400: Problem, 409: Problem, 413: Problem };
const bodiless = { ...readOneFailures, 409: Problem };
const tags = ['school'];
const prefix = '/api/v1/realtime/channels';
const params = model.ChannelParameters;

const answered = async <T>(change: Promise<Changed<T>>) => ({ success: true, ...(await change) }) as const;
const told = async (change: Promise<Changed<boolean>>) => {
  const { data: changed, ...place } = await change;
  return { success: true, changed, ...place } as const;
};
/** A query's text as a number. */
const pageSize = (maximum: number) => t.Numeric({ multipleOf: 1, minimum: 1, maximum, default: 50 });

type Auth = DomainContext['auth'];

/** Group channels, their members and their messages. */
export function groupRoutes(auth: Auth, deps: GroupDeps) {
  return new Elysia({ name: 'school-groups' })
    .use(channelRoutes(auth, deps))
    .use(memberRoutes(auth, deps))
    .use(messageRoutes(auth, deps));
}

function channelRoutes(auth: Auth, deps: GroupDeps) {
  const service = new GroupService(deps);
  return new Elysia({ name: 'school-channels', prefix, tags })
    .use(auth)
    .get('', ({ query, principal }) => service.list(query, principal), {
      allow,
      query: t.Object({
        ...model.ChannelQuery,
        joined: t.Optional(t.BooleanString()),
        limit: pageSize(200),
      }),
      response: { 200: model.ChannelPage, ...readFailures },
      detail: {
        summary: 'Group channels that the caller may know of, with unread counts of the caller’s own',
      },
    })
    .post(
      '',
      ({ body, principal, requestKey }) => answered(service.create(body, { principal, requestKey })),
      {
        allow: broadcasterRoles,
        headers: KeyHeaders,
        body: model.NewChannel,
        response: { 200: model.ChannelAnswer, ...readFailures, 400: Problem, 404: Problem, 413: Problem },
        detail: { summary: 'Creates a group channel that the caller owns' },
      },
    )
    .get('/:id', ({ params, principal }) => service.read(params.id, principal), {
      allow,
      params,
      response: { 200: model.OwnChannelAnswer, ...readOneFailures },
      detail: { summary: 'One channel, with the position to subscribe from' },
    })
    .put(
      '/:id',
      ({ params, body, principal, requestKey }) =>
        answered(service.update(params.id, body, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        body: model.ChannelChange,
        response: { 200: model.ChannelAnswer, ...writeFailures },
        detail: { summary: 'Changes a channel and publishes `channelUpdated`' },
      },
    )
    .delete(
      '/:id',
      ({ params, principal, requestKey }) => answered(service.archive(params.id, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        response: { 200: model.ChannelAnswer, ...bodiless },
        detail: { summary: 'Archives a channel: its members can still read it, nobody can write' },
      },
    );
}

function memberRoutes(auth: Auth, deps: GroupDeps) {
  const service = new MemberService(deps);
  const one = { allow, params: model.MemberParameters };
  return new Elysia({ name: 'school-channel-members', prefix: `${prefix}/:id`, tags })
    .use(auth)
    .post(
      '/join',
      ({ params, principal, requestKey }) => answered(service.join(params.id, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        response: { 200: model.MemberAnswer, ...bodiless },
        detail: { summary: 'Makes the caller a member and publishes `channelMember`' },
      },
    )
    .post(
      '/leave',
      ({ params, principal, requestKey }) => told(service.leave(params.id, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        response: { 200: model.ChangedAnswer, ...bodiless },
        detail: { summary: 'Ends the caller’s membership and their subscriptions to the channel' },
      },
    )
    .get('/members', ({ params, query, principal }) => service.list(params.id, query, principal), {
      allow,
      params,
      query: t.Object({ ...model.MemberQuery, limit: pageSize(200) }),
      response: { 200: model.MemberPage, ...readOneFailures },
      detail: { summary: 'The members and their roles' },
    })
    .put(
      '/members/:userId',
      ({ params: { id, userId }, body, principal, requestKey }) =>
        answered(service.put(id, userId, body.role ?? 'member', { principal, requestKey })),
      {
        ...one,
        headers: KeyHeaders,
        body: model.MemberRole,
        response: { 200: model.MemberAnswer, ...writeFailures },
        detail: { summary: 'Adds a person of the school, or gives a member another role' },
      },
    )
    .delete(
      '/members/:userId',
      ({ params: { id, userId }, principal, requestKey }) =>
        told(service.remove(id, userId, { principal, requestKey })),
      {
        ...one,
        headers: KeyHeaders,
        response: { 200: model.ChangedAnswer, ...bodiless },
        detail: { summary: 'Removes a member and ends their subscriptions to the channel' },
      },
    );
}

function messageRoutes(auth: Auth, deps: GroupDeps) {
  const service = new GroupChatService(deps);
  const one = { allow, params: model.MessageParameters };
  const response = { 200: model.MessageAnswer, ...writeFailures };
  return new Elysia({ name: 'school-channel-messages', prefix: `${prefix}/:id`, tags })
    .use(auth)
    .get('/messages', ({ params, query, principal }) => service.history(params.id, query, principal), {
      allow,
      params,
      query: t.Object({ ...historyQuery, limit: pageSize(100) }),
      response: { 200: model.History, ...readOneFailures },
      detail: { summary: 'A page of messages, newest first, or of one thread, with reactions and receipts' },
    })
    .post(
      '/messages',
      ({ params, body, principal, requestKey }) =>
        answered(service.send(params.id, body, { principal, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        body: NewMessage,
        response,
        detail: { summary: 'Stores a message and publishes `chatMessage`' },
      },
    )
    .put(
      '/messages/:messageId',
      ({ params: { id, messageId }, body, principal, requestKey }) =>
        answered(service.edit(id, messageId, body.body, { principal, requestKey })),
      {
        ...one,
        headers: KeyHeaders,
        body: MessageEdit,
        response,
        detail: { summary: 'Edits a message of the caller’s own' },
      },
    )
    .delete(
      '/messages/:messageId',
      ({ params: { id, messageId }, principal, requestKey }) =>
        answered(service.remove(id, messageId, { principal, requestKey })),
      {
        ...one,
        headers: KeyHeaders,
        response: { 200: model.MessageAnswer, ...bodiless },
        detail: { summary: 'Removes a message, by its author or a moderator' },
      },
    )
    .put(
      '/messages/:messageId/reactions',
      ({ params: { id, messageId }, body, principal, requestKey }) =>
        told(service.react(id, messageId, body, { principal, requestKey })),
      {
        ...one,
        headers: KeyHeaders,
        body: ReactionChange,
        response: { 200: model.ChangedAnswer, ...writeFailures },
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
        params,
        body: ReadUpTo,
        response: { 200: model.ChangedAnswer, ...writeFailures },
        detail: { summary: 'Marks all messages up to one as read and publishes `chatRead`' },
      },
    );
}
