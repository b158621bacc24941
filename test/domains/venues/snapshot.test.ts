import { expect, test } from 'bun:test';
import { parsePosition, parseVector } from '../../../src/protocol/wire/position.ts';
import { pace } from '../../support/pace.ts';
import { joinAs } from '../../support/services/session.ts';
import { startVenues, type Venues } from './support.ts';

const admin = 'boss/admin';
const ids = Array.from({ length: 8 }, (_, n) => `place-${n}`);
const rounds = 12;

interface Row {
  readonly id: string;
  readonly description: string;
}

/** Every venue is told its numbers 1, 2, 3, … in its description. */
const count = async (service: Venues, id: string, n: number) => {
  const path = n === 1 ? '/api/venues' : `/api/venues/${id}`;
  const body = n === 1 ? { id, name: id, description: '1' } : { description: String(n) };
  const { status } = await service.call(admin, path, body, n === 1 ? 'POST' : 'PATCH');
  if (status !== 200) throw new Error(`The write was answered with ${status}.`);
};

test('list, then subscribe since the position: under concurrent writers nothing is lost and nothing repeated', async () => {
  await using service = await startVenues();
  const last = 40;
  let writing = true;
  const writers = Promise.all(
    ids.map(async (id) => {
      for (let n = 1; n <= last; n++) await count(service, id, n);
    }),
  ).finally(() => {
    writing = false;
  });
  let followed = 0;
  const follow = async () => {
    const { body } = await service.call('user-123', '/api/venues?limit=500');
    const { data, position } = body as { data: readonly Row[]; position: string };
    await using client = await joinAs(service, { userId: 'user-123' });
    client.send({ type: 'subscribe', channel: 'venue_updates', since: position });
    expect(await client.next('subscribed')).toMatchObject({ recovered: true });
    let seen = parsePosition(position)?.offset ?? 0;
    const counts = new Map(ids.map((id) => [id, 0]));
    for (const { id, description } of data) if (counts.has(id)) counts.set(id, Number(description));
    while ([...counts.values()].some((n) => n < last)) {
      const { data: row, offset } = await client.next('venue_update');
      // A process that has not come as far as the client catches up in front of it: every client drops what it has (R2).
      if (Number(offset) <= seen) continue;
      seen = Number(offset);
      const { id, description } = row as Row;
      expect({ id, n: Number(description) }).toEqual({ id, n: (counts.get(id) ?? 0) + 1 });
      counts.set(id, Number(description));
    }
    followed += 1;
  };
  const readers: Promise<void>[] = [];
  for (let round = 0; round < rounds || (writing && round < 60); round++) {
    readers.push(follow());
    await pace(5);
  }
  await Promise.all([writers, ...readers]);
  expect(followed).toBeGreaterThanOrEqual(rounds);
});

test('the screen of a venue has one position in each of its channels, before the first publication too', async () => {
  await using service = await startVenues();
  const screen = async () => (await service.call('user-123', '/api/venues/venue-123')).body as Screen;
  interface Screen {
    readonly data: { readonly vibeChecks: readonly object[]; readonly promotions: readonly object[] };
    readonly position: string;
  }
  const before = await screen();
  expect(before.data).toMatchObject({ id: 'venue-123', name: 'The Blue Door' });
  expect([before.data.vibeChecks.length, before.data.promotions.length]).toEqual([1, 1]);
  await service.call('user-123', '/api/venues/venue-123/vibe-checks', { rating: 4 });
  const path = '/api/venues/venue-123/promotions';
  await service.call(admin, path, {
    title: 'Over',
    startDate: '2020-01-01T00:00:00Z',
    endDate: '2020-01-02T00:00:00Z',
  });
  const after = await screen();
  expect(after.data.vibeChecks).toMatchObject([{ rating: 4 }, { id: 'vibe-1' }]);
  expect(after.data.promotions).toMatchObject([{ id: 'promotion-1' }]);
  const offsets = ({ position }: Screen) =>
    Object.fromEntries([...(parseVector(position) ?? [])].map(([channel, { offset }]) => [channel, offset]));
  expect(offsets(before)).toEqual({
    'venue:venue-123': 0,
    'vibe_checks:venue-123': 0,
    'promotions:venue-123': 0,
  });
  expect(offsets(after)).toEqual({
    'venue:venue-123': 0,
    'vibe_checks:venue-123': 1,
    'promotions:venue-123': 1,
  });
  await using client = await joinAs(service, { userId: 'user-123' });
  const since = [...(parseVector(before.position) ?? [])].find(([channel]) => channel.startsWith('vibe'));
  client.send({
    type: 'subscribe',
    channel: 'vibe_checks:venue-123',
    since: `${since?.[1].epoch}:${since?.[1].offset}`,
  });
  expect(await client.next('vibe_check')).toMatchObject({ offset: 1, data: { rating: 4 } });
});

test('venues come in pages by id', async () => {
  await using service = await startVenues();
  for (const id of ids) await count(service, id, 1);
  const seen: string[] = [];
  for (let after = '', more = true; more; ) {
    const { body } = await service.call('user-123', `/api/venues?limit=3&after=${after}`);
    const page = body as { data: readonly Row[]; more: boolean; position: string };
    expect(page.position).toEndWith(':8');
    seen.push(...page.data.map(({ id }) => id));
    after = seen.at(-1) ?? '';
    more = page.more;
  }
  expect(seen).toEqual([...ids, 'venue-123', 'venue-456'].sort());
});

test('the inbox has the caller’s notifications alone, and where to follow them from', async () => {
  await using service = await startVenues();
  const notify = (userId: string, title: string) =>
    service.post('/api/websocket', { action: 'notify', userId, data: { title, message: 'm' } });
  await notify('user-123', 'first');
  await notify('user-456', 'other');
  await notify('user-123', 'second');
  const { body } = await service.call('user-123', '/api/notifications/inbox');
  expect(body).toMatchObject({
    data: [{ title: 'second' }, { title: 'first' }],
    position: expect.stringMatching(/:2$/),
  });
});

test('a page of venues has one cursor', async () => {
  await using service = await startVenues();
  const { status, body } = await service.call('user-123', '/api/venues?limit=1&after=venue-1&cursor=WyJ2Il0');
  expect({ status, body }).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
});
