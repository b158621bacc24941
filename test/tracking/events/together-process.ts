import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { Publisher } from '../../../src/db/publisher.ts';
import { members, schoolChannels } from '../../../src/domains/school/channels.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/logger.ts';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createEngine, limits } from '../../support/services/engine.ts';
import { joseph } from '../support.ts';

/**
 * A process that sends an event, or reads the one that it is given, by the statement that callers share; it is there to be
 * killed meanwhile: `together-process.ts <database> [event]`. Prints `written` when that is committed, and delivers nothing.
 */
const [url = '', eventId] = process.argv.slice(2);
const database = await openTestDatabase(url);
const log = new PostgresEventLog(database);
const { manager } = createEngine({
  log,
  clock: systemClock,
  createId: () => Bun.randomUUIDv7(),
  namespaces: schoolChannels(database),
  limits: { ...limits, publicationBytes: 131_072 },
});
const publisher = new Publisher({
  database,
  log,
  manager: {
    drafts: manager.drafts,
    publish: (publication) => manager.publish(publication),
    announce() {
      process.stdout.write('written\n');
      // Killed between the commit and the delivery.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return [];
    },
  },
});
const logger = createLogger('silent');
const tracking = { database, publisher, members, channels: manager.channels, clock: systemClock, logger };
if (eventId) await acknowledge(tracking, joseph, { eventId, kind: 'read', deviceId: 'phone' });
else {
  await createEvent(tracking, {
    eventType: 'payment_received',
    payload: { amount: 1, currency: 'KES' },
    targetUserIds: [joseph.userId],
  });
}
