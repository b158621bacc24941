import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { GatewayService } from '../../support/services/gateway-service.ts';
import type { Answer } from '../../support/services/service.ts';
import { asService, asUser, join, logged, startPublishing } from './support.ts';

let service: GatewayService;
beforeAll(async () => {
  service = await startPublishing();
});
afterAll(() => service?.[Symbol.asyncDispose]());

interface Item {
  readonly id: string;
  readonly channel: string;
  readonly offset: number;
  readonly repeated?: true;
}

const itemsOf = ({ body }: Answer) => (body as { publications: Item[] }).publications;

function batch(publications: readonly unknown[], headers: object = asService): Promise<Answer> {
  return service.post('/api/realtime/publish/batch', { publications }, { ...headers });
}

test('a thousand items over several channels arrive in the order given', async () => {
  const channels = ['open:a', 'open:b', 'open:c', 'open:d'];
  await using reader = await join(service, 'user1', ...channels);
  const items = Array.from({ length: 1_000 }, (_, n) => ({
    channel: channels[(n * 7) % 4] ?? '',
    type: 'note',
    data: n,
  }));
  const answer = await batch(items);
  expect(answer.status).toBe(200);
  const counts = new Map<string, number>();
  const offsets = items.map(({ channel }) => {
    const offset = (counts.get(channel) ?? 0) + 1;
    counts.set(channel, offset);
    return offset;
  });
  expect(itemsOf(answer).map(({ offset }) => offset)).toEqual(offsets);
  for (const [n, { channel }] of items.entries()) {
    const frame = await reader.next('note');
    expect(frame).toMatchObject({ data: n, channel, offset: offsets[n], id: itemsOf(answer)[n]?.id });
  }
});

test('a refused item refuses the whole batch and is named', async () => {
  const good = { channel: 'open:none', type: 'note', data: 1 };
  const user = await asUser('user1', 'officer');
  const wrong: [item: object, headers: object, status: number, code: string, field: string][] = [
    [{ channel: 'nowhere' }, asService, 404, 'unknown_channel', 'publications.3.channel'],
    [{ channel: 'hearings' }, user, 403, 'forbidden', 'publications.3.channel'],
    [{ channel: 'own', userId: 'user2' }, user, 403, 'forbidden', 'publications.3.userId'],
    [{ channel: 'own' }, asService, 422, 'validation_failed', 'publications.3.userId'],
    [{ data: 'x'.repeat(131_071) }, asService, 413, 'payload_too_large', 'publications.3.data'],
    [{ type: 7 }, asService, 422, 'validation_failed', 'publications.3.type'],
    [{ exclude: {} }, asService, 422, 'validation_failed', 'publications.3.exclude'],
    [{ idempotencyKey: 'a b' }, asService, 422, 'validation_failed', 'publications.3.idempotencyKey'],
  ];
  for (const [item, headers, status, code, field] of wrong) {
    const answer = await batch([good, good, good, { ...good, ...item }, good], headers);
    expect(answer).toMatchObject({ status, body: { code, errors: [{ field }] } });
    expect((answer.body as { detail: string }).detail).toMatch(/^Publication 3\b|\bpublications\.3\b/);
  }
  expect(await logged(service, 'open:none')).toEqual([]);
});

test('none and more than a thousand are refused, and so is what is not a list', async () => {
  const item = { channel: 'open:none', type: 'note', data: 1 };
  for (const publications of [[], Array(1_001).fill(item), item, Array(300_000).fill(1)]) {
    const answer = await batch(publications as never);
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  }
});

test('a batch holds half a megabyte of data, and a body a whole one', async () => {
  const items = (count: number, length: number) =>
    Array.from({ length: count }, () => ({ channel: 'open:bytes', type: 'note', data: 'x'.repeat(length) }));
  // Two quotation marks belong to the JSON of each.
  expect((await batch(items(8, 65_534))).status).toBe(200);
  for (const publications of [[...items(8, 65_534), ...items(1, 0)], items(8, 131_070)]) {
    const answer = await batch(publications);
    expect(answer).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
  }
  expect(await logged(service, 'open:bytes')).toHaveLength(8);
});

test('the largest batch closes no reader that reads', async () => {
  await using reader = await join(service, 'user1', 'open:burst');
  const data = 'x'.repeat(522);
  const items = Array.from({ length: 1_000 }, () => ({ channel: 'open:burst', type: 'note', data }));
  expect((await batch(items)).status).toBe(200);
  for (let offset = 1; offset <= 1_000; offset++) expect(await reader.next('note')).toMatchObject({ offset });
});

test('a repeated batch publishes nothing, by the key of the request and by those of the items', async () => {
  const item = { channel: 'open:keys', type: 'note', data: 1 };
  const items = [item, { ...item, idempotencyKey: 'own' }, { ...item, channel: 'open:keys2' }];
  const keyed = { ...asService, 'idempotency-key': 'import-1' };
  const first = itemsOf(await batch(items, keyed));
  expect(first.map(({ offset, repeated }) => [offset, repeated])).toEqual([
    [1, undefined],
    [2, undefined],
    [1, undefined],
  ]);
  const again = itemsOf(await batch(items, keyed));
  expect(again).toEqual(first.map((each) => ({ ...each, repeated: true })));
  const other = itemsOf(await batch(items, { ...asService, 'idempotency-key': 'import-2' }));
  expect(other).toMatchObject([{ offset: 3 }, { offset: 2, repeated: true }, { offset: 2 }]);
  const twins = itemsOf(await batch([0, 1].map(() => ({ ...item, idempotencyKey: 'twin' }))));
  expect(twins).toMatchObject([{ offset: 4 }, { offset: 4, repeated: true }]);
  expect(twins[0]?.id).toBe(twins[1]?.id ?? '');
  const contradicting = await batch([0, 1].map((data) => ({ ...item, data, idempotencyKey: 'other-twin' })));
  expect(contradicting).toMatchObject({ status: 422, body: { code: 'idempotency_conflict' } });
});
