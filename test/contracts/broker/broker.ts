import { test as bunTest, describe, expect } from 'bun:test';
import type { ConnectBroker } from '../../../src/realtime/ports/broker.ts';
import type { RegisterTest } from '../../support/processes/components.ts';
import { connectMember, label, type Member, publication } from '../../support/services/bus.ts';
import { until } from '../../support/until.ts';
import { outageContract } from './outages.ts';
import { signalContract } from './signals.ts';

/** Something that connects processes. */
export interface Bus extends AsyncDisposable {
  /** Each call is one more process. */
  readonly connect: ConnectBroker;
  /** Ways to take the bus away and to bring it back. */
  readonly outages?: Readonly<Record<string, Outage>>;
}

export interface Outage {
  begin(): Promise<void>;
  end(): Promise<void>;
}

export interface ContractOptions {
  readonly name: string;
  /** Registers a test; `test` of `bun:test` when left out. */
  readonly test?: RegisterTest;
  /** A bus nobody else is on. */
  open(): Promise<Bus>;
  /** The outages `openFragile` can make; none where the bus cannot fail. */
  readonly outages?: readonly string[];
  openFragile?(): Promise<Bus>;
}

/** A statement that holds among three processes on a bus of their own. */
type Sentence = (members: [Member, Member, Member], bus: Bus) => Promise<void>;

/** Registers a sentence; on a bus that `open` makes where another one is wanted. */
export type Check = (sentence: string, run: Sentence, open?: () => Promise<Bus>) => void;

/** The promises of every Broker. */
export function brokerContract(options: ContractOptions): void {
  const { name, test = bunTest, open, outages = [], openFragile = open } = options;
  describe(`${name} keeps the contract of a broker:`, () => {
    const check: Check = (sentence, run, openBus = open) =>
      test(sentence, async () => {
        await using bus = await openBus();
        await using a = await connectMember(bus.connect);
        await using b = await connectMember(bus.connect);
        await using c = await connectMember(bus.connect);
        await run([a, b, c], bus);
      }, 60_000);

    check(
      'an announcement reaches whoever else has joined the channel, and nobody else',
      async ([a, b, c]) => {
        await a.joined('news', 'last');
        await b.joined('news', 'last');
        await c.joined('other', 'last');
        a.broker.announce([publication('news', 1), publication('other', 1), publication('nobody', 1)]);
        const last = publication('last', 1);
        a.broker.announce([last]);
        await Promise.all([b.hears(last), c.hears(last)]);
        expect(b.heard).toEqual(['news/1', 'last/1']);
        expect(c.heard).toEqual(['other/1', 'last/1']);
        // A way for a's own announcement to have come back first.
        const fromOther = publication('last', 2);
        b.broker.announce([fromOther]);
        await a.hears(fromOther);
        expect(a.heard).toEqual(['last/2']);
      },
    );

    check('an echo reaches the own process too, where it has joined', async ([a, b, c]) => {
      await a.joined('news');
      await b.joined('news');
      await c.joined('other');
      const echoed = publication('news', 1);
      a.broker.echo(echoed);
      a.broker.echo(publication('unjoined', 1));
      await Promise.all([a.hears(echoed), b.hears(echoed)]);
      const last = publication('other', 1);
      a.broker.announce([last]);
      await c.hears(last);
      expect([a.heard, b.heard, c.heard]).toEqual([['news/1'], ['news/1'], ['other/1']]);
    });

    check('what is announced as soon as a join has resolved arrives', async ([a, b]) => {
      for (let n = 0; n < 30; n++) {
        await b.joined(`room:${n}`);
        const first = publication(`room:${n}`, 1);
        a.broker.announce([first]);
        await b.hears(first);
      }
    });

    check('a channel that was left is silent, and heard again once it is joined again', async ([a, b]) => {
      await b.joined('news', 'last');
      b.broker.leave('news');
      b.broker.leave('never-joined');
      a.broker.announce([publication('news', 1), publication('last', 1)]);
      await b.hears(publication('last', 1));
      for (let n = 2; n < 20; n++) {
        await b.joined('news');
        a.broker.announce([publication('news', n)]);
        await b.hears(publication('news', n));
        b.broker.leave('news');
      }
      expect(b.heard).not.toContain('news/1');
      expect(b.gaps).toBe(0);
    });

    check('a join that overtakes a leave stays joined', async ([a, b]) => {
      const joining = b.broker.join('news');
      b.broker.leave('news');
      await Promise.all([joining, b.broker.join('news')]);
      const first = publication('news', 1);
      a.broker.announce([first]);
      await b.hears(first);
    });

    check('one process’s announcements on a channel come in their order, to the last', async ([a, b, c]) => {
      await b.joined('news', 'other');
      await c.joined('news');
      for (let n = 1; n <= 2_000; n++) {
        a.broker.announce([publication('news', n), publication('other', n)]);
        if (n % 100 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      const last = publication('news', 2_000);
      await Promise.all([b.hears(last), c.hears(last), b.hears(publication('other', 2_000))]);
      for (const { heard } of [b, c]) {
        const offsets = heard.filter((each) => each.startsWith('news/')).map((each) => Number(each.slice(5)));
        expect(offsets).toEqual([...new Set(offsets)].sort((one, other) => one - other));
      }
    });

    check('thousands of channels are joined at once and all heard', async ([a, b]) => {
      const channels = Array.from({ length: 3_000 }, (_, n) => `venue:${n}:${'x'.repeat(60)}`);
      await b.joined(...channels);
      const all = channels.map((channel) => publication(channel, 7));
      a.broker.announce(all);
      await until(() => b.heard.length >= all.length);
      expect(new Set(b.heard)).toEqual(new Set(all.map(label)));
      expect(b.gaps).toBe(0);
    });

    check('names of every kind arrive as they are', async ([a, b]) => {
      const names = [
        `users:${'%F0%9F%8E%BA'.repeat(16)}`,
        'x'.repeat(200),
        '_canary',
        'a:b:c:d',
        'a@b,c:1',
        `it's "odd" \\ {really}`,
        'two\nlines',
        'nul\u0000inside',
        'Ñoño 漢字 🎺',
        ' ',
      ];
      await b.joined(...names);
      const all = names.map((name) => publication(name, 1));
      a.broker.announce(all);
      await until(() => b.heard.length >= names.length);
      expect([...b.heard].sort()).toEqual(all.map(label).sort());
    });

    check('what comes whole comes letter by letter', async ([a, b]) => {
      const content = [
        { data: '  {"b":1,\n"a" :2,"b":3}\n\n' },
        { data: 'null', eventType: '' },
        { data: '{"big":123456789012345678901234567890}', type: 'it\'s "odd"\n', eventType: 'créé' },
        { data: JSON.stringify({ text: '🎺\u2028'.repeat(20_000) }) },
        { data: '1', exclude: 'user:ñ' as const },
        { data: '2', exclude: 'session:s"1', eventType: 'moved' } as const,
        { data: '0', epoch: 'E2', offset: Number.MAX_SAFE_INTEGER },
      ];
      const all = content.map((each, n) => publication('news', n + 1, each));
      await b.joined('news');
      a.broker.announce(all);
      await b.hears(all.at(-1) ?? publication('news', 0));
      const whole = all.filter(({ id }) => b.publications.some((each) => each.id === id));
      expect([...b.publications]).toEqual(whole);
    });

    signalContract(check);

    check(
      'a process that left the bus hears nothing, and disturbs nobody by what it still says',
      async ([a, b, c]) => {
        await b.joined('news');
        await c.joined('news');
        await b.broker[Symbol.asyncDispose]();
        b.broker.announce([publication('news', 1)]);
        b.broker.echo(publication('news', 2));
        b.broker.signal('news', 'unsaid');
        b.broker.leave('news');
        a.broker.announce([]);
        a.broker.announce([publication('news', 3)]);
        a.broker.signal('news', 'said');
        await Promise.all([c.hears(publication('news', 3)), c.hearsSignal('news', 'said')]);
        expect([b.heard, c.heard]).toEqual([[], ['news/3']]);
        expect([b.signals, c.signals]).toEqual([[], ['news said']]);
        await b.broker[Symbol.asyncDispose]();
      },
    );

    check('what was said before leaving the bus still arrives', async ([a, b]) => {
      await b.joined('news');
      a.broker.announce([publication('news', 1)]);
      a.broker.signal('news', 'bye');
      await a.broker[Symbol.asyncDispose]();
      await Promise.all([b.hears(publication('news', 1)), b.hearsSignal('news', 'bye')]);
    });

    for (const kind of outages) outageContract({ name, kind, test, check, open: openFragile });
  });
}
