import { expect, test } from 'bun:test';
import { type GatewayService, startGatewayService } from '../../support/services/gateway-service.ts';
import { makeToken } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

const path = '/api/realtime/channels/hearings/publications';

interface Page {
  readonly channel: string;
  readonly publications: readonly { readonly offset: number; readonly timestamp: string }[];
  readonly position: string;
  readonly recovered: boolean;
  readonly more: boolean;
}

async function poller(service: GatewayService) {
  const headers = { authorization: `Bearer ${await makeToken()}` };
  return async (query: string, more: Record<string, string> = {}) => {
    const answer = await service.get(query.startsWith('/') ? query : path + query, { ...headers, ...more });
    const page = answer.body as Page;
    return { ...answer, page, offsets: page?.publications?.map(({ offset }) => offset) };
  };
}

test('following the Link from the beginning reads everything once, and then 304 answers', async () => {
  await using service = await startGatewayService();
  const poll = await poller(service);
  for (let n = 0; n < 7; n++) await service.publishHearing();
  const seen: number[] = [];
  let address = `${path}?limit=3`;
  let answer = await poll(address);
  for (;;) {
    seen.push(...answer.offsets);
    [, address = ''] = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '') ?? [];
    if (!answer.page.more) break;
    answer = await poll(address);
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const etag = answer.headers.get('etag') ?? '';
  expect(etag).toBe(`"${answer.page.position}"`);
  const known = await poll(address, { 'if-none-match': etag });
  expect([known.status, known.body, known.headers.get('etag')]).toEqual([304, undefined, etag]);
  expect((await poll(address, { 'if-none-match': `"other", W/${etag}` })).status).toBe(304);
  await service.publishHearing();
  expect((await poll(address, { 'if-none-match': etag })).offsets).toEqual([8]);
});

test('a page that grew a successor is no longer the one that is known', async () => {
  await using service = await startGatewayService();
  const poll = await poller(service);
  await service.publishHearing();
  const etag = (await poll('?limit=1')).headers.get('etag') ?? '';
  await service.publishHearing();
  expect((await poll('?limit=1', { 'if-none-match': etag })).page).toMatchObject({ more: true });
});

test('a time is inclusive, whatever its zone and its digits', async () => {
  await using service = await startGatewayService();
  const poll = await poller(service);
  for (let n = 0; n < 4; n++) await service.publishHearing();
  await service.database.query(
    `update realtime_publications set created_at = '2026-03-01T10:00:00.500900Z'::timestamptz
      + ("offset" / 2) * interval '1 millisecond'`,
  );
  const since: [time: string, offsets: number[]][] = [
    ['2026-03-01T10:00:00.500Z', [1, 2, 3, 4]],
    ['2026-03-01T10:00:00.501Z', [2, 3, 4]],
    ['2026-03-01T10:00:00.501999Z', [2, 3, 4]],
    ['2026-03-01T10:00:00.502Z', [4]],
    ['2026-03-01T10:00:00.503Z', []],
    ['2026-03-01T18:00:00.502%2B08:00', [4]],
    ['2026-03-01T18:00:00.502+08:00', [4]],
    ['2026-03-01T18:00:00.502+08', [4]],
    ['2026-03-01T10:00Z', [1, 2, 3, 4]],
  ];
  for (const [time, offsets] of since) {
    expect({ time, offsets: (await poll(`?since=${time}`)).offsets }).toEqual({ time, offsets });
  }
});

test('a time before what retention left is told, and so is a pruned position', async () => {
  await using service = await startGatewayService();
  const poll = await poller(service);
  for (let n = 0; n < 3; n++) await service.publishHearing();
  await service.database.query('delete from realtime_publications where "offset" < 3');
  for (const query of ['', '?since=2020-01-01T00:00:00Z']) {
    const { page } = await poll(query);
    expect(page).toMatchObject({ recovered: false, publications: [], more: false });
    expect(page.position).toEndWith(':3');
  }
});

test('what is no position, no time, no limit and no wait is refused', async () => {
  await using service = await startGatewayService();
  const poll = await poller(service);
  const wrong = [
    'since=',
    'since=abc',
    'since=2026-01-01',
    'since=2026-01-01T00:00:00',
    'since=2026-13-01T00:00Z',
  ];
  for (const query of [...wrong, 'limit=0', 'limit=501', 'limit=x', 'limit=1.5', 'wait=-1', 'wait=61']) {
    const { status, body } = await poll(`?${query}`);
    expect({ query, status, body }).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  }
});

test('a poll that waits is answered by the next publication, or empty when the time is over', async () => {
  await using service = await startGatewayService();
  const poll = await poller(service);
  const { page } = await poll('');
  const waiting = poll(`?since=${page.position}&wait=60`);
  await until(async () => (await service.connected()) === 1);
  await service.publishHearing();
  const answer = await waiting;
  expect(answer.offsets).toEqual([1]);
  const etag = answer.headers.get('etag') ?? '';
  const empty = await poll(`?since=${answer.page.position}&wait=1`);
  expect(empty).toMatchObject({ status: 200, offsets: [] });
  const known = await poll(`?since=${answer.page.position}&wait=1`, { 'if-none-match': etag });
  expect(known.status).toBe(304);
  expect(await service.connected()).toBe(0);
});

test('forty polls that wait while others publish miss nothing', async () => {
  await using service = await startGatewayService({
    LIMIT_SOCKETS_PER_USER: '100',
    LIMIT_REQUESTS_PER_MINUTE: '9999',
  });
  const poll = await poller(service);
  const start = (await poll('')).page.position;
  const readers = Array.from({ length: 40 }, async () => {
    const seen: number[] = [];
    for (let position = start; seen.length < 30; ) {
      const { page, offsets } = await poll(`?since=${position}&wait=10`);
      seen.push(...offsets);
      position = page.position;
    }
    return seen;
  });
  await Promise.all(Array.from({ length: 30 }, () => service.publishHearing()));
  const expected = Array.from({ length: 30 }, (_, index) => index + 1);
  for (const seen of await Promise.all(readers)) expect(seen).toEqual(expected);
  expect(await service.connected()).toBe(0);
});

test('a caller that goes while it waits leaves nothing behind', async () => {
  await using service = await startGatewayService();
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${await makeToken()}` };
  const gone = fetch(`${service.url}${path}?wait=60`, { headers, signal: abort.signal }).catch(() => 'gone');
  await until(async () => (await service.connected()) === 1);
  abort.abort();
  expect(await gone).toBe('gone');
  await until(async () => (await service.connected()) === 0);
  expect(await service.get('/ws/status')).toMatchObject({ body: { activeChannels: [] } });
});
