import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Database } from '../../src/db/connection/open.ts';
import { shippedDomains } from '../../src/domains.ts';
import { channel } from '../../src/extension/channel.ts';
import { type Domain, defineDomain } from '../../src/extension/domain.ts';
import { personalChannel } from '../../src/protocol/wire/channel-name.ts';
import { parsePosition } from '../../src/protocol/wire/position.ts';
import type { Namespace } from '../../src/realtime/channels/namespace.ts';
import { createFileDirectory } from '../support/files/file-directory.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { type GatewayService, startGatewayService } from '../support/services/gateway-service.ts';
import { makeToken, serviceKey, type TokenClaims } from '../support/services/service.ts';
import { until } from '../support/until.ts';
import { barangayTable } from './barangay.ts';
import { campusTable } from './campus.ts';
import { clinicTable } from './clinic.ts';
import { deeds, forgedType, upload } from './deeds.ts';
import { addressWays, httpWays } from './http-ways.ts';
import { fillSchool, schoolTable } from './school.ts';
import { domainSocketWays, socketWays } from './socket-ways.ts';
import { type Entry, strangers, type Table, type Who } from './table.ts';
import { venuesTable } from './venues.ts';
import type { Probe, Visit, Way } from './visit.ts';

/** R3: every namespace that ships, by every way there is, live and in history, for everybody. */

const tables: Readonly<Record<string, Table>> = {
  barangay: barangayTable,
  campus: campusTable,
  clinic: clinicTable,
  school: schoolTable,
  venues: venuesTable,
};

const names = shippedDomains.map(({ name }) => name);
const asService = { 'x-api-key': serviceKey };
const million = '1000000';
const limits = {
  LIMIT_SOCKETS_PER_USER: million,
  LIMIT_STREAMS_PER_USER: million,
  LIMIT_REQUESTS_PER_MINUTE: million,
};
const controls = defineDomain({
  name: 'control',
  channels: () => [channel('matrix_control:{id}', { read: () => true })],
});
/** The existence of a channel is a secret too from somebody who may not read it. */
const denials = ['forbidden', 'unknown_channel', 'not_found'];

const opened = new AsyncDisposableStack();
let service: GatewayService;

beforeAll(async () => {
  const database = opened.use(await createTestDatabase({ domains: names }));
  const connection = opened.use(await openTestDatabase(database.url));
  for (const domain of shippedDomains) await domain.seed?.(connection.db);
  await fillSchool(connection.query);
  const { directory } = opened.use(await createFileDirectory());
  const env = { DOMAINS: names.join(), FILES_DIRECTORY: directory, ...limits };
  service = opened.use(await startGatewayService(env, database, [controls]));
});

afterAll(() => opened.disposeAsync());

/** The declarations of a domain; its rules are not asked here, so that no database is needed. */
const namespacesOf = ({ channels }: Domain) => channels({ db: {} } as unknown as Database);
const nameOf = ({ pattern }: Namespace) => pattern.split(':')[0] ?? '';

test('every namespace that ships has its line in the table of its domain, and no line is left over', () => {
  const declared = shippedDomains.map((domain) => [domain.name, namespacesOf(domain).map(nameOf).sort()]);
  const lines = Object.entries(tables).map(([name, table]) => [name, Object.keys(table).sort()]);
  expect(Object.fromEntries(lines)).toEqual(Object.fromEntries(declared));
});

test('the namespaces that take files are those whose lines say from whom', () => {
  const takers = shippedDomains.flatMap(namespacesOf).filter(({ files }) => files);
  const lines = Object.values(tables).flatMap((table) => Object.entries(table));
  const named = lines.filter(([, { files }]) => files).map(([name]) => name);
  expect(takers.map(nameOf).sort()).toEqual(named.sort());
  expect(named).not.toEqual([]);
});

for (const domain of shippedDomains) {
  describe(domain.name, () => {
    for (const namespace of namespacesOf(domain)) {
      const entry = tables[domain.name]?.[nameOf(namespace)];
      if (!entry) continue;
      const { pattern } = namespace;
      const ways = [
        ...socketWays,
        ...httpWays,
        ...addressWays(domain.polls ?? [], pattern),
        ...domainSocketWays(domain, pattern),
      ];
      for (const who of [...strangers, 'service'] as const) {
        const access = entry.access[who];
        test(`${pattern}, ${who}: ${access}, by ${ways.length} ways, live and in history`, () =>
          tryReading(namespace, entry, who, ways));
      }
      for (const who of [...strangers, 'service'] as const) {
        test(`${pattern}, ${who}: writes what the namespace lets them, and asks who is there`, () =>
          tryDeeds(namespace, entry, who));
      }
      if (entry.files)
        test(`${pattern}: nobody of another domain uploads a file, whatever their role there`, () =>
          tryUploadsOfOthers(domain.name, entry));
    }
  });
}

function outcomeOf(refusal: string | undefined): string {
  if (refusal === undefined) return 'let in';
  return denials.includes(refusal) ? 'denied' : refusal;
}

let markers = 0;

/** Publishes a text that stands nowhere else. */
async function publish(channel: string, userId?: string): Promise<{ marker: string; since: string }> {
  const marker = `marker-${++markers}-`;
  const body = { channel, type: 'secret', data: { marker }, ...(userId && { userId }) };
  const answer = await service.post('/api/realtime/publish', body, asService);
  const { position = '' } = answer.body as { position?: string };
  const epoch = parsePosition(position)?.epoch;
  if (epoch === undefined) throw new Error(`Not published: ${JSON.stringify(answer.body)}`);
  return { marker, since: `${epoch}:0` };
}

const credentialsOf = ({ people }: Entry, who: Who) => (who === 'service' ? asService : bearer(people[who]));
const bearer = async (claims: TokenClaims) => ({ authorization: `Bearer ${await makeToken(claims)}` });

async function tryReading(
  { personal }: Namespace,
  entry: Entry,
  who: Who,
  ways: readonly Way[],
): Promise<void> {
  const { channel, people, access } = entry;
  const ownerId = personal && people.owner.user;
  const control = `matrix_control:${++markers}`;
  const ownId = who === 'service' ? 'service' : people[who].user;
  const [before, controlBefore] = [await publish(channel, ownerId || undefined), await publish(control)];
  const visit: Visit = {
    ...{ service, channel, credentials: await credentialsOf(entry, who) },
    ...{ since: before.since, control, controlSince: controlBefore.since },
  };
  await using stack = new AsyncDisposableStack();
  const probes = await Promise.all(
    ways.map(async (way): Promise<[Way, Probe]> => [way, stack.use(await way.open(visit))]),
  );
  const after = await publish(channel, ownerId || undefined);
  const own = access[who] === 'own' ? await publish(channel, ownId) : undefined;
  const controlAfter = await publish(control);
  for (const [{ name, brings }, { heard, refusal }] of probes) {
    const isLive = brings.includes('after');
    const wanted = [isLive ? controlAfter.marker : controlBefore.marker];
    if (access[who] === 'reads') {
      if (brings.includes('before')) wanted.push(before.marker);
      if (isLive) wanted.push(after.marker);
    }
    if (own && isLive) wanted.push(own.marker);
    const missing = () => wanted.filter((marker) => !heard().includes(marker));
    await until(() => missing().length === 0).catch(() => {
      throw new Error(`${name}: ${missing()} of ${wanted} did not come. Refused: ${refusal}. ${heard()}`);
    });
    expect([name, outcomeOf(refusal)]).toEqual([name, access[who] === 'denied' ? 'denied' : 'let in']);
    if (access[who] === 'reads') continue;
    for (const { marker } of [before, after]) {
      if (heard().includes(marker)) throw new Error(`${name}: ${who} got ${marker} of ${channel}.`);
    }
  }
}

async function tryDeeds(namespace: Namespace, entry: Entry, who: Who) {
  const { personal, presence, ephemeral = [] } = namespace;
  const { channel, access, people, publishes = [], whispers = [], files = [] } = entry;
  const visit: Visit = {
    ...{ service, channel, credentials: await credentialsOf(entry, who) },
    ...{ since: '', control: '', controlSince: '' },
  };
  const may = {
    publish: publishes.some((each) => each === who),
    ephemeral: whispers.some((each) => each === who),
    presence: presence === true && access[who] !== 'denied',
    files: files.some((each) => each === who),
  };
  for (const { name, kind, attempt } of deeds) {
    // A service publishes what it likes; an ephemeral publication is of a declared type, from every sender.
    if (who === 'service' && kind !== 'ephemeral' && kind !== 'files') continue;
    const forged = outcomeOf(await attempt(visit, forgedType));
    expect([name, forged]).toEqual([name, kind !== 'ephemeral' && may[kind] ? 'let in' : 'denied']);
    for (const type of kind === 'ephemeral' && who !== 'service' ? ephemeral : []) {
      const outcome = outcomeOf(await attempt(visit, type));
      expect([name, type, outcome]).toEqual([name, type, may.ephemeral ? 'let in' : 'denied']);
    }
  }
  if (who === 'service') return;
  const inLog = personal ? personalChannel(channel, people[who].user ?? '') : channel;
  const forged = `select from realtime_publications where channel = $1 and type = $2`;
  const rows = await service.database.query(forged, [inLog, forgedType]);
  if (!may.publish) expect(rows).toEqual([]);
}

/** The rule of a channel asks for roles by name, and another domain may have given somebody any name. */
async function tryUploadsOfOthers(domain: string, { channel }: Entry) {
  const others = Object.entries(tables).filter(([name]) => name !== domain);
  const lines = others.flatMap(([, table]) => Object.values(table));
  const claims = lines.flatMap(({ people }) => strangers.map((who) => people[who]));
  const kinds = new Map(claims.map((each) => [`${each.user} ${each.role} ${each.tenants}`, each]));
  for (const [name, each] of kinds) {
    const visit = {
      service,
      channel,
      credentials: await bearer(each),
      since: '',
      control: '',
      controlSince: '',
    };
    expect([name, outcomeOf(await upload.attempt(visit, ''))]).toEqual([name, 'denied']);
  }
}
