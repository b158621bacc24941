import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import type { Database } from '../../../src/db/connection/open.ts';
import { Publisher } from '../../../src/db/publisher.ts';
import type { toGeoJson } from '../../../src/domains/campus/heatmap/heatmap.ts';
import { campus as campusDomain } from '../../../src/domains/campus/index.ts';
import type { Heatmap } from '../../../src/domains/campus/model.ts';
import type { Domain } from '../../../src/extension/domain.ts';
import { requestBytes } from '../../support/clients/raw-http.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { until } from '../../support/until.ts';
import { type Campus, harbour, nextEvent, northfield, staff, startCampus } from './support.ts';

const path = '/api/realtime/heatmap/stream?organizationId=org123';
const every5s = `${path}&updateInterval=5000`;
/** The same interval in another organisation. */
const elsewhere = '/api/realtime/heatmap/stream?organizationId=org456&updateInterval=5000';
const patienceMs = 15_000;
/** The shortest interval of a stream is five seconds. */
const ports = { clock: fastClock(5) };
/** Several changes have to fall into one interval. */
const countedPorts = { clock: fastClock(2) };

const countsOf = (data: unknown) => (data as Heatmap).points.reduce((sum, { count }) => sum + count, 0);

/** The campus over a database that counts its transactions: a snapshot is one. */
async function startCounted(): Promise<Campus & { readonly snapshots: () => number }> {
  let snapshots = 0;
  const counted = (database: Database): Database => ({
    ...database,
    transaction(work, options) {
      if (options?.isolation === 'repeatable read') snapshots += 1;
      return database.transaction(work, options);
    },
  });
  const domain: Domain = {
    ...campusDomain,
    mount(context) {
      const database = counted(context.database);
      return campusDomain.mount({ ...context, publisher: new Publisher({ ...context, database }) });
    },
  };
  const service = await startCampus({ DOMAINS: 'barangay' }, { extraDomains: [domain], ports: countedPorts });
  // From its first publication on a channel has positions; before, a snapshot is read twice.
  await service.report('The first one');
  return { ...service, snapshots: () => snapshots };
}

/** Event streams over sockets of their own: Bun's fetch has 256 at a time. Answers how many hold the text `times` times. */
function openWatchers(service: Campus, count: number) {
  const { hostname, port } = new URL(service.url);
  const texts = Array.from({ length: count }, () => '');
  const sockets = texts.map((_, n) =>
    connect({ host: hostname, port: Number(port) }, () => sockets[n]?.write(requestBytes('GET', every5s))).on(
      'data',
      (chunk) => {
        texts[n] += chunk.toString();
      },
    ),
  );
  return {
    having: (text: string, times: number) =>
      texts.filter((each) => each.split(text).length - 1 === times).length,
    latest: (type: string) => texts.map((each) => countsOf(eventsOf(each, type).at(-1)?.data)),
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function reportElsewhere(service: Campus, title: string): Promise<void> {
  const issue = { title, campusId: 'campus456', buildingId: 'building456' };
  expect((await service.call(harbour, '/api/issues', issue)).status).toBe(200);
}

function eventsOf(text: string, type: string): { type: string; data: unknown }[] {
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json));
  return events.filter((event) => event.type === type);
}

test.concurrent('500 who watch one heatmap cost one query per interval in which something changed, and none otherwise', async () => {
  await using service = await startCounted();
  using watchers = openWatchers(service, 500);
  await until(() => watchers.having('"type":"initial"', 1) === 500);
  expect(service.snapshots()).toBe(1);
  let shown = 3;
  // The update of the first change is the beginning of an interval, into which all of the next ones fall.
  for (const [before, changes] of [1, 5, 5].entries()) {
    await Promise.all(Array.from({ length: changes }, (_, n) => service.report(`change ${before} ${n}`)));
    await until(() => watchers.having('"type":"update"', before + 1) === 500);
    expect(service.snapshots()).toBe(2 + before);
    shown += changes;
    expect(new Set(watchers.latest('update'))).toEqual(new Set([shown]));
  }
  // A reader that comes now is shown what the others were.
  await using late = await service.stream(northfield, every5s);
  expect(countsOf((await nextEvent(late)).data)).toBe(shown);
  await reportElsewhere(service, 'elsewhere');
  await using clock = await service.stream(harbour, elsewhere);
  await nextEvent(clock);
  const before = service.snapshots();
  await service.call(staff, '/api/issues/issue123/assign', { assigneeId: 'janitor1' });
  // Between two updates elsewhere an interval has passed here.
  for (const n of [1, 2]) {
    await reportElsewhere(service, `elsewhere ${n}`);
    await nextEvent(clock, patienceMs);
  }
  expect(service.snapshots()).toBe(before + 2);
  expect(watchers.having('"type":"update"', 3)).toBe(500);
}, 60_000);

test.concurrent('each filter and interval has a computation of its own, and sees its own issues', async () => {
  await using service = await startCounted();
  const filters = [
    '',
    '&categories=plumbing',
    '&buildingIds=building124',
    '&categories=plumbing,electrical&resolution=5',
  ];
  const counts = await Promise.all(
    filters.map(async (filter) => {
      await using stream = await service.stream(northfield, every5s + filter);
      return countsOf((await nextEvent(stream)).data);
    }),
  );
  expect(counts).toEqual([3, 1, 1, 2]);
  expect(service.snapshots()).toBe(4);
  // One meaning in two spellings.
  await using _one = await service.stream(northfield, `${every5s}&categories=plumbing,electrical`);
  await using _same = await service.stream(northfield, `${every5s}&categories=electrical,plumbing`);
  expect(service.snapshots()).toBe(5);
});

test.concurrent('who comes back is told nothing when nothing changed, and else at once what there is now', async () => {
  await using service = await startCampus({}, { ports });
  const stream = await service.stream(northfield, every5s);
  const { id } = await nextEvent(stream);
  await stream[Symbol.asyncDispose]();
  const same = await service.stream(northfield, every5s, id);
  expect(await same.next()).toMatchObject({ id, data: { type: 'heartbeat', data: {} } });
  await service.call(staff, '/api/issues/issue123/resolve', { resolution: 'Dry again.' });
  const update = await nextEvent(same, patienceMs);
  expect([update.type, countsOf(update.data)]).toEqual(['update', 1]);
  expect(update.id).not.toBe(id);
  await same[Symbol.asyncDispose]();
  await using behind = await service.stream(northfield, every5s, id);
  const missed = await nextEvent(behind);
  expect([missed.type, missed.id, countsOf(missed.data)]).toEqual(['update', update.id, 1]);
});

test.concurrent('a stream that opens within an interval begins with what there is at that moment', async () => {
  await using service = await startCampus({}, { ports });
  await using first = await service.stream(northfield, path);
  expect(countsOf((await nextEvent(first)).data)).toBe(2);
  for (let n = 1; n <= 3; n++) {
    await service.report(`issue ${n}`);
    await using late = await service.stream(northfield, path);
    const { type, data } = await nextEvent(late);
    expect({ type, count: countsOf(data) }).toEqual({ type: 'initial', count: 2 + n });
  }
});

test.concurrent('as GeoJSON a stream has features, at first and at each update', async () => {
  await using service = await startCampus({}, { ports });
  await using stream = await service.stream(northfield, `${every5s}&format=geojson`);
  const featuresOf = (data: unknown) => (data as ReturnType<typeof toGeoJson>).features;
  const initial = await nextEvent(stream);
  expect(initial).toMatchObject({ type: 'initial', data: { type: 'FeatureCollection' } });
  expect(featuresOf(initial.data)).toHaveLength(2);
  await service.report('Elsewhere', { location: { lat: 1, lng: 2 } });
  const update = await nextEvent(stream, patienceMs);
  expect(update).toMatchObject({ type: 'update' });
  expect(featuresOf(update.data)).toHaveLength(3);
});

test.concurrent('an interval below five seconds, and no interval at all, are refused in words', async () => {
  await using service = await startCampus({}, { ports });
  for (const interval of ['4999', '0', '-1', 'soon', '1e9']) {
    const { status, body } = await service.get(`${path}&updateInterval=${interval}`);
    expect({ interval, status }).toEqual({ interval, status: 422 });
    expect(body).toMatchObject({ code: 'validation_failed' });
  }
  const { body } = await service.get(`${path}&updateInterval=4999`);
  expect(body).toMatchObject({ detail: '4999: Expected number to be greater or equal to 5000.' });
  expect((await service.get('/api/realtime/heatmap/stream')).status).toBe(422);
});

test.concurrent('a computation that fails is made up for at the next interval', async () => {
  // It is broken before the interval of the change is over.
  await using service = await startCampus({}, { ports: countedPorts });
  await using stream = await service.stream(northfield, every5s);
  await nextEvent(stream);
  await service.report('while it is broken');
  await service.database.query('alter table campus.issues rename column severity to harm');
  await service.nextLog('a feed could not be refreshed', patienceMs);
  await service.database.query('alter table campus.issues rename column harm to severity');
  const { type, data } = await nextEvent(stream, patienceMs);
  expect([type, countsOf(data)]).toEqual(['update', 3]);
});

test.concurrent('over REST the heatmap is JSON or GeoJSON, at the resolution asked for', async () => {
  await using service = await startCampus({}, { ports });
  const { body } = await service.call(northfield, '/api/heatmap?organizationId=org123&resolution=5');
  expect(body).toMatchObject({
    data: { resolution: 5, points: [{ count: 2, intensity: 1, cell: expect.stringMatching(/^85/) }] },
    position: expect.stringMatching(/:0$/),
  });
  const geo = await service.call(northfield, '/api/heatmap?organizationId=org123&format=geojson');
  expect(geo.headers.get('content-type')).toStartWith('application/geo+json');
  expect(geo.body).toMatchObject({ type: 'FeatureCollection', resolution: 10, features: [{}, {}] });
  await service.call(staff, '/api/issues/issue124/resolve', { resolution: 'New lamp.' });
  const after = await service.call(northfield, '/api/heatmap?organizationId=org123');
  expect(countsOf((after.body as { data: unknown }).data)).toBe(1);
  expect((await service.call(harbour, '/api/heatmap?organizationId=org123')).status).toBe(403);
  for (const wrong of [
    'resolution=16',
    'resolution=-1',
    'resolution=1.5',
    'format=xml',
    'buildingIds=a%20b',
  ]) {
    const { status } = await service.call(northfield, `/api/heatmap?organizationId=org123&${wrong}`);
    expect({ wrong, status }).toEqual({ wrong, status: 422 });
  }
});
