import './demo.css';
import { type ReactNode, useEffect, useState } from 'react';
import { facts } from '../shell/facts.ts';
import { openPage } from '../shell/page.tsx';
import type { Session } from '../shell/session.ts';
import { countsOf, sumOf } from './ledger.ts';
import { openPhone, type Phone } from './phone.ts';
import { PhoneView } from './phone-view.tsx';
import { Portal } from './portal.tsx';
import { useLog } from './use-log.ts';
import { demoWords } from './words.ts';

/** The people of the phones: the one who is signed in for both, where the server checks tokens. */
function guestsOf(who: Session): readonly (readonly [name: string, who: Session])[] {
  if (facts.mode === 'jwt')
    return [
      ['A', who],
      ['B', who],
    ];
  const guest = (userId: string): Session => ({ userId, role: 'user', tenants: [] });
  return [
    ['Mara', guest('user-123')],
    ['Jonas', guest('user-456')],
  ];
}

function Page({ who }: { readonly who: Session }): ReactNode {
  const say = demoWords();
  const [phones, setPhones] = useState<readonly Phone[]>([]);
  useEffect(() => {
    const opened = guestsOf(who).map(([name, guest]) => openPhone(name, guest));
    setPhones(opened);
    return () => {
      for (const phone of opened) phone.close();
    };
  }, [who]);
  const log = useLog();
  const counts = phones.map(({ account }) => countsOf(log, account.value));
  const sum = sumOf(counts);
  const isGood = sum.lost + sum.doubled === 0;
  const views = phones.map((phone, index) => (
    <PhoneView key={phone.name} phone={phone} counts={counts[index] ?? sum} />
  ));
  return (
    <div className="stack">
      <p>{say.intro}</p>
      <section className="card ledger" aria-labelledby="counted">
        <h2 id="counted" className="muted small">
          {say.counted}
        </h2>
        <p className="figure" role="status" data-tone={isGood ? 'good' : 'bad'}>
          {say.sum(sum.lost, sum.doubled, sum.told)}
        </p>
        <p className="muted small">{say.toldHelp}</p>
      </section>
      <div className="demo">
        {views[0]}
        <Portal who={who} phones={phones} />
        {views[1]}
      </div>
    </div>
  );
}

openPage({ title: () => demoWords().title, Page });
