import { expect, test } from 'bun:test';
import { AppError } from '../../../src/errors.ts';
import { SseGateway } from '../../../src/gateways/sse/gateway.ts';
import { openStream } from '../../../src/gateways/sse/open.ts';
import { createLogger } from '../../../src/logger.ts';
import { MemoryEventLog } from '../../../src/realtime/memory/event-log.ts';
import type { Page } from '../../../src/realtime/ports/event-log.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createEngine, limits, someone } from '../../support/services/engine.ts';
import { settled } from '../../support/settled.ts';
import { until } from '../../support/until.ts';

class FailingLog extends MemoryEventLog {
  /** Reads that still succeed. */
  left = Number.POSITIVE_INFINITY;

  override read(channel: string, after: number, limit: number): Promise<Page> {
    this.left -= 1;
    if (this.left < 0) throw new AppError('database_unavailable', 'Gone.');
    return super.read(channel, after, limit);
  }
}

function createGateway() {
  const clock = new ManualClock();
  const log = new FailingLog({ now: () => clock.now(), createEpoch: () => 'epoch' });
  const { manager } = createEngine({ log, clock });
  const gateway = new SseGateway({ manager, limits, clock, logger: createLogger('silent') });
  return {
    clock,
    log,
    manager,
    open: (since?: string, more = {}) =>
      openStream(gateway, {
        principal: someone,
        channels: 'own,open',
        since,
        lastEventId: undefined,
        ...more,
      }),
  };
}

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

test('streams that are live on the same channels send the very same bytes', async () => {
  const { manager, open } = createGateway();
  const readers = [(await open()).body.getReader(), (await open()).body.getReader()];
  for (const reader of readers) await reader.read();
  await manager.publish({ channel: 'open', type: 'note', data: 1 });
  const [first, second] = await Promise.all(readers.map((reader) => reader.read()));
  expect(first?.value).toBeDefined();
  expect(first?.value).toBe(second?.value);
});

test('publications of one append reach every stream in one and the same piece, in order', async () => {
  const { manager, open } = createGateway();
  const readers = [(await open()).body.getReader(), (await open()).body.getReader()];
  for (const reader of readers) await reader.read();
  await manager.publishAll([1, 2, 3].map((data) => ({ channel: 'open', type: 'note', data })));
  const [first, second] = await Promise.all(readers.map((reader) => reader.read()));
  const ids = [...new TextDecoder().decode(first?.value).matchAll(/^id: .*open@epoch:(\d+)/gm)];
  expect(ids.map(([, offset]) => offset)).toEqual(['1', '2', '3']);
  expect(second?.value).toBe(first?.value);
});

test('a stream that ends sends what it was given in the same turn before its last event', async () => {
  const { manager, open } = createGateway();
  const stream = await open();
  stream.push(new TextEncoder().encode('data: last words\n\n'), 'open', { epoch: 'epoch', offset: 1 });
  manager.disconnect(stream.session, 'shutdown');
  const text = await textOf(stream.body);
  expect(text.indexOf('last words')).toBeGreaterThan(0);
  expect(text.indexOf('event: end')).toBeGreaterThan(text.indexOf('last words'));
});

test('a recovery that the database interrupts ends the stream, which can be resumed where it was', async () => {
  const { manager, log, open } = createGateway();
  for (let n = 0; n < 500; n++) await manager.publish({ channel: 'open', type: 'note', data: n });
  log.left = 1;
  const text = await textOf((await open('open@epoch:0')).body);
  expect(text).toContain('"reason":"renew"');
  expect(manager.sessions.size).toBe(0);
  const ids = [...text.matchAll(/^id: .*open@epoch:(\d+)/gm)].map(([, offset]) => Number(offset));
  expect(ids).toEqual(Array.from({ length: ids.length }, (_, offset) => offset));
  log.left = Number.POSITIVE_INFINITY;
  const again = await open(`open@epoch:${ids.at(-1)}`);
  manager.disconnect(again.session, 'shutdown');
  expect(await textOf(again.body)).not.toContain('event: reset');
});

test('a client that goes while its stream opens leaves nothing behind', async () => {
  const { manager, open } = createGateway();
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  await using server = Bun.serve({
    port: 0,
    async fetch({ signal }) {
      signal.addEventListener('abort', () => gone.resolve());
      asked.resolve();
      await gone.promise;
      const { body } = await open();
      opened.resolve();
      return new Response(body);
    },
  });
  const leaving = new AbortController();
  const left = fetch(server.url, { signal: leaving.signal });
  await asked.promise;
  leaving.abort();
  await expect(left).rejects.toThrow();
  await opened.promise;
  await until(() => !manager.channels.get('open')?.holders && manager.sessions.size === 0);
});

test('a stream that is refused, or that fails as it opens, leaves nothing behind', async () => {
  const { manager, log, open } = createGateway();
  await expect(open(undefined, { channels: 'open,staff' })).rejects.toThrow('may not read');
  const released = () => ['open', 'own:someone'].every((channel) => !manager.channels.get(channel)?.holders);
  await until(released);
  await manager.publish({ channel: 'open', type: 'note', data: 1 });
  log.left = 0;
  await expect(open('open@epoch:0')).rejects.toThrow('Gone');
  await until(released);
  expect(manager.sessions.size).toBe(0);
});

test('an idle stream that is read outlives the sweep, one that nobody reads does not', async () => {
  const { clock, manager, open } = createGateway();
  const read = await open();
  const unread = await open();
  void textOf(read.body);
  for (let n = 0; n < 90; n++)
    await manager.publish({ channel: 'open', type: 'note', data: 'x'.repeat(900) });
  for (let seconds = 0; seconds < 60; seconds += 5) {
    clock.advance(5_000);
    manager.sweep();
    await settled();
  }
  expect([read.session.closed, unread.session.closed]).toEqual([false, true]);
});
