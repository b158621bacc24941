import { expect } from 'bun:test';
import { maxSignalBytes } from '../../../src/realtime/ports/broker.ts';
import { publication } from '../../support/services/bus.ts';
import { until } from '../../support/until.ts';
import type { Check } from './broker.ts';

/** The promises of every Broker about signals. */
export function signalContract(check: Check): void {
  check('a signal reaches whoever else has joined the channel, and nobody else', async ([a, b, c]) => {
    await a.joined('news', 'last');
    await b.joined('news', 'last');
    await c.joined('other', 'last');
    for (const channel of ['news', 'other', 'nobody', 'last']) a.broker.signal(channel, 'typing');
    await Promise.all([b.hearsSignal('last', 'typing'), c.hearsSignal('last', 'typing')]);
    expect(b.signals).toEqual(['news typing', 'last typing']);
    expect(c.signals).toEqual(['other typing', 'last typing']);
    b.broker.signal('last', 'back');
    await a.hearsSignal('last', 'back');
    expect(a.signals).toEqual(['last back']);
    expect([a.heard, b.heard, c.heard]).toEqual([[], [], []]);
  });

  check('a signal comes letter by letter, up to the last byte of the bound', async ([a, b]) => {
    const message = JSON.stringify({ origin: 'x', id: 'x', channel: 'news', type: 't', offset: 1 });
    const texts = [
      '',
      '\n',
      ' \r\n\t\u0001\u2028\\"\'$1 ',
      'Ñoño 漢字 🎺\u200d\ufeff\uffff',
      `${message}\n{}`,
      '["x",[["news","e1",1]]]',
      '"'.repeat(maxSignalBytes),
      '\n'.repeat(maxSignalBytes),
      '🎺'.repeat(maxSignalBytes / 4),
    ];
    const name = `it's "odd" \\ two\nlines 漢 ${'x'.repeat(200)}`;
    await b.joined('news', name);
    for (const channel of ['news', name]) for (const text of texts) a.broker.signal(channel, text);
    a.broker.signal('news', 'last');
    await b.hearsSignal('news', 'last');
    const all = ['news', name].flatMap((channel) => texts.map((text) => `${channel} ${text}`));
    expect(b.signals).toEqual([...all, 'news last']);
    expect(b.heard).toEqual([]);
  });

  check('a signal too long, or that is no Unicode text, goes nowhere and harms nobody', async ([a, b]) => {
    await b.joined('news');
    const refused = ['x'.repeat(maxSignalBytes + 1), `${'漢'.repeat(maxSignalBytes / 3)}x`];
    for (const text of [...refused, 'x'.repeat(10_000_000), 'nul\0', '\ud800']) {
      a.broker.signal('news', text);
      a.broker.announce([publication('news', 1)]);
    }
    a.broker.signal('news', 'last');
    await Promise.all([b.hearsSignal('news', 'last'), b.hears(publication('news', 1))]);
    expect(b.signals).toEqual(['news last']);
  });

  check(
    'one process’s signals come in their order, equal ones each, beside what is announced',
    async ([a, b, c]) => {
      await b.joined('news', 'other');
      await c.joined('news');
      const said: string[] = [];
      for (let n = 1; n <= 1_000; n++) {
        const text = n % 3 ? 'in' : `out ${n}`;
        said.push(text);
        a.broker.signal('news', text);
        a.broker.announce([publication('other', n)]);
        if (n % 100 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      await until(() => b.signals.length >= said.length && c.signals.length >= said.length);
      await b.hears(publication('other', 1_000));
      for (const { signals } of [b, c]) expect(signals).toEqual(said.map((text) => `news ${text}`));
    },
  );

  check('a channel that was left has no signals, and has them once it is joined again', async ([a, b]) => {
    await b.joined('news', 'last');
    b.broker.leave('news');
    a.broker.signal('news', 'unheard');
    a.broker.signal('last', 'over');
    await b.hearsSignal('last', 'over');
    await b.joined('news');
    a.broker.signal('news', 'heard');
    await b.hearsSignal('news', 'heard');
    expect(b.signals).toEqual(['last over', 'news heard']);
  });
}
