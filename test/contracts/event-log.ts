import { describe, expect, test } from 'bun:test';
import type { Publication } from '../../src/protocol/wire/publication.ts';
import type { Draft, EventLog } from '../../src/realtime/ports/event-log.ts';

export interface Subject extends AsyncDisposable {
  /** Two instances over the same storage, as two processes have. */
  readonly logs: readonly [EventLog, EventLog];
}

let ids = 0;

export function draft(channel: string, content: Partial<Draft> = {}): Draft {
  return { id: `id-${++ids}`, channel, type: 'note', data: '{}', ...content };
}

/** The promises of every EventLog. `open` gives a fresh, empty one. */
export function eventLogContract(name: string, open: () => Promise<Subject>): void {
  describe(`${name} keeps the contract of an event log:`, () => {
    const check = (sentence: string, run: (log: EventLog, other: EventLog) => Promise<void>) =>
      test(sentence, async () => {
        await using subject = await open();
        await run(...subject.logs);
      });

    check('offsets of a channel count from 1 and the head follows', async (log) => {
      const [first] = await log.append([draft('a')]);
      const [second] = await log.append([draft('a')]);
      expect([first?.offset, second?.offset]).toEqual([1, 2]);
      expect(await log.head('a')).toEqual({ epoch: first?.epoch ?? '', offset: 2 });
    });

    check('an append answers in the order of its drafts, what a read gives back', async (log) => {
      const drafts = [
        draft('b'),
        draft('a', { eventType: 'created' }),
        draft('b'),
        draft('a', { sourceUserId: 'u' }),
      ];
      const appended = await log.append(drafts);
      expect(appended.map(({ id }) => id)).toEqual(drafts.map(({ id }) => id));
      expect(appended.map(({ offset }) => offset)).toEqual([1, 1, 2, 2]);
      expect((await log.read('a', 0, 10)).publications).toEqual(
        appended.filter(({ channel }) => channel === 'a'),
      );
      expect((await log.read('b', 0, 10)).publications).toEqual(
        appended.filter(({ channel }) => channel === 'b'),
      );
    });

    check('who caused a publication stays in the log', async (log) => {
      const [publication] = await log.append([draft('a', { sourceUserId: 'secret-user' })]);
      expect(JSON.stringify(publication)).not.toContain('secret-user');
    });

    check(
      'whom a publication is kept from is answered and comes back, with a key or without',
      async (log) => {
        const drafts = [
          draft('a', { exclude: 'user:ana' }),
          draft('b'),
          draft('a', { exclude: 'session:ñ:\'"{}', idempotencyKey: 'k' }),
          draft('a'),
        ];
        const single = [await log.append(drafts.slice(0, 1)), await log.append(drafts.slice(1))].flat();
        const together = await log.append(
          drafts.map((each) => ({ ...each, idempotencyKey: `${each.id} again` })),
        );
        for (const appended of [single, together]) {
          expect(appended.map(({ exclude }) => exclude)).toEqual(drafts.map(({ exclude }) => exclude));
        }
        const onA = [...single, ...together].filter(({ channel }) => channel === 'a');
        expect((await log.read('a', 0, 10)).publications).toEqual(onA);
        expect(Object.keys((await log.read('b', 0, 1)).publications[0] ?? {})).not.toContain('exclude');
      },
    );

    check('an empty append appends nothing', async (log) => {
      expect(await log.append([])).toEqual([]);
    });

    check(
      'sixteen writers in opposite orders leave no gap, no duplicate and no disorder',
      async (log, other) => {
        const channels = ['a', 'b', 'c', 'd'];
        const writer = async (index: number): Promise<Publication[]> => {
          const order = index % 2 ? channels : channels.toReversed();
          const own: Publication[] = [];
          for (let round = 0; round < 10; round++) {
            own.push(...(await (index % 2 ? log : other).append(order.map((channel) => draft(channel)))));
          }
          return own;
        };
        const written = await Promise.all(Array.from({ length: 16 }, (_, index) => writer(index)));
        for (const own of written) {
          for (const channel of channels) expect(isAscending(offsetsOf(own, channel))).toBe(true);
        }
        for (const channel of channels) {
          const { head, publications } = await log.read(channel, 0, 1_000);
          expect(head.offset).toBe(160);
          expect(publications.map(({ offset }) => offset)).toEqual(
            Array.from({ length: 160 }, (_, i) => i + 1),
          );
          expect(publications).toEqual(
            written
              .flat()
              .filter((p) => p.channel === channel)
              .toSorted(byOffset),
          );
          const times = publications.map(({ timestamp }) => timestamp);
          expect(times).toEqual(times.toSorted());
        }
      },
    );

    check('a batch with one bad draft appends none of them', async (log) => {
      await log.append([draft('a')]);
      const failed = log.append([draft('a'), draft('b'), draft('a', { data: '{"half":' })]);
      expect(
        await failed.then(
          () => 'appended',
          () => 'refused',
        ),
      ).toBe('refused');
      expect((await log.head('a')).offset).toBe(1);
      expect((await log.head('b')).offset).toBe(0);
    });

    check('a bad draft fails its own caller only', async (log) => {
      const callers = [1, 2, 3, 4, 5].map((n) => log.append([draft('a', { data: n === 3 ? '{' : '{}' })]));
      const outcomes = (await Promise.allSettled(callers)).map(({ status }) => status);
      expect(outcomes).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
      expect((await log.head('a')).offset).toBe(4);
    });

    check('timestamps are ISO 8601 in UTC with milliseconds', async (log) => {
      const [publication] = await log.append([draft('a')]);
      expect(publication?.timestamp).toBe(new Date(publication?.timestamp ?? '').toISOString());
      expect(Math.abs(Date.now() - Date.parse(publication?.timestamp ?? ''))).toBeLessThan(60_000);
    });

    check('the head of a channel that was never used stays what it was', async (log, other) => {
      const head = await log.head('never');
      expect(head.offset).toBe(0);
      expect(head.epoch).toMatch(/^[A-Za-z0-9]{1,32}$/);
      expect(await other.head('never')).toEqual(head);
      const [publication] = await other.append([draft('never')]);
      expect(publication).toMatchObject({ epoch: head.epoch, offset: 1 });
    });

    check('first looks at a channel all at once agree on one epoch', async (log, other) => {
      const looks = Array.from({ length: 12 }, (_, i) => (i % 2 ? log : other).head('new'));
      expect(new Set((await Promise.all(looks)).map(({ epoch }) => epoch)).size).toBe(1);
    });

    check('channels have epochs of their own', async (log) => {
      expect((await log.head('a')).epoch).not.toBe((await log.head('b')).epoch);
    });

    check('a read gives a page after an offset, with the head', async (log) => {
      const appended = await log.append(Array.from({ length: 7 }, () => draft('a')));
      const head = { epoch: appended[0]?.epoch ?? '', offset: 7 };
      expect(await log.read('a', 0, 3)).toEqual({ head, publications: appended.slice(0, 3) });
      expect(await log.read('a', 3, 3)).toEqual({ head, publications: appended.slice(3, 6) });
      expect(await log.read('a', 6, 3)).toEqual({ head, publications: appended.slice(6) });
      expect(await log.read('a', 7, 3)).toEqual({ head, publications: [] });
      expect(await log.read('a', 99, 3)).toEqual({ head, publications: [] });
    });

    check('a read of a channel that was never used is an empty page with its head', async (log) => {
      const page = await log.read('never', 0, 10);
      expect(page).toEqual({ head: await log.head('never'), publications: [] });
    });

    check('data comes back letter by letter', async (log) => {
      const texts = [
        '{"b":1,"a":2,"10":3,"b":4}',
        '  { "spaced" :\t[1 ,2] }\n',
        '{"big":123456789012345678901234567890.10,"exp":1E400,"zero":-0}',
        String.raw`{"nul":"\u0000","lone":"\ud800","pair":"\ud83d\ude00","slash":"\/\\\""}`,
        '{"unicode":"Ñoño 漢字 🎺 \u2028 {} , NULL \'quoted\'"}',
        'null',
        '"NULL"',
        '""',
        '[]',
      ];
      const appended = await log.append(texts.map((data) => draft('a', { data })));
      expect(appended.map(({ data }) => data)).toEqual(texts);
      expect((await log.read('a', 0, 100)).publications.map(({ data }) => data)).toEqual(texts);
    });

    check('names come back as they are, the empty one too', async (log) => {
      const odd = { type: `it's "odd", {really} \\`, eventType: '' };
      const [publication] = await log.append([draft('users:%41~x', odd)]);
      expect((await log.read('users:%41~x', 0, 1)).publications).toEqual(publication ? [publication] : []);
      expect(publication).toMatchObject(odd);
    });

    check(
      'the ends of many channels come in one read, without those it does not know',
      async (log, other) => {
        const appended = await log.append([draft('a'), draft('b'), draft('b')]);
        const at = (index: number, offset: number) => ({ epoch: appended[index]?.epoch ?? '', offset });
        expect([...(await other.heads(['b', 'never', 'a']))].toSorted()).toEqual([
          ['a', at(0, 1)],
          ['b', at(1, 2)],
        ]);
        expect((await other.heads([])).size).toBe(0);
        expect((await other.heads(['never'])).size).toBe(0);
      },
    );

    check('a page has at most a megabyte of data, but for one that is larger', async (log) => {
      const ofBytes = (bytes: number) => draft('a', { data: JSON.stringify('é'.repeat((bytes - 2) / 2)) });
      const kilobyte = 1_024;
      await log.append([ofBytes(2_048 * kilobyte), ofBytes(400 * kilobyte), ofBytes(400 * kilobyte)]);
      await log.append([ofBytes(224 * kilobyte), ofBytes(2), ofBytes(1_200 * kilobyte)]);
      const pageAfter = async (after: number) =>
        offsetsOf((await log.read('a', after, 100)).publications, 'a');
      expect(await pageAfter(0)).toEqual([1]);
      expect(await pageAfter(1)).toEqual([2, 3, 4]);
      expect(await pageAfter(4)).toEqual([5]);
      expect(await pageAfter(5)).toEqual([6]);
    });

    describe('an idempotency key', () => {
      check('that comes again appends nothing and gets the first answer', async (log, other) => {
        const [first] = await log.append([draft('a', { idempotencyKey: 'k' })]);
        await log.append([draft('a')]);
        const [again] = await other.append([draft('a', { idempotencyKey: 'k' })]);
        expect(first?.repeated).toBeUndefined();
        expect(again).toEqual({ ...(first as Publication), repeated: true });
        expect((await log.read('a', 0, 10)).publications.map(({ offset }) => offset)).toEqual([1, 2]);
      });

      check('is of its channel alone, and any text', async (log) => {
        const keys = ['k', '', ' k', 'K', '\'{"k"}', 'ñ'];
        const drafts = ['a', 'b'].flatMap((channel) =>
          keys.map((idempotencyKey) => draft(channel, { idempotencyKey })),
        );
        const appended = await log.append(drafts);
        expect(appended.map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
        expect(appended.some(({ repeated }) => repeated)).toBe(false);
      });

      check(
        'that comes with other content is refused, and nothing of that append is left',
        async (log, other) => {
          const content = {
            idempotencyKey: 'k',
            eventType: 'made',
            data: '{"a":1}',
            idempotencyContext: '1',
          };
          await log.append([draft('a', content)]);
          const others: Partial<Draft>[] = [
            { data: '{"a":2}' },
            { type: 'letter' },
            { eventType: 'gone' },
            { exclude: 'user:ana' },
            { idempotencyContext: '2' },
          ];
          for (const change of others) {
            const refused = other.append([draft('b'), draft('a', { ...content, ...change })]);
            await expect(refused).rejects.toMatchObject({ code: 'idempotency_conflict' });
          }
          expect((await log.head('a')).offset).toBe(1);
          expect((await log.head('b')).offset).toBe(0);
          expect(await other.append([draft('a', content)])).toMatchObject([{ offset: 1, repeated: true }]);
        },
      );

      check('that stands for two contents in one append is refused', async (log) => {
        const keyed = (data: string) => draft('a', { idempotencyKey: 'k', data });
        await expect(log.append([keyed('1'), keyed('2')])).rejects.toMatchObject({
          code: 'idempotency_conflict',
        });
        expect((await log.head('a')).offset).toBe(0);
      });

      check('that is refused fails its own caller alone', async (log) => {
        const answers = await Promise.allSettled([
          log.append([draft('a', { idempotencyKey: 'k', data: '1' })]),
          log.append([draft('a', { idempotencyKey: 'k', data: '2' }), draft('b')]),
          log.append([draft('a')]),
        ]);
        expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect((await log.head('a')).offset).toBe(2);
        expect((await log.head('b')).offset).toBe(0);
      });

      check('that comes twice in one append counts once', async (log) => {
        const twice = () => draft('a', { idempotencyKey: 'k' });
        const appended = await log.append([draft('a'), twice(), draft('a'), twice(), twice()]);
        expect(appended.map(({ offset, repeated = false }) => [offset, repeated])).toEqual([
          [1, false],
          [2, false],
          [3, false],
          [2, true],
          [2, true],
        ]);
        expect(new Set(appended.map(({ id }) => id)).size).toBe(3);
      });

      check('that many use at once yields one publication and one answer', async (log, other) => {
        const callers = Array.from({ length: 40 }, (_, n) =>
          (n % 2 ? log : other).append([
            draft(n % 3 ? 'a' : 'b'),
            draft('a', { idempotencyKey: `k${n % 4}` }),
            draft('b', { idempotencyKey: `k${n % 5}` }),
          ]),
        );
        const answers = (await Promise.all(callers)).flat();
        for (const channel of ['a', 'b']) {
          const keyed = answers.filter((answer, index) => index % 3 > 0 && answer.channel === channel);
          const fresh = keyed.filter(({ repeated }) => !repeated);
          expect(fresh.length).toBe(channel === 'a' ? 4 : 5);
          const known = new Map(fresh.map(({ offset, id, timestamp }) => [offset, { id, timestamp }]));
          for (const answer of keyed) expect(answer).toMatchObject(known.get(answer.offset) ?? {});
          const { head, publications } = await log.read(channel, 0, 1_000);
          expect(head.offset).toBe(publications.length);
          expect(publications.length).toBe(channel === 'a' ? 26 + 4 : 14 + 5);
        }
      });

      check('is not taken by an append that failed', async (log) => {
        const refused = log.append([draft('a', { idempotencyKey: 'k', data: '{' })]);
        expect(
          await refused.then(
            () => 'appended',
            () => 'refused',
          ),
        ).toBe('refused');
        expect(await log.append([draft('a', { idempotencyKey: 'k' })])).toMatchObject([{ offset: 1 }]);
      });

      check('is known longer than the publication it names', async (log) => {
        const [first] = await log.append([draft('a', { idempotencyKey: 'k' }), draft('a')]);
        await log.prune('a', { ageMs: 60_000, count: 0 }, 10);
        expect(await log.append([draft('a', { idempotencyKey: 'k' })])).toMatchObject([
          { offset: 1, id: first?.id, repeated: true },
        ]);
      });
    });

    describe('pruning', () => {
      const unbounded = { ageMs: 60_000, count: 1_000 };
      const offsets = async (log: EventLog, channel: string, after = 0) =>
        offsetsOf((await log.read(channel, after, 100)).publications, channel);

      check('by count keeps the newest of each channel of the namespace', async (log) => {
        await log.append(Array.from({ length: 6 }, (_, n) => draft(`team:${n % 2}`)));
        await log.append([draft('team:2'), draft('teams:1'), draft('teams:1'), draft('teams:1')]);
        expect(await log.prune('team', { ...unbounded, count: 2 }, 100)).toBe(2);
        expect(await offsets(log, 'team:0')).toEqual([2, 3]);
        expect(await offsets(log, 'team:1')).toEqual([2, 3]);
        expect(await offsets(log, 'team:2')).toEqual([1]);
        expect(await offsets(log, 'teams:1')).toEqual([1, 2, 3]);
        expect(await log.prune('team', { ...unbounded, count: 2 }, 100)).toBe(0);
      });

      check('removes at most so many at a time, the oldest first', async (log) => {
        await log.append(Array.from({ length: 10 }, () => draft('a')));
        const bound = { ...unbounded, count: 3 };
        expect(await log.prune('a', bound, 4)).toBe(4);
        expect(await offsets(log, 'a')).toEqual([5, 6, 7, 8, 9, 10]);
        expect(await log.prune('a', bound, 4)).toBe(3);
        expect(await log.prune('a', bound, 4)).toBe(0);
        expect(await offsets(log, 'a')).toEqual([8, 9, 10]);
      });

      check('by count looks at the channels that it is given, and by age at all of them', async (log) => {
        await log.append(Array.from({ length: 6 }, (_, n) => draft(`team:${n % 2}`)));
        expect(await log.prune('team', { ...unbounded, count: 1 }, 100, [])).toBe(0);
        expect(await log.prune('team', { ...unbounded, count: 1 }, 100, ['team:1', 'team:9'])).toBe(2);
        expect(await offsets(log, 'team:0')).toEqual([1, 2, 3]);
        expect(await offsets(log, 'team:1')).toEqual([3]);
      });

      check('never moves the end of a channel, and leaves a page that shows what is gone', async (log) => {
        const appended = await log.append(Array.from({ length: 5 }, () => draft('a')));
        const head = { epoch: appended[0]?.epoch ?? '', offset: 5 };
        await log.prune('a', { ...unbounded, count: 2 }, 100);
        expect(await log.read('a', 0, 100)).toEqual({ head, publications: appended.slice(3) });
        expect(await log.read('a', 3, 100)).toEqual({ head, publications: appended.slice(3) });
        await log.prune('a', { ...unbounded, count: 0 }, 100);
        expect(await log.read('a', 3, 100)).toEqual({ head, publications: [] });
        expect(await log.head('a')).toEqual(head);
        expect(await log.append([draft('a')])).toMatchObject([{ offset: 6 }]);
      });

      check('while others append and prune removes exactly what is over', async (log, other) => {
        const appends = Array.from({ length: 20 }, (_, n) =>
          (n % 2 ? log : other).append([draft('a'), draft('a')]),
        );
        const bound = { ...unbounded, count: 5 };
        const prunes = Array.from({ length: 10 }, (_, n) => (n % 2 ? log : other).prune('a', bound, 3));
        await Promise.all([...appends, ...prunes]);
        while ((await log.prune('a', bound, 7)) > 0);
        expect(await offsets(log, 'a')).toEqual([36, 37, 38, 39, 40]);
      });
    });
  });
}

const byOffset = (a: Publication, b: Publication) => a.offset - b.offset;

function offsetsOf(publications: readonly Publication[], channel: string): number[] {
  return publications.filter((publication) => publication.channel === channel).map(({ offset }) => offset);
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
}
