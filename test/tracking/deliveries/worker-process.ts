import type { Database } from '../../../src/db/connection/open.ts';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { Publisher } from '../../../src/db/publisher.ts';
import { members, schoolChannels } from '../../../src/domains/school/channels.ts';
import type { DeliveryMethod } from '../../../src/extension/delivery-method.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/logger.ts';
import { createWebhook } from '../../../src/tracking/methods/webhook.ts';
import { startTrackingWorker } from '../../../src/tracking/worker.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createEngine, limits } from '../../support/services/engine.ts';
import { webhookSecret } from '../methods/receivers.ts';

/**
 * A process with a worker that stops for good at a step, having printed its name: `worker-process.ts <database>
 * <webhook> <step>`. It is there to be killed. By webhook: `claiming` before the commit of the claim, `sending`,
 * `settling` before the outcome is written, `settled` before that commits; live: `publishing` before the commit,
 * `published` after it and before anybody hears of it.
 */
const [url = '', webhookUrl = '', step = ''] = process.argv.slice(2);
const reach = async (name: string) => {
  if (name !== step) return;
  process.stdout.write(`${name}\n`);
  await new Promise(() => undefined);
};
const real = await openTestDatabase(url);
let isSent = false;
const database: Database = {
  ...real,
  async transaction(work, options) {
    const answer = await real.transaction(async (...parameters) => {
      const published = await work(...parameters);
      const { result } = Object(published);
      if (Object(result).leased?.length > 0) await reach('claiming');
      if (result === undefined && isSent) await reach('settled');
      if (Object(published).publications?.length > 0) await reach('publishing');
      return published;
    }, options);
    if (Object(answer).publications?.length > 0) await reach('published');
    return answer;
  },
};
const webhook = createWebhook({
  url: webhookUrl,
  secret: webhookSecret,
  allowPrivate: true,
  clock: systemClock,
});
const method: DeliveryMethod = {
  name: 'webhook',
  async send(delivery, signal) {
    await reach('sending');
    const outcome = await webhook.send(delivery, signal);
    isSent = true;
    await reach('settling');
    return outcome;
  },
};
const log = new PostgresEventLog(real);
const { manager } = createEngine({
  log,
  clock: systemClock,
  createId: () => Bun.randomUUIDv7(),
  namespaces: schoolChannels(real),
  limits: { ...limits, publicationBytes: 131_072 },
});
startTrackingWorker({
  tracking: {
    database,
    publisher: new Publisher({ database, log, manager }),
    members,
    clock: systemClock,
    logger: createLogger('silent'),
  },
  methods: [method],
  listenUrl: url,
  random: () => 0,
});
// The timers of the worker alone would not keep a process up while it waits for the database.
setInterval(() => undefined, 60_000);
process.stdout.write('started\n');
