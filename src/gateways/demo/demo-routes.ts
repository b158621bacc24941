import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { createTokenSigner } from '../../auth/token-signer.ts';
import type { JwtKey } from '../../auth/token-verifier.ts';
import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import { Name } from '../../protocol/name.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';

/** The means of the page `/realtime-demo` to break things. Never there in production, nor where tokens are checked. */
export interface Demo {
  /** Signs tokens that end soon; all processes of the deployment have the same. */
  readonly key: JwtKey;
  /** Ends this process as a crash does; only where another one follows it. */
  readonly crash?: (() => void) | undefined;
}

interface DemoDeps {
  readonly demo: Demo;
  readonly auth: AuthPlugin;
  readonly manager: Pick<RealtimeManager, 'peers'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const success = Type.Literal(true);
const TokenWish = Type.Object({
  userId: Name,
  role: Name,
  seconds: Type.Integer({ minimum: 1, maximum: 300 }),
});
const DemoToken = Type.Object({ success, token: Type.String() });
const Killed = Type.Object({ success });

const question = 'crash';
/** The answer leaves before the process goes. Milliseconds. */
const graceMs = 50;
const waitMs = 2_000;

/** `POST /api/demo/…`: tokens that really expire, and a process that really dies. */
export function demoRoutes({ demo, auth, manager: { peers }, clock, logger }: DemoDeps) {
  const { crash } = demo;
  const sign = createTokenSigner({ key: demo.key });
  const routes = new Elysia({ name: 'gateway-demo', prefix: '/api/demo', detail: { hide: true } })
    .use(auth)
    .post(
      '/tokens',
      async ({ body: { userId, role, seconds } }) => ({
        success: true as const,
        token: await sign({ userId, role, tenants: [], expiresIn: `${seconds} seconds` }),
      }),
      { body: TokenWish, response: { 200: DemoToken } },
    );
  if (!crash) return routes;
  peers.answer<string>(question, (id) => {
    if (id !== peers.processId) return false;
    logger.warn('the demo ends this process as a crash does; its supervisor starts another one');
    clock.after(graceMs, crash);
    return true;
  });
  return routes.post(
    '/processes/:id/kill',
    async ({ params: { id } }) => {
      const answers = await peers.ask(question, id, { expected: [id], waitMs });
      if (!answers.some((each) => 'value' in each && each.value === true)) {
        throw new AppError('not_found', `No process ${id} answers; /api/operate/processes lists them.`);
      }
      return { success: true as const };
    },
    { operate: ['admin'], params: Type.Object({ id: Name }), response: { 200: Killed } },
  );
}
