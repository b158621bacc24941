import { type ReactNode, useEffect, useState } from 'react';
import type * as model from '../../../../../src/domains/school/analytics/analytics-model.ts';
import { attempt, get } from '../../shell/rest.ts';
import { toastFailure } from '../../shell/toasts.tsx';
import { api, useAllSchools } from '../schools.tsx';
import { type Days, lastDays, periodOf, zoneOfDevice } from './days.ts';
import { downloadFile } from './download.ts';
import { Numbers } from './numbers.tsx';
import { type Asked, PeriodForm } from './period-form.tsx';
import { analyticsWords } from './words.ts';

type Answer = (typeof model.Analytics)['static'];

const usualDays = 28;

/** The numbers of the schools that a person leads, over days that they choose, and files of them. */
export function AnalyticsOfSchools(): ReactNode {
  const say = analyticsWords();
  const schools = useAllSchools() ?? [];
  const [zone, setZone] = useState(zoneOfDevice);
  const [asked, setAsked] = useState<Asked>();
  const { data, isBusy } = useAnalytics(asked, zone, setZone);
  const days = asked ?? lastDays(usualDays, zone);
  return (
    <section className="stack" aria-labelledby="analytics" aria-busy={isBusy}>
      <h2 id="analytics">{say.title}</h2>
      <PeriodForm
        // The days of another zone are others, until somebody chooses some.
        key={zone}
        days={days}
        schools={schools}
        onShow={setAsked}
        onDownload={(kind, chosen) =>
          attempt(() => downloadFile(`${api}/analytics/export?${queryOf(chosen, zone)}&of=${kind}`))
        }
      />
      {data && (
        <>
          <p className="muted small">{say.zone(data.timeZone)}</p>
          <Numbers data={data} nameOf={(id) => schools.find((school) => school.id === id)?.name ?? id} />
        </>
      )}
    </section>
  );
}

function queryOf({ from, to, schoolId }: Days & { readonly schoolId?: string }, zone: string): string {
  const query = new URLSearchParams(periodOf({ from, to }, zone));
  if (schoolId) query.set('schoolId', schoolId);
  return String(query);
}

/** The server says whose days it counts; where that is not the zone of the device, it is asked again for those days. */
function useAnalytics(
  asked: Asked | undefined,
  zone: string,
  setZone: (zone: string) => void,
): { readonly data: Answer['data'] | undefined; readonly isBusy: boolean } {
  const [data, setData] = useState<Answer['data']>();
  const [isBusy, setIsBusy] = useState(true);
  useEffect(() => {
    const left = new AbortController();
    setIsBusy(true);
    async function ask(): Promise<void> {
      try {
        const query = queryOf(asked ?? lastDays(usualDays, zone), zone);
        const { data: found } = await get<Answer>(`${api}/analytics?${query}`, left.signal);
        if (found.timeZone !== zone) return setZone(found.timeZone);
        setData(found);
      } catch (error) {
        if (left.signal.aborted) return;
        toastFailure(error);
      }
      setIsBusy(false);
    }
    void ask();
    return () => left.abort();
  }, [asked, zone, setZone]);
  return { data, isBusy };
}
