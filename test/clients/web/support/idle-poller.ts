import { createClient } from '../../../../clients/web/src/index.ts';

/** A process whose client polls without a channel, and that ends by a timer. */
createClient('http://server.test', { token: 't', transports: ['poll'], pollIntervalMs: 1 }).connect();
setTimeout(() => {
  process.stdout.write('on time\n');
  process.exit();
}, 20);
