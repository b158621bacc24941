import { expect } from 'bun:test';
import { maxSignalBytes } from '../../../src/realtime/ports/broker.ts';
import type { RegisterTest } from '../../support/processes/components.ts';
import { connectMember, createMember, publication } from '../../support/services/bus.ts';
import { until } from '../../support/until.ts';
import type { Bus, Check, Outage } from './broker.ts';

interface OutageOptions {
  readonly name: string;
  /** One of the bus's `outages`. */
  readonly kind: string;
  readonly test: RegisterTest;
  readonly check: Check;
  open(): Promise<Bus>;
}

/** The promises of every Broker about a bus that goes away and comes back. */
export function outageContract({ name, kind, test, check, open }: OutageOptions): void {
  const outage = (bus: Bus): Outage => {
    const found = bus.outages?.[kind];
    if (!found) throw new Error(`${name} has no outage "${kind}"`);
    return found;
  };

  check(
    `${kind}: nobody waits or fails, a gap is told, and all is heard again`,
    async ([a, b, c], bus) => {
      await b.joined('before');
      await c.joined('before');
      await outage(bus).begin();
      await until(() => [a, b, c].every(({ broker }) => !broker.connected));
      for (let n = 1; n <= 1_000; n++) {
        a.broker.announce([publication('before', n)]);
        a.broker.signal('before', 'x'.repeat(maxSignalBytes));
      }
      a.broker.echo(publication('before', 1_001));
      await b.joined('during');
      const gaps = Promise.all([b.gap(), c.gap()]);
      await outage(bus).end();
      await gaps;
      await until(() => [a, b, c].every(({ broker }) => broker.connected));
      const after = [publication('before', 5_000), publication('during', 5_000)];
      a.broker.announce(after);
      await Promise.all([...after.map((each) => b.hears(each)), c.hears(publication('before', 5_000))]);
      for (const channel of ['before', 'during']) a.broker.signal(channel, 'again');
      const signals = [b.hearsSignal('before', 'again'), b.hearsSignal('during', 'again')];
      await Promise.all([...signals, c.hearsSignal('before', 'again')]);
    },
    open,
  );

  test(`${kind}: a process that starts meanwhile joins at once and hears when it is over`, async () => {
    await using bus = await open();
    await using a = await connectMember(bus.connect);
    await outage(bus).begin();
    await using late = createMember(bus.connect);
    await late.joined('news');
    expect(late.broker.connected).toBe(false);
    const gaps = late.gap();
    await outage(bus).end();
    await gaps;
    await until(() => a.broker.connected && late.broker.connected);
    a.broker.announce([publication('news', 1)]);
    a.broker.signal('news', 'again');
    await Promise.all([late.hears(publication('news', 1)), late.hearsSignal('news', 'again')]);
  }, 60_000);

  check(
    `${kind}: a process can leave the bus all the same`,
    async ([a, b], bus) => {
      await a.joined('news');
      await outage(bus).begin();
      const started = performance.now();
      await a.broker[Symbol.asyncDispose]();
      await until(() => !b.broker.connected);
      await b.broker[Symbol.asyncDispose]();
      expect(performance.now() - started).toBeLessThan(15_000);
      await outage(bus).end();
    },
    open,
  );
}
