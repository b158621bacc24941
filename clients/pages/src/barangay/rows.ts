import { useRef } from 'react';
import type { RowList } from '../../../../src/domains/barangay/model.ts';
import { type LiveListState, useLiveList, useTambuli } from '../shell/client.ts';
import { get } from '../shell/rest.ts';

type Page = (typeof RowList)['static'];

/** The columns that the board shows. The tables are the application's own: any of them may be missing. */
export interface Hearing {
  readonly id: number;
  readonly blotterReportId?: number | null;
  readonly hearingDate?: string | null;
  readonly hearingTime?: string | null;
  readonly location?: string | null;
  readonly purpose?: string | null;
  readonly status?: string | null;
  readonly notes?: string | null;
}

export interface Case {
  readonly id: number;
  readonly caseNumber?: string | null;
  readonly incidentType?: string | null;
  readonly incidentDate?: string | null;
  readonly incidentTime?: string | null;
  readonly incidentLocation?: string | null;
  readonly narrative?: string | null;
  readonly complainant?: string | null;
  readonly status?: string | null;
  readonly priority?: string | null;
  readonly assignedOfficers?: readonly unknown[] | string | null;
  readonly filedBy?: string | number | null;
}

const pageSize = 500;

export interface Rows<Row> extends LiveListState<Row> {
  readonly hasMore: boolean;
  readonly more: () => void;
}

/** By channel, the list that it keeps up to date. */
const lists = { hearings: 'hearings', cases: 'cases', my_cases: 'cases/own' } as const;

/** The rows of a list of the barangay as they are now. */
export function useRows<Row extends { readonly id: number }>(channel: keyof typeof lists): Rows<Row> {
  const client = useTambuli();
  const wanted = useRef(pageSize);
  const hasMore = useRef(false);
  const list = useLiveList<Row>({
    channel,
    keyOf: ({ id }) => String(id),
    async getPage(signal) {
      const path = `/api/barangay/${lists[channel]}?limit=${pageSize}`;
      const first = await get<Page>(path, signal);
      const data = [...first.data];
      let { nextCursor } = first;
      while (nextCursor !== null && data.length < wanted.current) {
        const page = await get<Page>(`${path}&cursor=${nextCursor}`, signal);
        data.push(...page.data);
        nextCursor = page.nextCursor;
      }
      hasMore.current = nextCursor !== null;
      return { data: data as unknown as readonly Row[], position: first.position };
    },
    change: ({ eventType, data }) =>
      eventType === 'deleted' ? { remove: String((data as Row).id) } : { put: data as Row },
  });
  function more(): void {
    wanted.current += pageSize;
    client.channel(channel).refresh();
  }
  return { ...list, hasMore: hasMore.current, more };
}

/** `2025-12-05` of a day that a database may write with a time behind it. */
export const dayOf = ({ hearingDate }: Hearing): string => (hearingDate ?? '').slice(0, 10);

/** `09:00` */
export const timeOf = (time: string | null | undefined): string => (time ?? '').slice(0, 5);

const over = /^(resolved|settled|completed|closed|dismissed|cancelled|archived)$/i;
export const isOver = ({ status }: Case): boolean => over.test(status ?? '');

export const nameOf = ({ caseNumber, id }: Case): string => caseNumber ?? String(id);
