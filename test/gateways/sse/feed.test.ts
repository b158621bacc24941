import { expect, test } from 'bun:test';
import type { Feed, FeedStep } from '../../../src/extension/feed.ts';
import { FeedGateway } from '../../../src/gateways/sse/feed-gateway.ts';
import { SseGateway } from '../../../src/gateways/sse/gateway.ts';
import { createLogger } from '../../../src/logger.ts';
import type { Position } from '../../../src/protocol/wire/position.ts';
import type { Principal } from '../../../src/realtime/principal.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createEngine, limits, someone } from '../../support/services/engine.ts';
import { settled } from '../../support/settled.ts';
import { until } from '../../support/until.ts';

const timestamp = '2026-01-01T00:00:00.000Z';

/** Counts what it is asked. */
class CountingFeed implements Feed {
  presented = 0;
  refreshed = 0;
  begun: (Position | undefined)[] = [];
  next: (() => Promise<FeedStep | undefined>) | undefined;
  readonly #head: () => Promise<Position>;

  constructor(head: () => Promise<Position>) {
    this.#head = head;
  }

  async begin(since: Position | undefined) {
    this.begun.push(since);
    if (since) return { position: since };
    return { event: { type: 'initial', data: null, timestamp }, position: await this.#head() };
  }

  present({ data }: { data: string }) {
    this.presented += 1;
    if (data === '"bad"') throw new Error('Not understood.');
    return data === '"dull"' ? undefined : { type: 'updated', data: JSON.parse(data), timestamp };
  }

  refresh() {
    this.refreshed += 1;
    return this.next?.() ?? Promise.resolve(undefined);
  }
}

function createFeeds() {
  const clock = new ManualClock();
  const { manager, log } = createEngine({ clock });
  const lines: string[] = [];
  const logger = createLogger('warn', { write: (line) => lines.push(line) });
  const feeds = new FeedGateway(new SseGateway({ manager, limits, clock, logger }));
  const feed = new CountingFeed(() => log.head('open'));
  const open = async (lastEventId?: string, principal: Principal = someone, channel = 'open') => {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const request = new Request('http://localhost/stream', { headers });
    const view = { channel, key: 'all', refreshMs: 5_000, create: () => feed };
    const { body } = await feeds.open({ request, principal, server: null }, view);
    const texts: string[] = [];
    const reader = body?.getReader();
    if (reader) void readInto(reader, texts);
    return {
      text: () => texts.join(''),
      events: () => eventsOf(texts.join('')),
      close: () => void reader?.cancel(),
    };
  };
  return { clock, manager, log, feed, open, lines };
}

async function readInto(reader: ReadableStreamDefaultReader<Uint8Array>, texts: string[]): Promise<void> {
  const decoder = new TextDecoder();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    texts.push(decoder.decode(next.value, { stream: true }));
  }
}

const eventsOf = (text: string) =>
  [...text.matchAll(/^data: (.*)\n(?:id: (.*))?$/gm)].map(([, json = '', id]) => ({
    ...JSON.parse(json),
    id,
  }));

test('streams of one view share one feed, which is asked once for each publication', async () => {
  const { manager, feed, open } = createFeeds();
  const streams = [await open(), await open(), await open()];
  for (const data of ['a', 'dull', 'b']) await manager.publish({ channel: 'open', type: 'note', data });
  await until(() => streams.every(({ events }) => events().length === 3));
  for (const { events } of streams) {
    expect(events().map(({ type, data, id }) => [type, data, id])).toEqual([
      ['initial', null, expect.stringMatching(/^open@\w+:0$/)],
      ['updated', 'a', expect.stringMatching(/:1$/)],
      ['updated', 'b', expect.stringMatching(/:3$/)],
    ]);
  }
  expect(feed.presented).toBe(3);
});

test('it is refreshed at its interval while anybody watches, and what it says goes to all with its position', async () => {
  const { clock, feed, open } = createFeeds();
  const streams = [await open(), await open()];
  clock.advance(15_000);
  expect(feed.refreshed).toBe(1);
  await settled();
  feed.next = async () => ({
    event: { type: 'update', data: 1, timestamp },
    position: { epoch: 'later', offset: 4 },
  });
  clock.advance(5_000);
  await until(() => streams.every(({ events }) => events().some(({ type }) => type === 'update')));
  expect(streams[0]?.events().at(-1)).toMatchObject({ data: 1, id: 'open@later:4' });
  for (const { close } of streams) close();
  const before = feed.refreshed;
  clock.advance(60_000);
  expect(feed.refreshed).toBe(before);
});

test('a feed that fails harms nobody: what it does not understand is left out, what it cannot compute comes later', async () => {
  const { clock, manager, feed, open, lines } = createFeeds();
  const { events } = await open();
  for (const data of ['bad', 'good']) await manager.publish({ channel: 'open', type: 'note', data });
  await until(() => events().length === 2);
  expect(events()[1]).toMatchObject({ data: 'good' });
  feed.next = () => Promise.reject(new Error('No database.'));
  clock.advance(5_000);
  await until(() => lines.some((line) => line.includes('a feed could not be refreshed')));
  feed.next = async () => ({
    event: { type: 'update', data: 2, timestamp },
    position: { epoch: 'e', offset: 9 },
  });
  clock.advance(5_000);
  await until(() => events().at(-1)?.data === 2);
  expect(lines.some((line) => line.includes('did not understand a publication'))).toBe(true);
});

test('a position the log continues from is resumed, any other begins anew', async () => {
  const { manager, feed, open } = createFeeds();
  const first = await open();
  for (const data of ['a', 'b']) await manager.publish({ channel: 'open', type: 'note', data });
  await until(() => first.events().length === 3);
  const id = first.events()[1]?.id;
  const resumed = await open(id);
  await until(() => resumed.events().length === 2);
  expect(resumed.events().map(({ type, data }) => [type, data])).toEqual([
    ['heartbeat', {}],
    ['updated', 'b'],
  ]);
  for (const lost of ['open@elsewhere:1', `${id}99`, 'open', '', 'other@abc:1']) {
    const anew = await open(lost);
    await until(() => anew.events().length === 1);
    expect(anew.events()[0]).toMatchObject({ type: 'initial' });
    anew.close();
  }
  expect(feed.begun.at(-1)).toBeUndefined();
});

test('what a state was ahead of is not told again', async () => {
  const { manager, log, open } = createFeeds();
  const early = await open();
  const appended = await log.append([manager.drafts.of({ channel: 'open', type: 'note', data: 'a' })]);
  const late = await open();
  manager.announce(appended);
  await manager.publish({ channel: 'open', type: 'note', data: 'b' });
  await until(() => early.events().length === 3 && late.events().length >= 2);
  expect(late.events().map(({ type, data, id }) => [type, data, id?.slice(-2)])).toEqual([
    ['initial', null, ':1'],
    ['updated', 'b', ':2'],
  ]);
});

test('a stream that is refused makes no feed, and the last that ends takes its feed along', async () => {
  const { manager, feed, open } = createFeeds();
  await expect(open(undefined, someone, 'staff')).rejects.toThrow('may not read');
  expect(feed.begun).toEqual([]);
  const { close } = await open();
  close();
  expect(manager.sessions.size).toBe(0);
  await manager.publish({ channel: 'open', type: 'note', data: 1 });
  expect(feed.presented).toBe(0);
});
