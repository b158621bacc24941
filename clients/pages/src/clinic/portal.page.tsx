import './clinic.css';
import type { ReactNode } from 'react';
import { place } from '../shell/browser/place.ts';
import { usePresence } from '../shell/client.ts';
import { facts } from '../shell/facts.ts';
import { openPage } from '../shell/page.tsx';
import { type Session, session } from '../shell/session.ts';
import { CaseList } from './case-list.tsx';
import { CaseView } from './case-view.tsx';
import { isWorker } from './cases.ts';
import { NewCaseForm } from './forms/new-case.tsx';
import { ClinicNotices } from './notices.tsx';
import { clinicWords } from './words.ts';

function title(): string {
  const say = clinicWords();
  const role = session.value?.role ?? facts.path.slice(1);
  return { asha: say.titleAsha, chw: say.titleChw }[role] ?? say.titleClinician;
}

/** The portal of a health worker or a clinician: their cases, and the one that is chosen in the address. */
function Page({ who }: { readonly who: Session }): ReactNode {
  const say = clinicWords();
  const at = place.value;
  const caseId = at.startsWith('case=') ? at.slice('case='.length) : '';
  const mayBring = isWorker(who) || who.role === 'admin';
  const isNew = at === 'new' && mayBring;
  return (
    <div className="beside clinic" data-open={caseId !== '' || isNew ? '' : undefined}>
      <nav className="stack clinic-list" aria-label={say.cases}>
        <div className="spread">
          {mayBring ? (
            <a className="action" href="#new">
              {say.newCase}
            </a>
          ) : (
            <Online who={who} />
          )}
          <ClinicNotices />
        </div>
        {mayBring && <Online who={who} />}
        <CaseList who={who} chosen={caseId} />
      </nav>
      <div className="stack clinic-case">
        {(caseId !== '' || isNew) && (
          <a className="to-list" href="#cases">
            ← {say.back}
          </a>
        )}
        {isNew && <NewCaseForm />}
        {caseId !== '' && <CaseView key={caseId} caseId={caseId} who={who} />}
        {caseId === '' && !isNew && <p className="card muted choose">{say.choose}</p>}
      </div>
    </div>
  );
}

/** The people of the clinic who have a page or an app open. */
function Online({ who }: { readonly who: Session }): ReactNode {
  const say = clinicWords();
  const { users } = usePresence('clinic_lobby');
  const others = users.filter(({ userId }) => userId !== who.userId);
  return (
    <p className="online small" role="status">
      {others.length === 0
        ? say.nobodyElse
        : `${say.online}: ${others.map(({ userId, role }) => `${userId} (${say.roles(role)})`).join(', ')}`}
    </p>
  );
}

openPage({ title, Page });
