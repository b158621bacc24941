import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { checkConfigFile } from '../../src/config/file/check.ts';
import { defineConfig, partsOfModule } from '../../src/config/file/define-config.ts';
import { ConfigFileError, pathText } from '../../src/config/file/faults.ts';
import { loadConfigFile } from '../../src/config/file/load.ts';
import { type ConfigFile, renderConfigSchema } from '../../src/config/file/schema.ts';
import { formatTableName, parseTableName, type TableName } from '../../src/config/file/table-name.ts';
import { configuredDomain } from '../../src/config/file/to-domain.ts';
import { defineDomain } from '../../src/extension/domain.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { fc } from '../support/property.ts';

const shop: ConfigFile = {
  channels: {
    'orders:{customer_id}': { read: ['self:customer_id', 'role:clerk'] },
    'order:{order}': {
      read: { query: 'select 1 from shop.orders where id = :order and customer_id = :user' },
      ephemeral: ['typing'],
      presence: true,
      retention: { age: '7d' },
    },
    notices: { read: 'anyone', personal: true },
  },
  tables: {
    'shop.orders': {
      type: 'order_update',
      channels: ['orders:{customer_id}', 'order:{id}', 'notices:{customer_id}'],
      columns: ['id', 'status', 'total'],
    },
  },
};

async function folderWith(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-config-'));
  for (const [name, text] of Object.entries(files)) await Bun.write(join(folder, name), text);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** The lines of the faults of a file, without the space before them. */
async function faultsOf(text: string): Promise<readonly string[]> {
  await using place = await folderWith({ 'tambuli.config.json': text });
  const error = await loadConfigFile(place.folder).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return [];
  if (!(error instanceof ConfigFileError)) throw error;
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

test('a sound file has no fault, and becomes channels and tables', () => {
  expect(checkConfigFile(shop)).toEqual([]);
  const domain = configuredDomain(shop, {
    retention: { ageMs: 1, count: 500 },
    refuse: () => new Error('unused'),
  });
  expect(domain.channels(undefined as never)).toMatchObject([
    { pattern: 'orders:{customer_id}' },
    {
      pattern: 'order:{order}',
      presence: true,
      ephemeral: ['typing'],
      retention: { ageMs: 604_800_000, count: 500 },
    },
    { pattern: 'notices', personal: true },
  ]);
  expect(domain.tables).toMatchObject([{ schema: 'shop', table: 'orders', type: 'order_update' }]);
});

test('a file of JSON may have comments and trailing commas, and a module exports the same', async () => {
  await using json = await folderWith({
    'tambuli.config.json': '{\n  // who reads what\n  "channels": { "news": { "read": "anyone" }, },\n}\n',
  });
  await using module = await folderWith({
    'tambuli.config.ts': `export default { channels: { news: { read: 'anyone' } } };`,
  });
  for (const { folder } of [json, module]) {
    expect((await loadConfigFile(folder))?.value).toEqual({ channels: { news: { read: 'anyone' } } });
  }
});

test('a module may bring domains of the application beside those that it names', async () => {
  const own = defineDomain({ name: 'shop', channels: () => [] });
  const channels = ['orders:{id}'];
  const config = defineConfig({ domains: ['venues', own], tables: { orders: { type: 'order', channels } } });
  const { value, domains } = partsOfModule(config);
  expect(domains).toEqual([own]);
  expect(value).toMatchObject({ domains: ['venues'] });
  expect(checkConfigFile(value, true)).toEqual([]);
  expect(partsOfModule({ domains: 'venues' })).toMatchObject({ value: { domains: 'venues' }, domains: [] });
});

test('every port of a module that is not one is a fault with its key, never a stack', async () => {
  const method = { name: 'pager', send: () => undefined };
  const config = `export default { ports: {
    clok: {}, clock: 3, broker: {}, authenticator: { fromFrame() {} }, presence: null, eventLog: 'log',
    smsProvider: () => 1, deliveryMethods: [{ send() {} }, 7],
  } };`;
  await using place = await folderWith({ 'tambuli.config.ts': config });
  const error: unknown = await loadConfigFile(place.folder).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigFileError)) throw error;
  expect(error.faults.map(({ path, found }) => `${pathText(path)}: ${found}`)).toEqual([
    'ports.clok: the key "clok"',
    'ports.clock: 3',
    'ports.broker: {}',
    'ports.authenticator: an object without fromUpgrade, fromRequest',
    'ports.presence: null',
    'ports.eventLog: "log"',
    expect.stringContaining('ports.smsProvider: '),
    'ports.deliveryMethods[0].name: nothing',
    'ports.deliveryMethods[1]: 7',
    'ports.deliveryMethods[1].name: nothing',
  ]);
  expect(error.message).toContain('did you mean clock?');
  expect(partsOfModule({ ports: [] }).faults).toMatchObject([{ path: ['ports'], found: '[]' }]);
  const sound = { ports: { deliveryMethods: [method], clock: systemClock, broker: undefined } };
  expect(partsOfModule(sound)).toMatchObject({ faults: [], ports: { clock: systemClock } });
});

test('a name of a table is read and written the same way, with dots and quotation marks in it', () => {
  const names: readonly (readonly [text: string, name: TableName])[] = [
    ['orders', { table: 'orders' }],
    ['shop.Orders', { schema: 'shop', table: 'Orders' }],
    ['shop."orders.2026"', { schema: 'shop', table: 'orders.2026' }],
    ['"my.shop"."a ""b"""', { schema: 'my.shop', table: 'a "b"' }],
  ];
  for (const [text, name] of names) {
    expect(parseTableName(text)).toEqual(name);
    expect(formatTableName(name)).toBe(text);
  }
  for (const text of ['', '.', 'a.', '.a', 'a.b.c', '"a', 'a"b', '""', '"a"b', '"a".']) {
    expect(parseTableName(text)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (schema, table) => {
      fc.pre(schema !== 'public');
      expect(parseTableName(formatTableName({ schema, table }))).toEqual({ schema, table });
    }),
  );
  const change = { type: 'order_update', channels: ['orders:{id}'] };
  const tables = { 'a"b': change, '"public"."orders"': change, orders: change };
  expect(checkConfigFile({ channels: { 'orders:{id}': { read: 'anyone' } }, tables })).toMatchObject([
    { path: ['tables', 'a"b'], expected: expect.stringContaining('table or schema.table') },
    { path: ['tables', 'orders'], found: 'the table "orders" a second time' },
  ]);
});

test('a folder without a file has no configuration, one that is named must be there, and two are refused', async () => {
  await using place = await folderWith({});
  expect(await loadConfigFile(place.folder)).toBeUndefined();
  await expect(loadConfigFile(place.folder, 'other.json')).rejects.toThrow('other.json: found no such file');
  await Bun.write(join(place.folder, 'tambuli.config.json'), '{}');
  await Bun.write(join(place.folder, 'tambuli.config.ts'), 'export default {};');
  await expect(loadConfigFile(place.folder)).rejects.toThrow(
    'found tambuli.config.json beside it; expected one of them',
  );
});

test('every fault is told at once, with its line, its key, what was found and what is expected', async () => {
  const text = `{
  "channels": {
    "orders:{customer_id}": { "read": ["self:customer", "rol:clerk", "role:clerk"] },
    "order:{order}": {
      "read": { "query": "select 1 from shop.orders where id = :oder" },
      "presense": true,
      "retention": { "age": "a week" },
    },
    "Orders": { "read": "anyone" },
    "orders:{id}": { "read": [] },
    "notices:{user_id}": { "read": "anyone", "personal": true, "ephemeral": ["subscribed"] },
    "quiet": {},
  },
  "tables": {
    "shop.orders": { "channels": ["order", "ordrs:{id}"], "columns": "id" },
    "shop.orders": { "type": "x", "channels": ["quiet"] },
  },
}`;
  const faults = await faultsOf(
    text.replace('    "shop.orders": { "type": "x", "channels": ["quiet"] },\n', ''),
  );
  const rule = '"anyone", "role:NAME", "self:PARAMETER", "tenant:PARAMETER" or {"query": "select …"}';
  expect(faults.toSorted()).toEqual(
    [
      'tambuli.config.json:3:40  channels["orders:{customer_id}"].read[0]: found "self:customer"; expected a parameter of the channel: customer_id',
      `tambuli.config.json:3:57  channels["orders:{customer_id}"].read[1]: found "rol:clerk"; expected ${rule}; did you mean role?`,
      'tambuli.config.json:5:17  channels["order:{order}"].read.query: found :oder; expected only :order, :user, :role, :tenants',
      'tambuli.config.json:6:7  channels["order:{order}"].presense: found the key "presense"; expected one of read, publish, ephemeral, whisper, files, presence, personal, retention; did you mean presence?',
      'tambuli.config.json:7:22  channels["order:{order}"].retention.age: found "a week"; expected a span such as 30m, 12h or 7d',
      'tambuli.config.json:9:5  channels.Orders: found the pattern "Orders"; expected a name of lower-case letters, digits, "_" and "-", then up to three parameters: orders:{customer_id}',
      'tambuli.config.json:10:5  channels["orders:{id}"]: found the name "orders" a second time; expected another name than that of "orders:{customer_id}"',
      `tambuli.config.json:10:22  channels["orders:{id}"].read: found []; expected a rule: ${rule}, or a list of them`,
      'tambuli.config.json:11:46  channels["notices:{user_id}"].personal: found true with the parameter {user_id}; expected a pattern without parameters',
      'tambuli.config.json:11:78  channels["notices:{user_id}"].ephemeral[0]: found "subscribed"; expected a type that the server does not use itself',
      `tambuli.config.json:12:5  channels.quiet.read: found nothing; expected ${rule}`,
      'tambuli.config.json:15:5  tables["shop.orders"].type: found nothing; expected the type of the publications, such as "order_update"',
      'tambuli.config.json:15:35  tables["shop.orders"].channels[0]: found "order"; expected 1 parameter(s) as in order:{order}',
      'tambuli.config.json:15:44  tables["shop.orders"].channels[1]: found "ordrs:{id}"; expected a channel of this file; did you mean orders?',
      'tambuli.config.json:15:59  tables["shop.orders"].columns: found "id"; expected a list of names of columns',
    ].toSorted(),
  );
  expect(await faultsOf(text)).toContain(
    'tambuli.config.json:15:5  tables["shop.orders"]: found the key "shop.orders" twice; expected each key once',
  );
});

test.each([
  [
    '',
    'tambuli.config.json:1:1: found an empty file; expected JSON; comments and trailing commas are allowed',
  ],
  [
    '{\n  "channels": {\n    orders: {}\n  }\n}',
    'tambuli.config.json:3:5: found "orders" (invalid symbol); expected JSON; comments and trailing commas are allowed',
  ],
  ['[]', 'tambuli.config.json:1:1: found []; expected an object with channels, tables and domains'],
  ['{"channels": []}', 'tambuli.config.json:1:2  channels: found []; expected an object'],
])('the text %j is refused', async (text, fault) => {
  expect(await faultsOf(text)).toEqual([fault]);
});

test('a parameter that a query takes for the caller is refused', () => {
  const read = { query: 'select 1 where :user = :role' };
  expect(checkConfigFile({ channels: { 'cart:{user}': { read } } })).toMatchObject([
    { path: ['channels', 'cart:{user}'], found: 'the parameter {user} beside a query' },
  ]);
  expect(checkConfigFile({ channels: { 'cart:{user}': { read: 'self:user' } } })).toEqual([]);
});

test('the schema that ships for editors is that of the check', async () => {
  const schema = await Bun.file(join(import.meta.dir, '../../tambuli.config.schema.json')).text();
  expect(schema, 'bun run readme writes it').toBe(renderConfigSchema());
  const validate = new Ajv({ strict: false }).compile(JSON.parse(schema));
  expect(validate(shop)).toBe(true);
  expect(validate({ channels: { news: { read: 'rol:clerk' } } })).toBe(false);
  expect(validate({ channels: { news: { read: 'anyone', presense: true } } })).toBe(false);
});

test('the place of a fault is written as a program would write it', () => {
  expect(pathText(['channels', 'orders:{id}', 'read', 1])).toBe('channels["orders:{id}"].read[1]');
  expect(pathText(['channels', 'news', 'read'])).toBe('channels.news.read');
});

test('an empty file, a byte order mark and endless nesting are told or read, never a stack', async () => {
  expect(await faultsOf(' ')).toEqual([expect.stringContaining('found an empty file; expected JSON')]);
  expect(await faultsOf('\ufeff{\n "channels": {}}')).toEqual([]);
  expect(await faultsOf(`{"channels": ${'['.repeat(20_000)}`)).toEqual([
    'tambuli.config.json:1:63: found more; expected at most 50 objects and lists in one another',
  ]);
  const channels = { notices: { read: 'anyone', presence: 1n } };
  expect(checkConfigFile({ channels })).toEqual([
    { path: ['channels', 'notices', 'presence'], found: '1n', expected: 'true or false' },
  ]);
});

test('a parameter, a table and a channel that can be understood in two ways are faults', async () => {
  const change = { type: 'order_update', channels: ['orders:{id}'] };
  const faults = checkConfigFile({
    channels: { 'orders:{id}': { read: 'anyone' }, 'rooms:{id}:{id}': { read: 'self:id' } },
    tables: {
      orders: change,
      'public.orders': change,
      'shop.orders': { ...change, channels: ['orders:{id', 'orders:{}'] },
    },
  });
  expect(faults.map(({ path, found }) => `${pathText(path)}: ${found}`)).toEqual([
    'channels["rooms:{id}:{id}"]: the parameter {id} twice',
    'tables["public.orders"]: the table "orders" a second time',
    'tables["shop.orders"].channels[0]: "orders:{id"',
    'tables["shop.orders"].channels[1]: "orders:{}"',
  ]);
});

test('a zone that is none and an age before all times are faults, as triggers and the pruning would fail', () => {
  const tables = { orders: { type: 'order_update', channels: ['orders'], zone: 'Nope/Zone' } };
  const faultsOfAge = (age: string) =>
    checkConfigFile({ channels: { orders: { read: 'anyone', retention: { age } } } }).map(({ path }) =>
      pathText(path),
    );
  expect(checkConfigFile({ channels: { orders: { read: 'anyone' } }, tables })).toEqual([
    { path: ['tables', 'orders', 'zone'], found: '"Nope/Zone"', expected: 'a time zone such as Asia/Manila' },
  ]);
  for (const age of ['999999999d', '999999999h'])
    expect(faultsOfAge(age)).toEqual(['channels.orders.retention.age']);
  for (const age of ['999999d', '999999999s']) expect(faultsOfAge(age)).toEqual([]);
});
