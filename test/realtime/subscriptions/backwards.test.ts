import { describe, expect, test } from 'bun:test';
import { formatPosition } from '../../../src/protocol/wire/position.ts';
import { History } from '../../../src/realtime/channels/history.ts';
import { MemoryEventLog } from '../../../src/realtime/memory/event-log.ts';
import type { Page } from '../../../src/realtime/ports/event-log.ts';
import { readBefore } from '../../../src/realtime/subscriptions/backwards.ts';

const channel = { name: 'open', wireName: 'open' };
const everybody = {};

/** Reads at most so many publications at once, as the log does when they are large. */
class SmallPages extends MemoryEventLog {
  most = Number.POSITIVE_INFINITY;
  reads = 0;

  override read(name: string, after: number, limit: number): Promise<Page> {
    this.reads += 1;
    return super.read(name, after, Math.min(limit, this.most));
  }
}

async function createLog(count: number, data = '1') {
  const log = new SmallPages({ now: () => 0, createEpoch: () => 'e' });
  for (let n = 1; n <= count; n++) await log.append([{ id: `id${n}`, channel: 'open', type: 'note', data }]);
  const history = new History(log);
  const offsetOf = (text: string) => (JSON.parse(text) as { offset: number }).offset;
  return {
    log,
    async read(before: number | undefined, limit: number) {
      const position = before === undefined ? undefined : { epoch: 'e', offset: before };
      const page = await readBefore(history, channel, position, limit, everybody);
      return { ...page, offsets: page.publications.map(offsetOf), position: formatPosition(page.position) };
    },
    history,
  };
}

describe('a channel read backwards', () => {
  test('gives the last ones, the newest last, and by its position the ones before them', async () => {
    const { read } = await createLog(7);
    expect(await read(undefined, 3)).toMatchObject({ offsets: [5, 6, 7], position: 'e:5', more: true });
    expect(await read(5, 3)).toMatchObject({ offsets: [2, 3, 4], position: 'e:2', more: true });
    expect(await read(2, 3)).toMatchObject({ offsets: [1], position: 'e:1', more: false });
    expect(await read(1, 3)).toMatchObject({ offsets: [], position: 'e:1', more: false });
    expect(await read(undefined, 7)).toMatchObject({ offsets: [1, 2, 3, 4, 5, 6, 7], more: false });
    expect(await read(9_999, 1)).toMatchObject({ offsets: [7], more: true });
  });

  test('is whole over many blocks, and where a read brings less than was asked for', async () => {
    const { log, read } = await createLog(350);
    for (const most of [Number.POSITIVE_INFINITY, 7, 1]) {
      log.most = most;
      const offsets: number[] = [];
      for (let before: number | undefined, more = true; more; ) {
        const page = await read(before, 120);
        offsets.unshift(...page.offsets);
        before = page.offsets[0];
        more = page.more;
      }
      expect(offsets).toEqual(Array.from({ length: 350 }, (_, n) => n + 1));
    }
  });

  test('ends where the log was pruned', async () => {
    const { log, read } = await createLog(10);
    await log.prune('open', { ageMs: 1_000, count: 4 }, 100);
    expect(await read(undefined, 3)).toMatchObject({ offsets: [8, 9, 10], more: true });
    expect(await read(8, 3)).toMatchObject({ offsets: [7], position: 'e:7', more: false });
    expect(await read(5, 3)).toMatchObject({ offsets: [], more: false });
  });

  test('gives at least one, and not more than a page of characters', async () => {
    const { read } = await createLog(4, JSON.stringify('x'.repeat(200_000)));
    expect(await read(undefined, 3)).toMatchObject({ offsets: [4], more: true });
  });

  test('of another life is empty, with the position of this one', async () => {
    const { history } = await createLog(3);
    const page = await readBefore(history, channel, { epoch: 'other', offset: 2 }, 3, everybody);
    expect(page).toEqual({
      publications: [],
      position: { epoch: 'e', offset: 3 },
      more: false,
      recovered: false,
    });
  });

  test('costs one read, however many ask at once', async () => {
    const { log, read } = await createLog(60);
    await Promise.all(Array.from({ length: 100 }, () => read(undefined, 50)));
    expect(log.reads).toBe(1);
  });
});
