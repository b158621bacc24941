import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import type { Clock } from '../../lib/clock.ts';
import { maxChannelLength } from '../../protocol/channel-name.ts';
import { maxSyncLimit } from '../../protocol/client-frames.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { CallerRates } from '../http/caller-rates.ts';
import { PollingGateway } from './gateway.ts';
import { pageResponse } from './page.ts';

interface PollingRouteDeps {
  readonly manager: RealtimeManager;
  readonly clock: Clock;
  readonly auth: AuthPlugin;
  readonly rates: CallerRates;
}

const PollParams = Type.Object({ channel: Type.String({ minLength: 1, maxLength: 3 * maxChannelLength }) });

const PollQuery = Type.Object({
  since: Type.Optional(
    Type.String({ maxLength: 64, description: 'position, or a time in ISO 8601; without it, the beginning' }),
  ),
  limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: maxSyncLimit, default: 100 }),
  wait: t.Numeric({
    multipleOf: 1,
    minimum: 0,
    maximum: 60,
    default: 0,
    description: 'seconds to wait for something new',
  }),
});

/** `GET /api/realtime/channels/:channel/publications`: the log in pages, with or without waiting for its next item. */
export function pollingGateway({ manager, clock, auth, rates }: PollingRouteDeps) {
  const gateway = new PollingGateway({ manager, clock });
  return new Elysia({ name: 'gateway-polling', tags: ['realtime'] }).use(auth).get(
    '/api/realtime/channels/:channel/publications',
    async ({ request, params: { channel }, query: { since, limit, wait }, principal, server }) => {
      rates.admit(principal, clock.now());
      // Elysia's default would cut a silent request after 30 s.
      if (wait > 0) server?.timeout(request, 0);
      const { signal } = request;
      const poll = { principal, channel, since, limit, waitMs: wait * 1_000, signal };
      return pageResponse(request, channel, await gateway.answer(poll), limit);
    },
    {
      allow: [],
      params: PollParams,
      query: PollQuery,
      detail: {
        summary: 'Publications of a channel after a position or a time',
        description:
          'Answers `{channel, publications, position, recovered, more}`; `position` goes into the next `since`, and is also in `Link` and `ETag`. With `wait`, an answer without anything new comes only after that time.',
      },
    },
  );
}
