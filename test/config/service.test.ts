import { expect, test } from 'bun:test';
import { ConfigFileError } from '../../src/config/file/faults.ts';
import type { ConfigFile } from '../../src/config/file/schema.ts';
import { configuredDomain } from '../../src/config/file/to-domain.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { startTestService } from '../support/services/service.ts';
import { joinAs } from '../support/services/session.ts';

const retention = { ageMs: 3_600_000, count: 1_000 };

const domainOf = (file: ConfigFile) =>
  configuredDomain(file, {
    retention,
    refuse: (faults) => new ConfigFileError('tambuli.config.json', faults, () => undefined),
  });

async function createShop() {
  const database = await createTestDatabase({ domains: ['barangay'] });
  await using connection = await openTestDatabase(database.url);
  await connection.query('create schema shop');
  await connection.query('create table shop.orders (id integer primary key, customer_id text)');
  await connection.query(`insert into shop.orders values (7, 'ana')`);
  return database;
}

test('the channels of a file are read, written and whispered by its rules alone', async () => {
  await using database = await createShop();
  const shop = domainOf({
    channels: {
      'order:{order}': {
        read: { query: 'select 1 from shop.orders where id = :order and customer_id = :user' },
        publish: 'role:clerk',
        ephemeral: ['typing'],
      },
      'desk:{tenant}': { read: 'tenant:tenant', publish: 'tenant:tenant' },
    },
  });
  await using service = await startTestService({ database, extraDomains: [shop] });
  await using ana = await joinAs(service, { userId: 'ana', role: 'user' }, ['order:7']);
  await using ben = await joinAs(service, { userId: 'ben', role: 'user', tenants: ['t1'] }, ['desk:t1']);
  for (const channel of ['order:7', 'order:07', 'desk:t2']) {
    ben.send({ type: 'subscribe', channel });
    expect(await ben.next('error')).toMatchObject({ code: 'forbidden' });
  }
  ana.send({ type: 'publish', channel: 'order:7', publicationType: 'note', data: 1 });
  expect(await ana.next('error')).toMatchObject({ code: 'forbidden' });
  ben.send({ type: 'publish', channel: 'desk:t1', publicationType: 'note', data: 2 });
  expect(await ben.next('note')).toMatchObject({ channel: 'desk:t1', data: 2 });
});

test('a query is asked again at a refresh, and ends the subscription that it denies now', async () => {
  await using database = await createShop();
  const shop = domainOf({
    channels: {
      'order:{order}': {
        read: { query: 'select 1 from shop.orders where id = :order and customer_id = :user' },
      },
    },
  });
  await using service = await startTestService({ database, extraDomains: [shop] });
  await using ana = await joinAs(service, { userId: 'ana', role: 'user' }, ['order:7']);
  await service.database.query(`update shop.orders set customer_id = 'ben' where id = 7`);
  ana.send({ type: 'auth', userId: 'ana', role: 'user' });
  expect(await ana.next('unsubscribed')).toMatchObject({ channel: 'order:7' });
});

test('a query that the database does not take ends the start, with its place in the file', async () => {
  await using database = await createShop();
  const shop = domainOf({
    channels: { 'order:{order}': { read: { query: 'select 1 from shop.order where id = :order' } } },
  });
  await expect(startTestService({ database, extraDomains: [shop] })).rejects.toThrow(
    'channels["order:{order}"].read: found relation "shop.order" does not exist (SQLSTATE 42P01); expected a query that only reads',
  );
});
