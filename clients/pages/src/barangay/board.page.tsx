import './barangay.css';
import type { ReactNode } from 'react';
import { openPage } from '../shell/page.tsx';
import type { Session } from '../shell/session.ts';
import { Cases } from './cases.tsx';
import { Hearings } from './hearings.tsx';
import { BarangayNotices } from './notices.tsx';
import { OwnCases } from './own-cases.tsx';
import { type Case, type Hearing, useRows } from './rows.ts';
import { boardWords } from './words.ts';

const officials: readonly string[] = ['officer', 'captain', 'admin'];

/** The board of an official, or the own cases of anybody else. */
function Page({ who }: { readonly who: Session }): ReactNode {
  return (
    <div className="stack barangay">
      <div className="notices">
        <BarangayNotices />
      </div>
      {officials.includes(who.role) ? <Board /> : <OwnCases />}
    </div>
  );
}

function Board(): ReactNode {
  const cases = useRows<Case>('cases');
  const hearings = useRows<Hearing>('hearings');
  return (
    <div className="beside board">
      <Hearings rows={hearings} cases={cases.items ?? []} />
      <Cases rows={cases} />
    </div>
  );
}

openPage({ title: () => boardWords().title, Page });
