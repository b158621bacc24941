import { Elysia } from 'elysia';
import type { SocketAddress } from '../../extension/addresses.ts';
import { asyncApi } from '../../protocol/frames/asyncapi.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { OwnFrames } from '../frames/own-frames.ts';
import { askedAt } from '../http/address.ts';
import { apiInfo } from './openapi.ts';

export interface AsyncApiDeps {
  readonly manager: RealtimeManager;
  readonly frames: OwnFrames;
  /** Those of the mounted domains. */
  readonly sockets: readonly SocketAddress[];
}

/** `/asyncapi.json`: what OpenAPI cannot say, the frames of the sockets. */
export function asyncApiRoute({ manager, frames, sockets }: AsyncApiDeps) {
  return new Elysia({ name: 'gateway-asyncapi', tags: ['operations'] }).get(
    '/asyncapi.json',
    ({ request }) => {
      const { host, secure } = askedAt(request);
      const { patterns, declared } = manager.namespaces;
      return asyncApi({
        info: apiInfo,
        host,
        protocol: secure ? 'wss' : 'ws',
        patterns,
        declared,
        frames: [...frames.values()],
        addresses: sockets,
      });
    },
    {
      detail: {
        summary: 'The frames of the sockets, as an AsyncAPI 3 document',
        security: [],
        responses: {
          200: { description: 'AsyncAPI 3', content: { 'application/json': { schema: { type: 'object' } } } },
        },
      },
    },
  );
}
