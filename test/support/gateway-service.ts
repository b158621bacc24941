import type { Env } from '../../src/config.ts';
import { seedBarangay } from '../../src/domains/barangay/seed.ts';
import type { Domain } from '../../src/domains/domain.ts';
import { openTestDatabase } from './database.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { jwtMode, serviceKey, startTestService, type TestService } from './service.ts';

/** A service that checks tokens, with what the tests of its gateways do to it. */
export interface GatewayService extends TestService {
  publishHearing(): Promise<void>;
  publishCase(): Promise<void>;
  notify(userId: string, count: number): Promise<void>;
  /** The life of a channel, by its name in the log. */
  epochOf(channel: string): Promise<string>;
  /** Live sessions. */
  connected(): Promise<number>;
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
): Promise<GatewayService> {
  const service = await startTestService({
    env: { ...jwtMode, ...env },
    extraDomains,
    ...(database && { database }),
  });
  const broadcast = async (kind: string, body: object) => {
    const { status } = await service.post(`/ws/broadcast/${kind}`, body, { 'x-api-key': serviceKey });
    if (status !== 200) throw new Error(`The broadcast was answered with ${status}.`);
  };
  return {
    ...service,
    publishHearing: () => broadcast('hearing', { hearingId: 123, eventType: 'updated' }),
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
  };
}
