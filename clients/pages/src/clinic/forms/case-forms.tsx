import { type ReactNode, useState } from 'react';
import type { Case } from '../../../../../src/domains/clinic/model.ts';
import type { Session } from '../../shell/session.ts';
import { toast } from '../../shell/toasts.tsx';
import type { LockState } from '../case-lock.ts';
import { isOver, isWorker } from '../cases.ts';
import { useChange } from '../change.ts';
import { lockText, tokenOf } from '../lock-bar.tsx';
import { AssignForm } from './assign-form.tsx';
import { EditForm } from './edit-form.tsx';
import { NotifyForm } from './notify-form.tsx';
import { formWords } from './words.ts';

export interface CaseFormProps {
  readonly of: Case;
  /** Undefined while somebody else, or nobody, has the lock: the form is read-only then. */
  readonly token: number | undefined;
  readonly isSending: boolean;
  /** Carries it out, and tells the person `done`, or the refusal. */
  readonly change: (work: () => Promise<unknown>, done: string) => Promise<void>;
}

interface CaseFormsProps {
  readonly of: Case;
  readonly who: Session;
  readonly lock: LockState;
}

/** The forms that correct, assign and tell of a case, as far as this person may. */
export function CaseForms({ of, who, lock }: CaseFormsProps): ReactNode {
  const say = formWords();
  const { isSending, change } = useChange(of.caseId, who, (refusal) => {
    if (refusal !== undefined) toast(refusal, 'bad');
  });
  const mayAssign = !isWorker(who);
  if (isOver(of) && !mayAssign) return null;
  const props: CaseFormProps = {
    of,
    token: tokenOf(lock),
    isSending,
    change: async (work, done) => {
      if (await change(work)) toast(done, 'good');
    },
  };
  const holder = lock.kind !== 'held' && <p className="small form-lock">{lockText(lock)}</p>;
  return (
    <section className="stack tight decide" aria-labelledby="case-forms">
      <h3 id="case-forms">{say.more}</h3>
      {!isOver(of) && (
        <Folded name={say.edit}>
          {holder}
          <EditForm {...props} />
        </Folded>
      )}
      {!isOver(of) && mayAssign && (
        <Folded name={say.assign}>
          {holder}
          <AssignForm {...props} />
        </Folded>
      )}
      {mayAssign && (
        <Folded name={say.notify}>
          <NotifyForm of={of} />
        </Folded>
      )}
    </section>
  );
}

/** A form that is made when it is first opened, and keeps what was written when it is closed. */
function Folded({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  const [wasOpened, setOpened] = useState(false);
  return (
    <details className="case-form" onToggle={() => setOpened(true)}>
      <summary>{name}</summary>
      {wasOpened && <div className="stack">{children}</div>}
    </details>
  );
}
