import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { lastEventIdParameter, StreamHeaders } from '../../protocol/schemas/event-stream.ts';
import { listParameter } from '../../protocol/schemas/list-parameter.ts';
import { Text } from '../../protocol/schemas/text.ts';
import { maxVectorLength } from '../../protocol/wire/position.ts';
import { failures } from '../documents/openapi.ts';
import { streamHeaders, streamPath } from '../http/stream-refusal.ts';
import type { SseGateway } from './gateway.ts';
import { lastEventIdOf } from './last-event-id.ts';
import { openStream } from './open.ts';

interface SseRouteDeps {
  readonly gateway: SseGateway;
  readonly auth: AuthPlugin;
}

const StreamQuery = Type.Object({
  channels: listParameter(Text(8_192, { description: 'names, separated by commas' })),
  since: Type.Optional(
    Text(maxVectorLength, {
      minLength: 0,
      description: 'channel@epoch:offset, separated by commas; of a single channel also epoch:offset',
    }),
  ),
  ...lastEventIdParameter,
});

/** `GET /api/realtime/stream`: the same publications as server-sent events. */
export function sseGateway({ gateway, auth }: SseRouteDeps) {
  return new Elysia({ name: 'gateway-sse', tags: ['realtime'] }).use(auth).get(
    streamPath,
    async ({ request, query, principal, server }) => {
      gateway.admit(request, server);
      const stream = await openStream(gateway, {
        principal,
        channels: query.channels,
        since: query.since,
        lastEventId: lastEventIdOf(request),
      });
      return new Response(stream.body, { headers: streamHeaders });
    },
    {
      allow: [],
      query: StreamQuery,
      headers: StreamHeaders,
      detail: {
        summary: 'Publications of several channels as server-sent events',
        description:
          'Every event is a publication, its id the position in all channels. `Last-Event-ID`, or else `since`, resumes; a channel that cannot be resumed is told by an event `reset`.',
        responses: {
          200: {
            description:
              'Publications, as /asyncapi.json has them, are events without a name; `subscribed` comes first, `reset` and `problem` tell what went wrong, `end` when to come back.',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          ...failures(404, 429),
        },
      },
    },
  );
}
