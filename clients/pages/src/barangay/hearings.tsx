import { type ReactNode, useState } from 'react';
import { useChannel } from '../shell/client.ts';
import { language } from '../shell/language.ts';
import { toast } from '../shell/toasts.tsx';
import { Badge } from './badge.tsx';
import { type Case, dayOf, type Hearing, nameOf, type Rows, timeOf } from './rows.ts';
import { boardWords } from './words.ts';

interface HearingsProps {
  readonly rows: Rows<Hearing>;
  readonly cases: readonly Case[];
}

/** The hearings of one day: today's, or those of the nearest day that has some. */
export function Hearings({
  rows: { items, changed, error, hasMore, more },
  cases,
}: HearingsProps): ReactNode {
  const say = boardWords();
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const days = [...new Set(items?.map(dayOf))].filter((day) => day !== '').sort();
  const day = chosen ?? nearest(days);
  useChannel('hearings', ({ data }) => {
    const changed = data as Hearing;
    // A row that is shown marks its change by itself.
    if (dayOf(changed) !== day) {
      toast(say.hearingTold(dayName(dayOf(changed)), changed.purpose ?? String(changed.id)));
    }
  });
  if (error) return <p role="alert">{error.message}</p>;
  if (!items) return <div aria-busy="true" />;
  const shown = items
    .filter((each) => dayOf(each) === day)
    .sort((one, other) => timeOf(one.hearingTime).localeCompare(timeOf(other.hearingTime)));
  const before = days.filter((each) => each < day).at(-1);
  const after = days.find((each) => each > day);
  return (
    <section className="stack" aria-labelledby="hearings">
      <div className="spread">
        <h2 id="hearings">{say.hearings}</h2>
        <div className="cluster">
          <Go to={before} name={say.before} sign="‹" go={setChosen} />
          <button type="button" className="quiet" onClick={() => setChosen(today())}>
            {say.today}
          </button>
          <Go to={after} name={say.after} sign="›" go={setChosen} />
        </div>
      </div>
      <div className="day">
        <p className="day-name" role="status">
          {dayName(day)}
        </p>
        <p className="muted">{say.ofDay(shown.length)}</p>
      </div>
      {shown.length === 0 && <p className="card muted">{say.noHearings}</p>}
      <ul className="tambuli-list" aria-label={say.hearings}>
        {shown.map((each) => {
          const change = changed.get(String(each.id));
          return (
            <li key={each.id}>
              {change !== undefined && <span key={change} className="tambuli-mark" aria-hidden="true" />}
              <HearingRow of={each} about={cases.find(({ id }) => id === each.blotterReportId)} />
            </li>
          );
        })}
      </ul>
      {hasMore && (
        <button type="button" className="quiet" onClick={more}>
          {say.older}
        </button>
      )}
    </section>
  );
}

interface GoProps {
  readonly to: string | undefined;
  readonly name: string;
  readonly sign: string;
  readonly go: (day: string) => void;
}

function Go({ to, name, sign, go }: GoProps): ReactNode {
  return (
    <button
      type="button"
      className="icon"
      aria-label={name}
      title={name}
      disabled={to === undefined}
      onClick={() => to !== undefined && go(to)}
    >
      {sign}
    </button>
  );
}

function HearingRow({ of, about }: { readonly of: Hearing; readonly about: Case | undefined }): ReactNode {
  const { hearingTime, purpose, location, status, notes } = of;
  const say = boardWords();
  return (
    <article className="card hearing">
      <p className="hearing-time number">{timeOf(hearingTime)}</p>
      <div className="stack tight">
        <p className="spread">
          <strong>{purpose ?? say.hearings}</strong>
          <Badge of={status} />
        </p>
        <p>
          {about ? (
            <>
              <span className="number">{nameOf(about)}</span> · {about.incidentType}
            </>
          ) : (
            <span className="muted">{say.noCase}</span>
          )}
        </p>
        {location && <p className="muted">{location}</p>}
        {notes && <p className="muted small">{notes}</p>}
      </div>
    </article>
  );
}

/** The day of the device, as a database writes days. */
function today(): string {
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** Today if it has hearings, then the first day to come, then the last one past. */
function nearest(days: readonly string[]): string {
  const now = today();
  return days.find((day) => day >= now) ?? days.at(-1) ?? now;
}

function dayName(day: string): string {
  const date = new Date(`${day}T00:00`);
  if (Number.isNaN(date.getTime())) return day;
  return date.toLocaleDateString(language.value, { dateStyle: 'full' });
}
