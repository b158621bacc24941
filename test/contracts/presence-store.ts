import { describe, expect, test } from 'bun:test';
import type { PresenceEntry, PresenceStore } from '../../src/realtime/ports/presence-store.ts';

/** A place that processes share. */
export interface Shared extends AsyncDisposable {
  /** Each call is one more process. */
  connect(): PresenceStore;
  /** Time passes: leases that are not renewed from here on are over. */
  lapse(): Promise<void>;
}

export function entry(channel: string, userId: string): PresenceEntry {
  return { channel, userId, role: `role of ${userId}` };
}

/** The promises of every PresenceStore. `open` gives a fresh, empty one. */
export function presenceStoreContract(name: string, open: () => Promise<Shared>): void {
  describe(`${name} keeps the contract of a presence store:`, () => {
    type Processes = readonly [PresenceStore, PresenceStore, PresenceStore];
    const check = (sentence: string, run: (processes: Processes, shared: Shared) => Promise<void>) =>
      test(sentence, async () => {
        await using shared = await open();
        await using a = shared.connect();
        await using b = shared.connect();
        await using c = shared.connect();
        await run([a, b, c], shared);
      });
    const usersOf = async (store: PresenceStore, channel: string) =>
      (await store.members(channel, 100)).members.map(({ userId }) => userId);

    check('a user is new in a channel once, whatever the process', async ([a, b]) => {
      expect(await a.enter([entry('lobby', 'ana'), entry('other', 'ana')])).toEqual(['new', 'new']);
      expect(await a.enter([entry('lobby', 'ana')])).toEqual(['known']);
      expect(await b.enter([entry('lobby', 'ana'), entry('lobby', 'ben')])).toEqual(['known', 'new']);
    });

    check('a user has left with the last of all processes', async ([a, b]) => {
      const place = { channel: 'lobby', userId: 'ana' };
      await a.enter([entry('lobby', 'ana'), entry('lobby', 'ana')]);
      await b.enter([entry('lobby', 'ana')]);
      expect(await a.leave([place])).toEqual([]);
      expect(await a.leave([place])).toEqual([]);
      expect(await b.leave([place])).toEqual([place]);
      expect(await b.enter([entry('lobby', 'ana')])).toEqual(['new']);
    });

    check('what this process has not entered, it does not leave', async ([a, b]) => {
      await a.enter([entry('lobby', 'ana')]);
      const absent = [
        { channel: 'lobby', userId: 'ana' },
        { channel: 'lobby', userId: 'ben' },
      ];
      expect(await b.leave(absent)).toEqual([]);
      expect(await usersOf(b, 'lobby')).toEqual(['ana']);
    });

    check('one call may name a user several times', async ([a]) => {
      const ana = { channel: 'lobby', userId: 'ana' };
      const ben = { channel: 'lobby', userId: 'ben' };
      const names = ['ana', 'ben', 'ana', 'ana'];
      const entered = await a.enter(names.map((userId) => entry('lobby', userId)));
      expect(entered).toEqual(['new', 'new', 'known', 'known']);
      expect(await a.leave([ana, ben, ana])).toEqual([ben]);
      expect(await a.leave([ana, ana, ana])).toEqual([ana]);
    });

    check('nothing asked for is nothing done', async ([a]) => {
      expect(await a.enter([])).toEqual([]);
      expect(await a.leave([])).toEqual([]);
      expect(await a.beat()).toEqual({ lost: false, left: [] });
      expect(await a.members('lobby', 10)).toEqual({ count: 0, members: [] });
    });

    const told = (userId: string, count: number) => ({ ...entry('@sockets', userId), count });

    check('what a process tells replaces what it told, and answers what the others have', async ([a, b]) => {
      expect(await a.tell([told('ana', 3), told('ben', 1)])).toEqual([0, 0]);
      expect(await b.tell([told('eva', 1), told('ana', 2)])).toEqual([0, 3]);
      expect(await a.tell([told('ana', 1)])).toEqual([2]);
      expect(await b.tell([told('ana', 2)])).toEqual([1]);
      expect(await a.tell([])).toEqual([]);
    });

    check('who is told to have none is there no more', async ([a, b]) => {
      await a.tell([told('ana', 3), told('ben', 1)]);
      await b.tell([told('ana', 1)]);
      expect(await a.tell([told('ana', 0), told('ben', 0), told('eva', 0)])).toEqual([1, 0, 0]);
      expect(await usersOf(b, '@sockets')).toEqual(['ana']);
      expect(await b.tell([told('ana', 0)])).toEqual([0]);
      expect(await b.members('@sockets', 10)).toEqual({ count: 0, members: [] });
    });

    check('what was told ends with the lease, and is told anew', async ([a, b], shared) => {
      await a.tell([told('ana', 3)]);
      await shared.lapse();
      expect((await b.beat()).left).toEqual([{ channel: '@sockets', userId: 'ana' }]);
      expect((await a.beat()).lost).toBe(true);
      expect(await a.tell([told('ana', 2)])).toEqual([0]);
      expect((await a.beat()).lost).toBe(false);
      expect(await b.tell([told('ana', 1)])).toEqual([2]);
    });

    check('who enters and leaves at once has left', async ([a]) => {
      for (let round = 0; round < 20; round++) {
        const both = await Promise.all([a.enter([entry('lobby', 'ana')]), a.leave([entry('lobby', 'ana')])]);
        expect(both[1].length).toBe(1);
      }
      expect(await usersOf(a, 'lobby')).toEqual([]);
    });

    check(
      'members are listed up to the limit, those longest there first, and all are counted',
      async ([a, b]) => {
        const start = Date.now();
        for (const userId of ['zoe', 'ana', 'ben']) await a.enter([entry('lobby', userId)]);
        await b.enter([entry('lobby', 'zoe'), entry('other', 'eva')]);
        const { count, members } = await b.members('lobby', 2);
        expect(count).toBe(3);
        expect(members.map(({ userId, role }) => [userId, role])).toEqual([
          ['zoe', 'role of zoe'],
          ['ana', 'role of ana'],
        ]);
        for (const { since } of members) expect(Math.abs(since - start)).toBeLessThan(60_000);
        expect((await b.members('lobby', 0)).count).toBe(3);
      },
    );

    check('names may be anything', async ([a]) => {
      const names = [
        '',
        ' ',
        '"',
        '\\',
        '{}',
        'a,b',
        'NULL',
        'ä🦉',
        `'; drop table users`,
        '$1',
        '__proto__',
      ];
      const all = names.flatMap((channel) => names.map((userId) => entry(channel, userId)));
      expect(new Set(await a.enter(all))).toEqual(new Set(['new']));
      expect((await usersOf(a, '\\')).toSorted()).toEqual(names.toSorted());
      expect((await a.leave(all)).length).toBe(all.length);
    });

    check('of processes that do the same at once, one is told', async (processes) => {
      for (let round = 0; round < 20; round++) {
        const user = [entry('lobby', `user ${round}`)];
        const entered = await Promise.all(processes.map((each) => each.enter(user)));
        expect(entered.flat().toSorted()).toEqual(['known', 'known', 'new']);
        const left = await Promise.all(processes.map((each) => each.leave(user)));
        expect(left.flat().length).toBe(1);
      }
    });

    check(
      'what a silent process held ends, and is told by one of those that beat',
      async (processes, shared) => {
        const [a, b, c] = processes;
        const users = Array.from({ length: 30 }, (_, n) => `user ${n}`);
        await a.enter(users.flatMap((userId) => [entry('lobby', userId), entry('lobby', userId)]));
        await b.enter([entry('lobby', 'user 0')]);
        await shared.lapse();
        await Promise.all([b.enter([entry('lobby', 'eva')]), c.enter([entry('lobby', 'ida')])]);
        const beats = await Promise.all([b, c, b, c].map((each) => each.beat()));
        const left = beats.flatMap((beat) => beat.left).map(({ userId }) => userId);
        expect(left.toSorted()).toEqual(users.slice(1).toSorted());
        expect(beats.some(({ lost }) => lost)).toBe(false);
        expect((await usersOf(b, 'lobby')).toSorted()).toEqual(['eva', 'ida', 'user 0']);
      },
    );

    check('a process that beats, or enters, keeps what it holds', async ([a, b, c], shared) => {
      await a.enter([entry('lobby', 'ana')]);
      await b.enter([entry('lobby', 'ben')]);
      await shared.lapse();
      await b.enter([entry('other', 'ben')]);
      expect(await a.beat()).toEqual({ lost: false, left: [] });
      expect(await c.beat()).toEqual({ lost: false, left: [] });
      expect(await usersOf(c, 'lobby')).toEqual(['ana', 'ben']);
    });

    check('a process whose lease was over is told once, and begins anew', async ([a, b], shared) => {
      await a.enter([entry('lobby', 'ana'), entry('lobby', 'ana')]);
      await shared.lapse();
      expect((await b.beat()).left).toEqual([{ channel: 'lobby', userId: 'ana' }]);
      expect(await a.leave([entry('lobby', 'ana')])).toEqual([]);
      expect(await a.beat()).toEqual({ lost: true, left: [] });
      expect(await a.beat()).toEqual({ lost: false, left: [] });
      expect(await a.enter([entry('lobby', 'ana')])).toEqual(['new']);
      expect(await a.beat()).toEqual({ lost: false, left: [] });
      expect((await a.leave([entry('lobby', 'ana')])).length).toBe(1);
    });

    check('what such a process entered before it was told is gone too', async ([a, b], shared) => {
      await a.enter([entry('lobby', 'ana')]);
      await shared.lapse();
      await b.beat();
      expect(await a.enter([entry('lobby', 'ben')])).toEqual(['new']);
      expect(await a.beat()).toEqual({ lost: true, left: [{ channel: 'lobby', userId: 'ben' }] });
      expect(await usersOf(a, 'lobby')).toEqual([]);
      expect(await a.beat()).toEqual({ lost: false, left: [] });
    });

    check('what is answered after the beat that told so stays', async ([a, b], shared) => {
      await a.enter([entry('lobby', 'ana')]);
      await shared.lapse();
      await b.beat();
      const beat = a.beat();
      const entered = a.enter([entry('lobby', 'ben')]);
      expect((await beat).lost).toBe(true);
      expect(await entered).toEqual(['new']);
      expect(await usersOf(a, 'lobby')).toEqual(['ben']);
      expect((await a.beat()).lost).toBe(false);
    });

    check('a process that ends leaves what it held, and nothing else', async ([a, b], shared) => {
      await a.enter([entry('lobby', 'ben')]);
      const ending = shared.connect();
      await ending.enter([entry('lobby', 'ana'), entry('lobby', 'ana'), entry('lobby', 'ben')]);
      await ending[Symbol.asyncDispose]();
      expect(await usersOf(b, 'lobby')).toEqual(['ben']);
      expect(await b.beat()).toEqual({ lost: false, left: [] });
      expect((await a.leave([entry('lobby', 'ben')])).length).toBe(1);
    });
  });
}
