import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import type { PollAddress } from '../../extension/addresses.ts';
import type { Clock } from '../../lib/clock.ts';
import { maxSyncLimit } from '../../protocol/frames/client-frames.ts';
import { serverFrames } from '../../protocol/frames/server-frames.ts';
import { Text } from '../../protocol/schemas/text.ts';
import { maxChannelLength } from '../../protocol/wire/channel-name.ts';
import { formatPosition } from '../../protocol/wire/position.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Principal } from '../../realtime/principal.ts';
import { failures } from '../documents/openapi.ts';
import { answerSeconds, lingering } from '../http/lingering.ts';
import { type OnPosition, PollingGateway } from './gateway.ts';
import { asObject, asRow, asRows, type Form, pageResponse } from './page.ts';

interface PollingRouteDeps {
  readonly manager: RealtimeManager;
  readonly clock: Clock;
  readonly auth: AuthPlugin;
  readonly onPosition?: OnPosition;
  /** Those of the mounted domains. */
  readonly addresses: readonly PollAddress[];
}

const Segment = Text(3 * maxChannelLength);

const PollQuery = Type.Object({
  since: Type.Optional(
    Text(64, { minLength: 0, description: 'position, or a time in ISO 8601; without it, the beginning' }),
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

/** The query of the engine's own address, which can be read backwards too. */
const PageQuery = Type.Object({
  ...PollQuery.properties,
  before: Type.Optional(
    Text(64, {
      description:
        'in place of `since`: a position, a time, or `latest`; what came before, the newest last. `position` is the next `before`',
    }),
  ),
});

const PollHeaders = Type.Object({
  'if-none-match': Type.Optional(Text(1_000, { minLength: 0, description: 'the `ETag` of an earlier page' })),
});

/** Not a `response` of the route: a page is put together from stored text, and nobody reads it again. */
const PollPage: object = Type.Composite([
  Type.Omit(serverFrames.sync_response, ['type', 'id']),
  Type.Object({ more: Type.Boolean({ description: 'true: the next page has something already' }) }),
]);

const rows = {
  rows: Type.Array(Type.Unknown(), {
    description: 'what listeners of a socket get as `data`, the newest last',
  }),
  row: Type.Unknown({ description: 'the newest of them, or `null` where nothing is new' }),
};

const header = (type: 'string' | 'boolean', description: string) => ({ description, schema: { type } });
const pageHeaders = {
  etag: header('string', 'Of this page, for `If-None-Match`.'),
  link: header('string', 'Address of the next page, `rel="next"`.'),
} as const;
const arrayHeaders = {
  ...pageHeaders,
  'x-position': header('string', 'The next `since`.'),
  'x-timestamp': header(
    'string',
    'Of the newest of these: the next `since` of a client that goes on by time.',
  ),
  'x-recovered': header(
    'boolean',
    'false: what followed `since` is gone; these are the oldest that are left',
  ),
  'x-more': header('boolean', 'true: the next page has something already'),
} as const;

/**
 * `GET /api/realtime/channels/:channel/publications`: the log in pages, with or without waiting for its next item; and
 * the addresses of domains, where a page is bare rows.
 */
export function pollingGateway({ manager, clock, auth, addresses, onPosition }: PollingRouteDeps) {
  const gateway = new PollingGateway({ manager, clock, onPosition });

  async function answer(call: Call, channel: string, form: Form): Promise<Response> {
    const { request, principal, server } = call;
    const { since, before, limit, wait } = call.query;
    const linger = wait > 0 ? lingering(request, server) : undefined;
    const { signal } = request;
    const itemsOnly = form !== asObject;
    const poll = { principal, channel, since, before, limit, itemsOnly, waitMs: wait * 1_000, signal };
    const page = await gateway.answer(poll).finally(() => linger?.(answerSeconds));
    const next = { [before === undefined ? 'since' : 'before']: formatPosition(page.position), limit };
    return pageResponse(request, channel, page, next, form);
  }

  const routes = new Elysia({ name: 'gateway-polling', tags: ['realtime'] })
    .use(auth)
    .get(
      '/api/realtime/channels/:channel/publications',
      (call) => answer(call, call.params.channel, asObject),
      {
        allow: [],
        params: Type.Object({ channel: Segment }),
        query: PageQuery,
        headers: PollHeaders,
        detail: {
          summary: 'Publications of a channel after a position or a time',
          description:
            '`position` goes into the next `since`. With `wait`, an answer without anything new comes only after that time. With `before`, the page is of what came before, and `position` goes into the next `before`; `before=latest` is the end of the channel.',
          responses: { ...responses(PollPage, pageHeaders), ...failures(404) },
        },
      },
    );
  for (const { path, channel, returns, without, summary } of addresses) {
    const form = (returns === 'row' ? asRow : asRows)(without);
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    routes.get(path, (call) => answer(call, filled(channel, call.params ?? {}), form), {
      allow: [],
      // Elysia hands over no parameters to check for a path without any.
      ...(names.length > 0 && {
        params: Type.Object(Object.fromEntries(names.map((name) => [name, Segment]))),
      }),
      query: PollQuery,
      headers: PollHeaders,
      detail: {
        summary,
        description:
          '`since` is best the last `x-position`. A time is inclusive, and brings what is of that millisecond again, all of it; `x-timestamp` is the one to go on by, as a row is older than its publication.',
        responses: {
          ...responses(rows[returns], arrayHeaders),
          ...(names.length > 0 && failures(404)),
        },
      },
    });
  }
  return routes;
}

interface Call {
  readonly request: Request;
  readonly principal: Principal;
  readonly server: { timeout(request: Request, seconds: number): void } | null;
  readonly query: {
    readonly since?: string;
    readonly before?: string;
    readonly limit: number;
    readonly wait: number;
  };
}

/** `venue:{id}` with the parameters of a path. */
function filled(pattern: string, params: Readonly<Record<string, string>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
}

function responses(schema: object, headers: typeof pageHeaders) {
  return {
    200: { description: 'A page of the log', headers, content: { 'application/json': { schema } } },
    304: { description: 'Just what `If-None-Match` names', headers },
    ...failures(429),
  };
}
