import { Elysia } from 'elysia';
import { channelRoutes } from './channels/channel-routes.ts';
import { ChannelService } from './channels/channel-service.ts';
import type { OperateDeps } from './deps.ts';
import { ProcessesAsked } from './peers.ts';
import { processRoutes } from './processes/process-routes.ts';
import { ProcessService } from './processes/process-service.ts';
import { queueRoutes } from './queues/queue-routes.ts';
import { sessionRoutes } from './sessions/session-routes.ts';
import { SessionService } from './sessions/session-service.ts';
import { troubleRoutes } from './troubles/trouble-routes.ts';
import { TroubleService } from './troubles/trouble-service.ts';
import { ForgetService } from './users/forget-service.ts';
import { userRoutes } from './users/user-routes.ts';
import { UserService } from './users/user-service.ts';
import { whyRoutes } from './why/why-routes.ts';
import { WhyService } from './why/why-service.ts';

/**
 * `/api/operate`: a deployment as its operator sees it. Nothing is gathered while nobody asks; each answer is a page, or
 * bounded.
 */
export function operatorApi(deps: OperateDeps) {
  const { auth, database } = deps;
  const asked = new ProcessesAsked(deps);
  const sessions = new SessionService(deps, asked);
  return new Elysia({ name: 'operate' })
    .use(processRoutes(auth, new ProcessService(deps, asked)))
    .use(channelRoutes(auth, new ChannelService(deps, asked)))
    .use(sessionRoutes(auth, sessions))
    .use(userRoutes(auth, new UserService(deps, asked, sessions), new ForgetService(deps, asked)))
    .use(queueRoutes(auth, database))
    .use(whyRoutes(auth, new WhyService(deps, asked)))
    .use(troubleRoutes(auth, new TroubleService(deps, asked)));
}
