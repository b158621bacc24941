import { describe, expect, test } from 'bun:test';
import type { Position } from '../../../src/protocol/wire/position.ts';
import { MemoryEventLog } from '../../../src/realtime/memory/event-log.ts';
import type { EventLog } from '../../../src/realtime/ports/event-log.ts';
import type { Session } from '../../../src/realtime/sessions/session.ts';
import { fc } from '../../support/property.ts';
import { createEngine, someone } from '../../support/services/engine.ts';
import { settled } from '../../support/settled.ts';

const note = { channel: 'open', type: 'note', data: null };

async function published(count: number) {
  const engine = createEngine();
  for (let n = 0; n < count; n++) await engine.manager.publish(note);
  const { epoch } = await engine.log.head('open');
  return { engine, epoch };
}

describe('a subscriber that comes back', () => {
  test('gets what it missed, then what is new', async () => {
    const { engine, epoch } = await published(5);
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open', `${epoch}:3`);
    await engine.manager.publish(note);
    expect(client.received).toEqual(['subscribed', 'open/4', 'open/5', 'open/6']);
    expect(client.frames[0]).toMatchObject({ recovered: true, position: `${epoch}:3` });
  });

  test('having missed nothing is recovered without a read of the log', async () => {
    const { engine, epoch } = await published(5);
    const { session, client } = await engine.connect(someone);
    engine.log.read = () => Promise.reject(new Error('not needed'));
    await engine.subscribe(session, 'open', `${epoch}:5`);
    expect(client.frames[0]).toMatchObject({ recovered: true, position: `${epoch}:5` });
  });

  test.each([
    ['a position of another epoch', 'elsewhere:3'],
    ['a position from the future', 'EPOCH:9'],
  ])('with %s is told the present one', async (_, since) => {
    const { engine, epoch } = await published(5);
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open', since.replace('EPOCH', epoch));
    await engine.manager.publish(note);
    expect(client.frames[0]).toMatchObject({ recovered: false, position: `${epoch}:5` });
    expect(client.received).toEqual(['subscribed', 'open/6']);
  });

  test('having heard more elsewhere than this process has yet makes the channel catch up', async () => {
    const { engine, epoch } = await published(1);
    const other = await engine.connect({ ...someone, userId: 'other' });
    await engine.subscribe(other.session, 'open');
    await engine.log.append([1, 2].map(() => engine.manager.drafts.of(note)));
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open', `${epoch}:2`);
    await settled();
    expect(other.client.received).toEqual(['subscribed', 'open/2', 'open/3']);
    expect(client.received.filter((each) => each !== 'open/2')).toEqual(['subscribed', 'open/3']);
  });

  test('to a pruned range, or one that is too long, is told the present position', async () => {
    const { engine, epoch } = await published(5);
    const { read } = engine.log;
    engine.log.read = async (channel, after, limit) => {
      const page = await read.call(engine.log, channel, after, limit);
      return { ...page, publications: page.publications.filter(({ offset }) => offset > 4) };
    };
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open', `${epoch}:2`);
    expect(client.frames[0]).toMatchObject({ recovered: false, position: `${epoch}:5` });
    engine.log.read = async () => ({ head: { epoch, offset: 1_000_000 }, publications: [] });
    await engine.subscribe(session, 'open', `${epoch}:2`);
    expect(client.frames[1]).toMatchObject({ recovered: false });
  });
});

describe('what is kept from a user or a session', () => {
  const forAll = { ...note, data: 'all' };
  const notForUser = { ...note, exclude: 'user:someone' } as const;

  /** The second of every three is kept from `someone`. */
  async function mixed(count: number) {
    const engine = createEngine();
    await engine.manager.publishAll(
      Array.from({ length: count }, (_, n) => (n % 3 === 1 ? notForUser : forAll)),
    );
    const { epoch } = await engine.log.head('open');
    return { engine, epoch };
  }

  test('is left out of what a subscriber missed, from memory as from the log', async () => {
    const { engine, epoch } = await mixed(6);
    for (const userId of ['someone', 'other', 'someone']) {
      const { session, client } = await engine.connect({ ...someone, userId });
      await engine.subscribe(session, 'open', `${epoch}:1`);
      const missed = ['subscribed', 'open/2', 'open/3', 'open/4', 'open/5', 'open/6'];
      const kept = missed.map((each) => (['open/2', 'open/5'].includes(each) ? `${each} skipped` : each));
      expect(client.received).toEqual(userId === 'someone' ? kept : missed);
      expect(client.frames[0]).toMatchObject({ recovered: true, position: `${epoch}:1` });
    }
  });

  test('leaves its place in pages', async () => {
    const { engine, epoch } = await mixed(8);
    const page = async (userId: string, since: number, limit: number) => {
      const principal = { ...someone, userId };
      const from = { epoch, offset: since };
      const { publications, ...rest } = await engine.manager.reader.history(principal, 'open', from, limit);
      const items = publications.map((text) => JSON.parse(text) as { offset: number; type: string });
      return { items: items.map(({ offset, type }) => `${offset} ${type}`), position: rest.position };
    };
    const position = { epoch, offset: 3 };
    expect(await page('other', 0, 3)).toEqual({ items: ['1 note', '2 note', '3 note'], position });
    expect(await page('someone', 0, 3)).toEqual({ items: ['1 note', '2 skipped', '3 note'], position });
  });

  test('by session is kept from that one, not from its user elsewhere', async () => {
    const engine = createEngine();
    const mine = await engine.connect(someone);
    const { id } = mine.session;
    const { publication } = await engine.manager.publish({ ...note, exclude: `session:${id}` });
    const { epoch } = publication;
    const read = ({ session }: { session: Session }) =>
      engine.manager.reader.history(someone, 'open', { epoch, offset: 0 }, 10, session);
    expect(await read(mine)).toMatchObject({
      publications: [expect.stringContaining('"type":"skipped"')],
      position: { epoch, offset: 1 },
    });
    const elsewhere = await engine.connect(someone);
    const there = await read(elsewhere);
    const since = `${epoch}:0`;
    expect(there.publications).toEqual([expect.stringContaining('"type":"note"')]);
    await engine.subscribe(mine.session, 'open', since);
    await engine.subscribe(elsewhere.session, 'open', since);
    expect(mine.client.received).toEqual(['subscribed', 'open/1 skipped']);
    expect(elsewhere.client.received).toEqual(['subscribed', 'open/1']);
  });
});

describe('a thousand that come back at once', () => {
  async function comeBack(count: number, since: (n: number) => number, published_: number) {
    const { engine, epoch } = await published(published_);
    const reads: number[] = [];
    const { read } = engine.log;
    engine.log.read = (channel, after, limit) => {
      reads.push(after);
      return read.call(engine.log, channel, after, limit);
    };
    const clients = await Promise.all(
      Array.from({ length: count }, (_, n) => engine.connect({ ...someone, userId: `user${n}` })),
    );
    await Promise.all(
      clients.map(({ session }, n) => engine.subscribe(session, 'open', `${epoch}:${since(n)}`)),
    );
    clients.forEach(({ client }, n) => {
      const missed = Array.from({ length: published_ - since(n) }, (_, i) => `open/${since(n) + 1 + i}`);
      expect(client.received).toEqual(['subscribed', ...missed]);
    });
    return { reads, engine, epoch };
  }

  test('with one position cost one read', async () => {
    const { reads } = await comeBack(1_000, () => 20, 80);
    expect(reads).toEqual([0]);
  });

  test('with near positions share their reads', async () => {
    const { reads } = await comeBack(1_000, (n) => n % 150, 380);
    expect([...new Set(reads)]).toEqual([0, 100, 200, 300]);
    expect(reads.length).toBeLessThanOrEqual(5);
  });

  test('and those that come a little later cost none', async () => {
    const { reads, engine, epoch } = await comeBack(10, () => 20, 80);
    const { session, client } = await engine.connect({ ...someone, userId: 'later' });
    await engine.subscribe(session, 'open', `${epoch}:60`);
    expect(client.received).toHaveLength(21);
    expect(reads).toEqual([0]);
  });
});

describe('a page of history', () => {
  test('leads from the beginning to the end, page by page', async () => {
    const { engine, epoch } = await published(5);
    const offsets: number[] = [];
    let since: Position | undefined;
    for (;;) {
      const page = await engine.manager.reader.history(someone, 'open', since, 2);
      if (page.publications.length === 0) break;
      offsets.push(...page.publications.map((text) => (JSON.parse(text) as { offset: number }).offset));
      since = page.position;
    }
    expect(offsets).toEqual([1, 2, 3, 4, 5]);
    expect(since).toEqual({ epoch, offset: 5 });
  });

  test('of a life that is over says so and tells where to start', async () => {
    const { engine, epoch } = await published(2);
    const since = { epoch: 'elsewhere', offset: 1 };
    const page = await engine.manager.reader.history(someone, 'open', since, 10);
    expect(page).toEqual({
      publications: [],
      position: { epoch, offset: 2 },
      recovered: false,
      more: false,
    });
  });
});

/** R1 and R2 at the cut from history to live: every answer of the log may come at any time, in any order. */
test('whatever the timing, a subscriber gets everything after its position, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      async (scheduler, before, during, firstSubscriber) => {
        let epochs = 0;
        const memory = new MemoryEventLog({ now: () => 0, createEpoch: () => `e${++epochs}` });
        const log: EventLog = {
          append: scheduler.scheduleFunction((drafts) => memory.append(drafts)),
          head: scheduler.scheduleFunction((channel) => memory.head(channel)),
          // Short pages, so that the backlog takes several.
          read: scheduler.scheduleFunction((channel, after) => memory.read(channel, after, 2)),
          heads: scheduler.scheduleFunction((channels) => memory.heads(channels)),
          prune: () => Promise.resolve(0),
          forgetUnused: () => Promise.resolve(0),
        };
        const engine = createEngine({ log });
        const drafts = Array.from({ length: before }, () => engine.manager.drafts.of(note));
        await memory.append(drafts);
        const { epoch } = await memory.head('open');
        const { session, client } = await engine.connect(someone);
        if (!firstSubscriber) {
          const { session: other } = await engine.connect({ ...someone, userId: 'other' });
          void scheduler.schedule(Promise.resolve()).then(() => engine.subscribe(other, 'open'));
        }
        const since = Math.floor(before / 2);
        const work = [
          engine.subscribe(session, 'open', `${epoch}:${since}`),
          ...Array.from({ length: during }, async () => {
            await scheduler.schedule(Promise.resolve());
            await engine.manager.publish(note);
          }),
        ];
        await scheduler.waitFor(Promise.all(work));
        await scheduler.waitIdle();
        const offsets = client.received.slice(1).map((each) => Number(each.split('/')[1]));
        const expected = Array.from({ length: before + during - since }, (_, n) => since + 1 + n);
        expect(offsets).toEqual(expected);
        expect(client.frames).toHaveLength(1);
      },
    ),
    { numRuns: 300 },
  );
});
