import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { KeyHeaders, repeatable } from '../../protocol/schemas/idempotency.ts';
import { Problem, problemResponses } from '../../protocol/schemas/problem.ts';
import {
  BatchBody,
  BatchReceipt,
  ChannelParams,
  Disconnected,
  PresenceAnswer,
  PublishBody,
  PublishReceipt,
  Revoked,
  UserParams,
} from './model.ts';
import { type PublishingDeps, PublishingService } from './service.ts';

/** The problems that every route here can return instead of its own response. */
const refusals = { 401: Problem, 403: Problem, 422: Problem, 429: Problem, 503: Problem };

/**
 * The routes for other backends. Those that publish are open to users as well, where the rule of a channel lets them.
 */
export function publishingGateway({ auth, ...deps }: PublishingDeps & { readonly auth: AuthPlugin }) {
  const service = new PublishingService(deps);
  const headers = KeyHeaders;
  return new Elysia({ name: 'gateway-publishing', prefix: '/api/realtime', tags: ['realtime'] })
    .use(auth)
    .post(
      '/publish',
      ({ principal, body, headers }) => service.publish(principal, body, headers['idempotency-key']),
      {
        allow: [],
        headers,
        body: PublishBody,
        response: { 200: PublishReceipt, ...problemResponses, ...refusals },
        detail: { summary: 'Publishes on a channel' },
      },
    )
    .post(
      '/publish/batch',
      ({ principal, body: { publications }, headers }) =>
        service.publishAll(principal, publications, headers['idempotency-key']),
      {
        allow: [],
        headers,
        body: BatchBody,
        response: { 200: BatchReceipt, ...problemResponses, ...refusals },
        detail: { summary: 'Publishes up to 1,000 on any channels, in order, all or none' },
      },
    )
    .get('/presence/:channel', ({ principal, params }) => service.presence(principal, params.channel), {
      allow: [],
      params: ChannelParams,
      response: { 200: PresenceAnswer, ...refusals, 404: Problem },
      detail: { summary: 'The readers of a channel whose namespace has presence' },
    })
    .post('/users/:id/disconnect', ({ params }) => service.disconnect(params.id), {
      operate: ['admin'],
      params: UserParams,
      response: { 200: Disconnected, ...refusals },
      detail: {
        summary: 'Ends all sessions of a user, who may come back',
        ...repeatable('ends what is open; a session that came back meanwhile may come back again'),
      },
    })
    .post('/users/:id/revoke', ({ params }) => service.revoke(params.id), {
      operate: ['admin'],
      params: UserParams,
      response: { 200: Revoked, ...refusals },
      detail: {
        summary: 'Withdraws all tokens a user has, and ends what was opened with them',
        ...repeatable('withdraws what was issued until now; a repeat only moves that time'),
      },
    });
}
