import type { Env } from '../../../src/config/config.ts';
import { openSse, type SseClient } from '../../support/clients/sse-client.ts';
import { connect, type WsClient } from '../../support/clients/ws-client.ts';
import {
  createSeededDatabase,
  type GatewayService,
  startGatewayService,
} from '../../support/services/gateway-service.ts';
import { openDomain } from '../../support/services/open-domain.ts';
import { type Answer, makeToken, serviceKey, type TestService } from '../../support/services/service.ts';

export const asService = { 'x-api-key': serviceKey };

export async function asUser(user: string, role = 'user'): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await makeToken({ user, role })}` };
}

/** A service with the channels of `openDomain` beside the barangay's. */
export function startPublishing(env: Env = {}): Promise<GatewayService> {
  return startGatewayService(env, undefined, [openDomain]);
}

export interface Cluster extends AsyncDisposable {
  readonly first: GatewayService;
  readonly second: GatewayService;
  /** One more process over the same database. */
  start(): Promise<GatewayService>;
}

/** Two processes over one database. */
export async function startCluster(env: Env = {}): Promise<Cluster> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createSeededDatabase());
  const launch = () => startGatewayService(env, database, [openDomain]);
  const first = opened.use(await launch());
  const second = opened.use(await launch());
  const owned = opened.move();
  return {
    first,
    second,
    start: async () => owned.use(await launch()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export interface Reader extends WsClient {
  /** The id of this connection. */
  readonly sessionId: string;
  /** By channel. */
  readonly positions: Readonly<Record<string, string>>;
}

/** A socket that reads the channels; `since` is by channel. */
export async function joinWith(
  { socketUrl }: TestService,
  token: string,
  channels: readonly string[],
  since: Readonly<Record<string, string>> = {},
): Promise<Reader> {
  const client = await connect(socketUrl, { headers: { authorization: `Bearer ${token}` } });
  const { clientId } = await client.next('authenticated');
  const positions: Record<string, string> = {};
  for (const channel of channels) {
    client.send({ type: 'subscribe', channel, since: since[channel] });
    positions[channel] = String((await client.next('subscribed'))['position']);
  }
  return { ...client, sessionId: String(clientId), positions };
}

export async function join(service: TestService, user: string, ...channels: string[]): Promise<Reader> {
  return joinWith(service, await makeToken({ user, role: 'user' }), channels);
}

export async function streamWith(
  service: TestService,
  token: string,
  channel: string,
  since?: string,
): Promise<SseClient> {
  const from = since === undefined ? '' : `&since=${channel}@${since}`;
  const stream = await openSse(`${service.url}/api/realtime/stream?channels=${channel}${from}`, {
    authorization: `Bearer ${token}`,
  });
  await stream.next('subscribed');
  return stream;
}

export function publish(service: TestService, body: object, headers: object = asService): Promise<Answer> {
  return service.post('/api/realtime/publish', body, { ...headers });
}

/** The publications that the log has of a channel. */
export async function logged(service: TestService, channel: string) {
  return service.database.query<Record<string, unknown>>(
    `select type, event_type, data::text as data, source_user_id, exclude
      from realtime_publications where channel = $1 order by "offset"`,
    [channel],
  );
}
