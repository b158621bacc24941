import { useState } from 'react';
import { useTambuli } from '../shell/client.ts';
import { RestError } from '../shell/rest.ts';
import type { Session } from '../shell/session.ts';
import { casesOf, type Status } from './cases.ts';
import { clinicWords } from './words.ts';

export interface Changes {
  readonly isSending: boolean;
  /** Resolves with whether the server did it. */
  readonly change: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** Carries out changes of a case. A refusal is told in this person's words, and brings the page up to date. */
export function useChange(
  caseId: string,
  who: Session,
  onRefusal: (refusal: string | undefined) => void,
): Changes {
  const client = useTambuli();
  const [isSending, setSending] = useState(false);
  async function change(work: () => Promise<unknown>): Promise<boolean> {
    setSending(true);
    onRefusal(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      onRefusal(refusalOf(error));
      for (const name of [`clinic_case:${caseId}`, casesOf(who)]) client.channel(name).refresh();
      return false;
    } finally {
      setSending(false);
    }
  }
  return { isSending, change };
}

/** The reason for which the server did not do it. */
function refusalOf(error: unknown): string {
  const say = clinicWords();
  if (!(error instanceof RestError)) return String(error);
  if (error.status !== 409) return error.message;
  const { holder, status } = (error.problem?.details ?? {}) as {
    readonly holder?: { readonly userId: string } | null;
    readonly status?: Status;
  };
  if (holder) return say.conflictLocked(holder.userId);
  return status === undefined ? say.conflict : say.conflictStatus(say.statuses(status));
}
