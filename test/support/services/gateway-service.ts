import type { Env } from '../../../src/config/config.ts';
import { seedBarangay } from '../../../src/domains/barangay/seed.ts';
import type { Domain } from '../../../src/extension/domain.ts';
import type { Ports } from '../../../src/extension/ports.ts';
import { openTestDatabase } from '../postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/postgres.ts';
import { jwtMode, serviceKey, startTestService, type TestService } from './service.ts';

/** A service that checks tokens, with what the tests of its gateways do to it. */
export interface GatewayService extends TestService {
  publishHearing(): Promise<void>;
  /** One after another. */
  publishHearings(count: number): Promise<void>;
  /** Ten at a time, for a history that nobody reads yet. */
  publishBacklog(count: number): Promise<void>;
  publishCase(): Promise<void>;
  notify(userId: string, count: number): Promise<void>;
  /** The life of a channel, by its name in the log. */
  epochOf(channel: string): Promise<string>;
  /** Live sessions. */
  connected(): Promise<number>;
  /** The value that `/metrics` has of a counter, without its prefix: `count('refusals_total', { code: 'forbidden' })`. */
  count(counter: string, label: Readonly<Record<string, string>>): Promise<number>;
}

export async function createSeededDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ domains: ['barangay'] });
  await using connection = await openTestDatabase(database.url);
  await seedBarangay(connection.db);
  return database;
}

export async function startGatewayService(
  env: Env = {},
  database?: TestDatabase,
  extraDomains: readonly Domain[] = [],
  ports: Ports = {},
): Promise<GatewayService> {
  const service = await startTestService({
    env: { ...jwtMode, ...env },
    extraDomains,
    ports,
    ...(database && { database }),
  });
  const broadcast = async (kind: string, body: object) => {
    const { status } = await service.post(`/ws/broadcast/${kind}`, body, { 'x-api-key': serviceKey });
    if (status !== 200) throw new Error(`The broadcast was answered with ${status}.`);
  };
  const publishHearing = () => broadcast('hearing', { hearingId: 123, eventType: 'updated' });
  const publishHearings = async (count: number) => {
    for (let n = 0; n < count; n++) await publishHearing();
  };
  return {
    ...service,
    publishHearing,
    publishHearings,
    async publishBacklog(count) {
      await Promise.all(Array.from({ length: 10 }, () => publishHearings(count / 10)));
    },
    publishCase: () => broadcast('case', { caseId: 456, eventType: 'updated' }),
    async notify(userId, count) {
      const notification = { title: 'private', message: 'm' };
      for (let n = 0; n < count; n++) await broadcast('notification', { userId, notification });
    },
    async epochOf(channel) {
      const sql = 'select epoch from realtime_channels where name = $1';
      const [row] = await service.database.query<{ epoch: string }>(sql, [channel]);
      return row?.epoch ?? 'none';
    },
    async connected() {
      const { body } = await service.get('/ws/status');
      return (body as { connectedClients: number }).connectedClients;
    },
    async count(counter, label) {
      const response = await fetch(`${service.url}/metrics`, { headers: { 'x-api-key': serviceKey } });
      const [[name, value] = []] = Object.entries(label);
      const series = `tambuli_${counter}{${name}="${value}"} `;
      const line = (await response.text()).split('\n').find((each) => each.startsWith(series));
      if (line === undefined) throw new Error(`There is no series ${series}.`);
      return Number(line.slice(series.length));
    },
  };
}
