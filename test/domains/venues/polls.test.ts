import { describe, expect, test } from 'bun:test';
import { startVenues, type Venues } from './support.ts';

const path = '/api/venues/venue-123/vibe-checks';

/** A vibe check, as a poll returns it. */
interface Row {
  readonly comment: string;
  readonly rating: number;
}

const commentsOf = (rows: readonly Row[]) => rows.map(({ comment }) => comment);

/** One page, and what its headers say. */
async function poll(service: Venues, query: string, from = path) {
  const { status, body, headers } = await service.call('user-123', `${from}?${query}`);
  const told = (name: string) => headers.get(`x-${name}`);
  const page = { position: told('position') ?? '', recovered: told('recovered'), more: told('more') };
  return { status, items: body as Row[], headers, ...page };
}

/**
 * Makes the clock of the log tick in steps, at the head, where every append takes its time: what is read of the log and
 * what the processes remember of it say the same.
 */
const coarsen = (service: Venues, ms: number) =>
  service.database.query(`
    create function coarsen() returns trigger language plpgsql as $$ begin
      new.updated_at := date_bin('${ms} milliseconds', new.updated_at, 'epoch'); return new;
    end $$;
    create trigger coarsen before insert or update on realtime_channels for each row execute function coarsen()`);

describe.each([1, 10, 100, 1_000, 3_600_000])('with a clock that ticks every %d ms', (tickMs) => {
  test('pollers miss nothing while others write, by time and by position', async () => {
    await using service = await startVenues();
    await coarsen(service, tickMs);
    const total = 160;
    const write = async (writer: number) => {
      for (let n = 0; n < total / 8; n++) {
        const check = { rating: 1 + (n % 5), comment: `${writer}/${n}` };
        expect((await service.call('user-456', path, check)).status).toBe(200);
      }
    };
    const expected = Array.from({ length: total }, (_, n) => `${n % 8}/${Math.floor(n / 8)}`).sort();

    /** Asks again from the time that the page tells, and drops what it has. */
    async function byTime(limit: number): Promise<string[]> {
      const seen = new Set<string>();
      for (let since = '2020-01-01T00:00:00Z'; seen.size < total; ) {
        const { items, headers } = await poll(service, `limit=${limit}&since=${since}`);
        for (const comment of commentsOf(items)) seen.add(comment);
        since = headers.get('x-timestamp') ?? since;
      }
      return [...seen];
    }

    /** Takes the position out of the header, and drops nothing. */
    async function byPosition(limit: number, wait: number): Promise<string[]> {
      const seen: string[] = [];
      let { position } = await poll(service, `limit=${limit}&since=2020-01-01T00:00:00Z`);
      position = `${position.split(':')[0]}:0`;
      while (seen.length < total) {
        const page = await poll(service, `limit=${limit}&wait=${wait}&since=${position}`);
        seen.push(...commentsOf(page.items));
        position = page.position;
      }
      return seen;
    }

    const readers = [
      byTime(1),
      byTime(7),
      byTime(100),
      byPosition(1, 0),
      byPosition(7, 5),
      byPosition(100, 5),
    ];
    await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
    for (const seen of await Promise.all(readers)) expect(seen.sort()).toEqual(expected);
    const [ticks] = await service.database.query(
      `select bool_and(created_at = date_bin('${tickMs} milliseconds', created_at, 'epoch')) as hold from realtime_publications`,
    );
    expect(ticks).toEqual({ hold: true });
  });
});

test('each address has the rows that a socket’s handler gets, and a single venue is one row or null', async () => {
  await using service = await startVenues();
  await service.call('owner-1/owner', '/api/venues/venue-123', { name: 'New' }, 'PATCH');
  await service.call('user-456', path, { rating: 2 });
  const promotion = { title: 'Free entry', endDate: '2099-01-01T00:00:00Z' };
  await service.call('owner-1/owner', '/api/venues/venue-123/promotions', promotion);
  const notification = { title: 'Hello', message: 'there' };
  await service.post('/api/websocket', { action: 'notify', userId: 'user-123', data: notification });
  await service.call('owner-1/owner', '/api/venues/venue-123', { name: 'Newer' }, 'PATCH');
  const addresses = {
    '/api/venues/updates': [{ id: 'venue-123', name: 'New' }, { name: 'Newer' }],
    '/api/venues/venue-123/updates': { id: 'venue-123', name: 'Newer' },
    [path]: [{ venueId: 'venue-123', rating: 2, userId: 'user-456' }],
    '/api/venues/venue-123/promotions': [{ title: 'Free entry', endDate: '2099-01-01T00:00:00.000Z' }],
    '/api/notifications': [{ ...notification, userId: 'user-123' }],
  };
  for (const [address, items] of Object.entries(addresses)) {
    const page = await poll(service, 'since=2020-01-01T00:00:00Z', address);
    expect({ address, items: page.items }).toMatchObject({ address, items });
    expect(page.headers.get('link')).toBe(`<${address}?since=${page.position}&limit=100>; rel="next"`);
    expect(page.headers.get('etag')).toBe(`"${page.position}"`);
    const nothing = address === '/api/venues/venue-123/updates' ? null : [];
    expect((await poll(service, `since=${page.position}`, address)).items as unknown).toEqual(nothing);
  }
  expect((await poll(service, '', '/api/venues/venue-456/updates')).items as unknown).toBeNull();
  const strangers = await service.call('user-456', '/api/notifications');
  expect(strangers.body).toEqual([]);
});

test('a poll that waits is answered by the next publication, and what is known by 304', async () => {
  await using service = await startVenues();
  const { position, headers } = await poll(service, '');
  const known = { 'if-none-match': headers.get('etag') ?? '', 'x-user-id': 'user-123' };
  expect((await service.get(`${path}?since=${position}`, known)).status).toBe(304);
  const waiting = poll(service, `since=${position}&wait=30`);
  await service.nextLog('GET');
  await service.call('user-456', path, { rating: 1 });
  expect((await waiting).items).toMatchObject([{ rating: 1 }]);
  expect((await service.get(`${path}?since=${position}`, known)).status).toBe(200);
});

test('where what was missed is gone, the oldest that are left come, and the header says so', async () => {
  await using service = await startVenues();
  for (let n = 0; n < 9; n++) await service.call('user-456', path, { rating: 1, comment: String(n + 1) });
  const { position } = await poll(service, '');
  await service.database.query('delete from realtime_publications where "offset" <= 4');
  for (const since of [
    '',
    '&since=2020-01-01T00:00:00Z',
    `&since=${position.replace(/\d+$/, '2')}`,
    '&since=dead:3',
  ]) {
    const page = await poll(service, `limit=3${since}`);
    expect({ since, ...page }).toMatchObject({ since, recovered: 'false', more: 'true' });
    expect(commentsOf(page.items)).toEqual(['5', '6', '7']);
    const next = await poll(service, `limit=3&since=${page.position}`);
    expect(next).toMatchObject({
      recovered: 'true',
      more: 'false',
      items: [{ comment: '8' }, { comment: '9' }],
    });
  }
});

test('what is no venue, no time and no limit is refused', async () => {
  await using service = await startVenues();
  for (const address of ['/api/venues/nowhere/updates', '/api/venues/a:b/updates']) {
    const { status, body } = await service.call('user-123', address);
    expect({ address, status, body }).toMatchObject({ status: 404, body: { code: 'unknown_channel' } });
  }
  expect((await service.call('user-123', '/api/venues/%00/promotions')).status).toBe(422);
  for (const query of ['since=yesterday', 'limit=0', 'limit=501', 'wait=61', 'since=']) {
    expect({ query, status: (await poll(service, query)).status }).toEqual({ query, status: 422 });
  }
});
