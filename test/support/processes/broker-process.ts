import { openBroker } from '../../../src/brokers/open.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/logger.ts';
import { createMember } from '../services/bus.ts';
import { until } from '../until.ts';

/**
 * `redis|postgres <url>`: says `connected` or the first complaint, leaves the bus when its input ends, and has to end
 * without being told.
 */
const [kind = '', url = ''] = process.argv.slice(2);
if (kind !== 'redis' && kind !== 'postgres') throw new Error(`What is ${kind}?`);

const complaints: string[] = [];
const connect = await openBroker({
  kind,
  redisUrl: url,
  query: async () => [],
  databaseUrl: url,
  databaseDriver: 'tcp',
  log: createLogger('warn', { write: (line) => void complaints.push(line) }),
  clock: systemClock,
  createId: () => Bun.randomUUIDv7(),
});
const member = createMember(connect);
await member.joined('news');
await until(() => member.broker.connected || complaints.length > 0);
process.stdout.write(`${complaints[0] ?? 'connected'}\n`);
await Bun.stdin.text();
await member.broker[Symbol.asyncDispose]();
