import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { CaseDetail } from '../../../../src/domains/clinic/model.ts';
import { momentOf } from '../shell/browser/time.ts';
import { useChannel, usePresence, useSnapshot, useTambuli } from '../shell/client.ts';
import { get, RestError, request } from '../shell/rest.ts';
import type { Session } from '../shell/session.ts';
import { PriorityBadge, StatusBadge } from './case-list.tsx';
import { useCaseLock } from './case-lock.ts';
import { isOver, isWorker, type Status, type StatusTold } from './cases.ts';
import { useChange } from './change.ts';
import { Chat } from './chat/chat.tsx';
import { CaseForms } from './forms/case-forms.tsx';
import { ReviewForm } from './forms/review-form.tsx';
import { LockBar, tokenOf } from './lock-bar.tsx';
import { clinicWords } from './words.ts';

type Answer = (typeof CaseDetail)['static'];
export type Detail = Answer['data'];

/** One case: what it says, what may be done with it by the one who has its lock, and the conversation about it. */
export function CaseView({ caseId, who }: { readonly caseId: string; readonly who: Session }): ReactNode {
  const say = clinicWords();
  const found = useCase(caseId);
  const [lock, take] = useCaseLock(caseId);
  const [refusal, setRefusal] = useState<string | undefined>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  const isThere = found !== undefined;
  useEffect(() => {
    if (isThere) heading.current?.focus();
  }, [isThere]);
  if (found === undefined) return <div className="card" aria-busy="true" />;
  if (found === null || lock.kind === 'gone') return <p role="alert">{say.gone}</p>;
  const { patientName, complaint, village, priority, status, workerId, clinicianId } = found;
  const { updatedBy, updatedAt, reviews } = found;
  return (
    <>
      <article className="card stack" aria-labelledby="case-title">
        <header className="stack tight">
          <div className="spread">
            <h2 id="case-title" ref={heading} tabIndex={-1}>
              {patientName}
            </h2>
            <span className="cluster">
              <PriorityBadge priority={priority} />
              <StatusBadge status={status} />
            </span>
          </div>
          <p className="complaint">{complaint}</p>
          <p className="muted small facts">
            {village && <span>{village}</span>}
            <span>{say.broughtBy(workerId)}</span>
            {clinicianId !== null && <span>{say.assignedTo(clinicianId)}</span>}
            <span>{say.changedBy(updatedBy, momentOf(updatedAt))}</span>
          </p>
          <Here caseId={caseId} who={who} />
        </header>
        {reviews.length > 0 && (
          <section className="stack tight" aria-labelledby="reviews">
            <h3 id="reviews">{say.reviews}</h3>
            {reviews.map((review) => (
              <div key={review.reviewId} className="review">
                <p>{review.assessment}</p>
                {review.advice && (
                  <p>
                    <strong>{say.advice}:</strong> {review.advice}
                  </p>
                )}
                <p className="muted small">
                  {say.reviewedBy(review.clinicianId, momentOf(review.createdAt))}
                </p>
              </div>
            ))}
          </section>
        )}
        <section className="stack decide" aria-labelledby="next-step">
          <h3 id="next-step">{say.next}</h3>
          {refusal !== undefined && <p role="alert">{refusal}</p>}
          {isOver(found) && <p className="muted">{say.nothingFollows}</p>}
          {!isOver(found) && <LockBar state={lock} take={take} />}
          {found.steps.length > 0 ? (
            <Decide of={found} who={who} token={tokenOf(lock)} onRefusal={setRefusal} />
          ) : (
            !isOver(found) && <p className="muted">{say.othersTurn}</p>
          )}
        </section>
        <CaseForms of={found} who={who} lock={lock} />
      </article>
      <Chat key={caseId} caseId={caseId} who={who} />
    </>
  );
}

/** The case as it is now; null when this person does not see it, undefined until it is known. */
function useCase(caseId: string): Detail | null | undefined {
  const name = `clinic_case:${caseId}`;
  const client = useTambuli();
  const { data } = useSnapshot<string, Detail | null>(
    name,
    async (signal) => {
      try {
        return await get<Answer>(`/api/cases/${encodeURIComponent(caseId)}`, signal);
      } catch (error) {
        if (error instanceof RestError && (error.status === 404 || error.status === 403))
          return { data: null };
        throw error;
      }
    },
    (before, { type, data: told }) => {
      if (!before || type !== 'caseStatusUpdate') return before;
      const { status, updatedBy, timestamp: updatedAt } = told as StatusTold;
      return { ...before, status, updatedBy, updatedAt, steps: [] };
    },
  );
  useChannel(name, ({ type }) => {
    // Reviews and the next steps come with the case alone.
    if (type.startsWith('case')) client.channel(name).refresh();
  });
  return data;
}

/** The others who have the case open. */
function Here({ caseId, who }: { readonly caseId: string; readonly who: Session }): ReactNode {
  const { users } = usePresence(`clinic_case:${caseId}`);
  const others = users.filter(({ userId }) => userId !== who.userId);
  if (others.length === 0) return null;
  return (
    <p className="small online">
      {clinicWords().here}: {others.map(({ userId }) => userId).join(', ')}
    </p>
  );
}

interface DecideProps {
  readonly of: Detail;
  readonly who: Session;
  /** Undefined while somebody else, or nobody, has the lock. */
  readonly token: number | undefined;
  readonly onRefusal: (refusal: string | undefined) => void;
}

/** The steps that the server says are legal for this person, and the review of a clinician. */
function Decide({ of: { caseId, steps, status }, who, token, onRefusal }: DecideProps): ReactNode {
  const say = clinicWords();
  const { isSending, change } = useChange(caseId, who, onRefusal);
  const worker = isWorker(who);
  // Advice says more than a status alone, so a review under way is ended by its form.
  const isReviewed = !worker && status === 'IN_REVIEW';
  const byForm: readonly Status[] = worker ? [] : isReviewed ? ['REVIEWED', 'COMPLETED'] : ['REVIEWED'];
  const offered = steps.filter((step) => !byForm.includes(step)).sort(byWeight);
  const first = offered[0];
  const step = (next: Status) =>
    change(() => request('POST', '/api/cases/update-status', { caseId, status: next, fencingToken: token }));
  const isDisabled = token === undefined || isSending;
  return (
    <div className="stack">
      {isReviewed && <ReviewForm caseId={caseId} token={token} isDisabled={isDisabled} change={change} />}
      <div className="cluster">
        {offered.map((next) => (
          <button
            key={next}
            type="button"
            className={isReviewed || next === 'CANCELLED' ? 'quiet' : next === first ? 'primary' : ''}
            disabled={isDisabled}
            onClick={() => void step(next)}
          >
            {say.steps(next, worker)}
          </button>
        ))}
      </div>
    </div>
  );
}

const order: readonly Status[] = ['IN_REVIEW', 'FORWARDED', 'REVIEWED', 'COMPLETED', 'NEW', 'CANCELLED'];
const byWeight = (one: Status, other: Status) => order.indexOf(one) - order.indexOf(other);
