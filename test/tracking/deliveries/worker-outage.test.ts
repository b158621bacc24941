import { expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { Publisher } from '../../../src/db/publisher.ts';
import { members, schoolChannels } from '../../../src/domains/school/channels.ts';
import { seedSchool } from '../../../src/domains/school/seed.ts';
import { createLogger } from '../../../src/logger.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { startTrackingWorker } from '../../../src/tracking/worker.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';
import { createEngine, limits } from '../../support/services/engine.ts';
import { until } from '../../support/until.ts';

test('an outage of the database is one line in the log, and what was due comes when it is back', async () => {
  await using server = await startPostgres();
  const silent = createLogger('silent');
  await migrate({ url: server.url, driver: 'tcp', domains: ['school'], log: silent });
  await using database = await openTestDatabase(server.url);
  await seedSchool(database.db);
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  const told = (text: string) => lines.filter((line) => line.includes(text)).length;
  const log = new PostgresEventLog(database);
  const { manager, clock } = createEngine({
    log,
    namespaces: schoolChannels(database),
    limits: { ...limits, publicationBytes: 131_072 },
  });
  await using _manager = manager;
  const publisher = new Publisher({ database, log, manager });
  const tracking = { database, publisher, members, clock, logger };
  await using _worker = startTrackingWorker({
    tracking,
    methods: [],
    listenUrl: server.url,
    random: () => 0,
  });
  const { eventId } = await createEvent(tracking, {
    eventType: 'payment_received',
    targetUserIds: ['user1-uuid'],
    scheduledAt: new Date(clock.now() + 60_000).toISOString(),
  });
  await server.stop();
  // Both loops look several times, in vain.
  let looks = 0;
  await until(() => {
    clock.advance(1_000);
    looks += 1;
    return told('could not be sent') > 0 && looks > 90;
  });
  await server.start();
  await until(async () => {
    clock.advance(1_000);
    const [row] = await database
      .query('select status from realtime_event_deliveries where event_id = $1', [eventId])
      .catch(() => []);
    return row?.['status'] === 'sent';
  });
  await until(() => told('deliveries are sent again') === 1);
  expect(told('could not be sent')).toBe(1);
});
