import { startOutboxRelay } from '../../../src/db/outbox/outbox-relay.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/logger.ts';
import { openTestDatabase } from './database.ts';

/**
 * A process with a relay that stops for good at a step, having printed its name: `relay-process.ts <database> <step>`.
 * `before`: woken, about to move; `during`: as the statement is sent; `moved`: committed, about to announce;
 * `announced`: all done. It is there to be killed.
 */
const [url = '', step = ''] = process.argv.slice(2);
const database = await openTestDatabase(url);
const reach = async (name: string) => {
  if (name !== step) return;
  process.stdout.write(`${name}\n`);
  await new Promise(() => undefined);
};
startOutboxRelay({
  database: {
    async query(text, values) {
      await reach('before');
      const rows = await (step === 'during' ? watched(text, values) : database.query(text, values));
      if (rows.length > 0) await reach('moved');
      return rows as never;
    },
  },
  onMoved: () => void reach('announced'),
  clock: systemClock,
  log: createLogger('silent'),
});

async function watched(text: string, values: readonly unknown[] | undefined) {
  const answer = database.query(text, values);
  process.stdout.write('during\n');
  return answer;
}
