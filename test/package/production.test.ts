import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { connect } from '../support/clients/ws-client.ts';
import { freePort } from '../support/network/free-port.ts';
import { applicationFolder, installLimitMs } from '../support/package/installed.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { printed } from '../support/programs/printed.ts';
import { jwtSecret, makeToken } from '../support/services/service.ts';

/** A domain of somebody else's repository in production: by migration, triggers and several processes. */

const opened = new AsyncDisposableStack();
let folder: string;
let database: TestDatabase;

const domain = `import { channel, defineDomain } from 'tambuli';

export const shop = defineDomain({
  name: 'shop',
  migrations: \`\${import.meta.dir}/migrations\`,
  tables: [{ schema: 'shop', table: 'orders', type: 'order_update', channels: ['orders:{customer_id}'], columns: ['id', 'status'] }],
  channels: () => [
    channel('orders:{customerId}', { read: ({ userId, role }, { customerId }) => role === 'clerk' || userId === customerId }),
  ],
});
`;
const config = `import { defineConfig } from 'tambuli';
import { shop } from './shop.ts';

export default defineConfig({ domains: [shop] });
`;
const migration = `create schema shop;
create table shop.orders (id integer primary key, customer_id integer not null, status text not null, secret text);
`;

beforeAll(async () => {
  database = opened.use(await createEmptyDatabase());
  folder = opened.use(await applicationFolder()).path;
  await Bun.write(join(folder, 'shop.ts'), domain);
  await Bun.write(join(folder, 'tambuli.config.ts'), config);
  await Bun.write(join(folder, 'migrations/0001_orders.sql'), migration);
}, installLimitMs);
afterAll(() => opened.disposeAsync());

test('migrates, publishes by its triggers, and is served with its pages by several processes', async () => {
  expect(await tambuli('migrate', '--dry-run')).toContain('shop: 0001_');
  await tambuli('migrate');
  expect(await tambuli('migrate', '--dry-run')).toBe('The database is up to date.\n');
  expect(await tambuli('triggers', 'install')).toContain('shop.orders: installed');

  const cluster = await spawn('cluster', '--processes', '2');
  await using _cluster = {
    async [Symbol.asyncDispose]() {
      cluster.kill();
      await cluster.exited;
    },
  };
  const url = await printed(cluster.stdout, /"urls":\["(http:[^"]+)".*cluster listens/);
  const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
  const [, script = ''] = /<script type="module" src="\.\/([^"]+)"/.exec(page) ?? [];
  expect((await fetch(`${url}/${script}`)).headers.get('content-type')).toContain('text/javascript');
  const socketUrl = `${url.replace('http', 'ws')}/ws/realtime?token=${await makeToken({ user: '9', role: 'customer' })}`;
  await using client = await connect(socketUrl);
  await client.next('authenticated');
  client.send({ type: 'subscribe', channel: 'orders:9' });
  await client.next('subscribed');
  client.send({ type: 'subscribe', channel: 'orders:8' });
  expect(await client.next('error')).toMatchObject({ code: 'forbidden' });
  await using connection = await openTestDatabase(database.url);
  await connection.query(`insert into shop.orders values (1, 8, 'new', 'x'), (2, 9, 'new', 'x')`);
  expect(await client.next('order_update')).toMatchObject({
    channel: 'orders:9',
    eventType: 'created',
    data: { id: 2, status: 'new' },
  });
});

async function spawn(...words: readonly string[]) {
  const { HOME = '', PATH = '' } = process.env;
  return Bun.spawn([join(folder, 'node_modules/.bin/tambuli'), ...words], {
    cwd: folder,
    env: {
      PATH: `${join(process.execPath, '..')}:${PATH}`,
      HOME,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      // Its processes listen a while after the port was found free: no other program is to be given it meanwhile.
      PORT: String(await freePort()),
      DATABASE_URL: database.url,
      JWT_SECRET: jwtSecret,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The output of the program; rejects when it fails. */
async function tambuli(...words: readonly string[]): Promise<string> {
  const child = await spawn(...words);
  const output = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`tambuli ${words.join(' ')} failed:\n${output}`);
  return output;
}
