import { useRef } from 'react';
import type { Case, CaseList } from '../../../../src/domains/clinic/model.ts';
import {
  type ListChange,
  type LiveListState,
  type Publication,
  useChannel,
  useLiveList,
  useTambuli,
} from '../shell/client.ts';
import { get } from '../shell/rest.ts';
import type { Session } from '../shell/session.ts';
import { toast } from '../shell/toasts.tsx';
import { clinicWords } from './words.ts';

type Page = (typeof CaseList)['static'];

export type Status = Case['status'];

/** The data of `caseStatusUpdate`. */
export interface StatusTold {
  readonly caseId: string;
  readonly status: Status;
  readonly updatedBy: string;
  readonly timestamp: string;
}

/** The channel of the cases that this person sees. */
export const casesOf = (who: Session) => (isWorker(who) ? 'clinic_my_cases' : 'clinic_cases');

export const isWorker = ({ role }: Session) => role === 'asha' || role === 'chw';

const pageSize = 100;

export interface OpenCases extends LiveListState<Case> {
  readonly hasMore: boolean;
  /** Fetches older cases too. */
  readonly more: () => void;
}

/** The cases that this person sees, as they are now. What others do to them is also told as a message. */
export function useCases(who: Session): OpenCases {
  const channel = casesOf(who);
  const client = useTambuli();
  const wanted = useRef(pageSize);
  const hasMore = useRef(false);
  const list = useLiveList<Case>({
    channel,
    keyOf: ({ caseId }) => caseId,
    async getPage(signal) {
      const first = await get<Page>(`/api/cases?limit=${pageSize}`, signal);
      const data = [...first.data];
      let { nextCursor } = first;
      while (nextCursor !== null && data.length < wanted.current) {
        const page = await get<Page>(`/api/cases?limit=${pageSize}&cursor=${nextCursor}`, signal);
        data.push(...page.data);
        nextCursor = page.nextCursor;
      }
      hasMore.current = nextCursor !== null;
      return { data, position: first.position };
    },
    change: (publication, items) => changeOf(publication, items, who),
    compare: byUrgency,
  });
  const known = useRef(list.items);
  known.current = list.items;
  useChannel(channel, (publication) => {
    const { type, data } = publication;
    const { caseId } = data as StatusTold;
    const found = known.current?.find((each) => each.caseId === caseId);
    // A case beyond the pages that were fetched is now among the latest.
    if (type === 'caseStatusUpdate' && known.current && !found) client.channel(channel).refresh();
    tell(publication, found, who);
  });
  function more(): void {
    wanted.current += pageSize;
    client.channel(channel).refresh();
  }
  return { ...list, hasMore: hasMore.current, more };
}

function changeOf({ type, data }: Publication, items: readonly Case[], who: Session): ListChange<Case> {
  if (type === 'newCase' || type === 'caseUpdate') {
    const changed = data as Case;
    const isSeen = !isWorker(who) || changed.workerId === who.userId;
    return isSeen ? { put: changed } : { remove: changed.caseId };
  }
  if (type !== 'caseStatusUpdate') return undefined;
  const { caseId, status, updatedBy, timestamp: updatedAt } = data as StatusTold;
  const found = items.find((each) => each.caseId === caseId);
  return found && { put: { ...found, status, updatedBy, updatedAt } };
}

function tell({ type, data }: Publication, found: Case | undefined, who: Session): void {
  const say = clinicWords();
  const { caseId, status, updatedBy, patientName } = data as Case;
  if (updatedBy === who.userId) return;
  const patient = patientName ?? found?.patientName ?? caseId;
  if (type === 'newCase') toast(say.toldNew(updatedBy, patient));
  else if (type === 'caseUpdate') toast(say.toldChange(updatedBy, patient));
  else if (type === 'caseStatusUpdate') toast(say.told(updatedBy, patient, say.statuses(status)));
}

const urgency: { readonly [Priority in Case['priority']]: number } = { emergency: 0, urgent: 1, routine: 2 };

/** The most urgent first, then the latest. */
function byUrgency(one: Case, other: Case): number {
  const difference = urgency[one.priority] - urgency[other.priority];
  return difference || (one.updatedAt < other.updatedAt ? 1 : -1);
}

/** Whether nothing more is to be done. */
export const isOver = ({ status }: Case): boolean => status === 'COMPLETED' || status === 'CANCELLED';

export type Group = 'yours' | 'others' | 'closed';

/** The group of a case: it waits for this person, for somebody else, or for nobody. */
export function groupOf(of: Case, who: Session): Group {
  if (isOver(of)) return 'closed';
  const { status } = of;
  const isWorkers = status === 'NEW' || status === 'REVIEWED';
  return isWorkers === isWorker(who) ? 'yours' : 'others';
}
