import { Elysia } from 'elysia';
import { asyncApi } from '../../protocol/asyncapi.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { OwnFrames } from '../frames/own-frames.ts';
import { apiInfo } from './openapi.ts';

interface AsyncApiDeps {
  readonly manager: RealtimeManager;
  readonly frames: OwnFrames;
}

/** `/asyncapi.json`: what OpenAPI cannot say, the frames of the sockets. */
export function asyncApiRoute({ manager, frames }: AsyncApiDeps) {
  return new Elysia({ name: 'gateway-asyncapi', tags: ['operations'] }).get(
    '/asyncapi.json',
    ({ request }) => {
      const { host, protocol } = new URL(request.url);
      // Behind a proxy that ends TLS, only its header tells how it was called.
      const secure = (request.headers.get('x-forwarded-proto') ?? protocol).startsWith('https');
      const { patterns } = manager.namespaces;
      return asyncApi({
        info: apiInfo,
        host,
        protocol: secure ? 'wss' : 'ws',
        patterns,
        frames: [...frames.values()],
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
