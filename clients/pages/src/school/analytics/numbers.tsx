import type { ReactNode } from 'react';
import type { Analytics, Funnel } from '../../../../../src/domains/school/analytics/analytics-model.ts';
import { Bars, Figure } from '../numbers/figures.tsx';
import { length, number, percent } from '../numbers/formats.ts';
import { Table, type TableRow } from '../numbers/table.tsx';
import { methodWord, schoolWords, typeWord, wordOf } from '../words.ts';
import { analyticsWords } from './words.ts';

const steps = ['sent', 'delivered', 'read', 'acknowledged'] as const;
type Step = (typeof steps)[number];

interface NumbersProps {
  readonly data: Analytics;
  /** The name of a school. */
  readonly nameOf: (id: string) => string;
}

/** The answer of the route, as figures and tables. */
export function Numbers({ data, nameOf }: NumbersProps): ReactNode {
  const say = analyticsWords();
  const { funnel, sessions, pages } = data;
  const stepWords = useStepWords();
  return (
    <>
      <div className="grid">
        <Bars
          label={say.funnel}
          counts={{ recipients: funnel.recipients, ...pick(funnel) }}
          word={(step) => (step === 'recipients' ? say.recipients : stepWords[step as Step])}
        />
        <Bars label={say.days} counts={countsOf(data.days, 'day')} word={String} />
        <Bars label={say.weeks} counts={countsOf(data.weeks, 'week')} word={String} />
      </div>
      <div className="grid">
        <Figure label={say.timeToRead} value={length(funnel.meanSecondsToRead)} />
        <Figure label={say.escalated} value={number(funnel.escalated)} />
        <Figure label={say.sessions} value={number(sessions.sessions)} />
        <Figure label={say.meanLength} value={length(sessions.meanSeconds)} />
        <Figure label={say.medianLength} value={length(sessions.medianSeconds)} />
      </div>
      <div className="wide-grid">
        {data.bySchool.length > 1 && <Breakdown label={say.bySchool} rows={data.bySchool} word={nameOf} />}
        <Breakdown label={say.byRole} rows={data.byRole} word={wordOf} />
        <Breakdown
          label={say.byType}
          rows={data.byType}
          word={(name) => typeWord({ name, description: '' })}
        />
        <Breakdown label={say.byMethod} rows={data.byMethod} word={methodWord} />
        <Breakdown label={say.byHour} rows={data.byHour} word={(hour) => `${hour.padStart(2, '0')}:00`} />
        <Table
          label={say.pages}
          columns={[say.page, say.views, say.clicks, say.interactions, say.time]}
          rows={pages.map(({ page, views, clicks, interactions, seconds }) => ({
            key: page,
            name: page,
            values: [number(views), number(clicks), number(interactions), length(seconds)],
          }))}
          empty={say.noPages}
        />
      </div>
    </>
  );
}

interface BreakdownProps {
  readonly label: string;
  readonly rows: readonly (Funnel & { readonly name: string })[];
  readonly word: (name: string) => string;
}

/** Each step of the funnel as a part of what was sent. */
function Breakdown({ label, rows, word }: BreakdownProps): ReactNode {
  const say = analyticsWords();
  const { sent, ...later } = useStepWords();
  const part = (count: number, of: number) => `${number(count)} · ${percent(of === 0 ? null : count / of)}`;
  return (
    <Table
      label={label}
      columns={[say.name, sent, ...Object.values(later), schoolWords().failed]}
      rows={rows.map(
        (row): TableRow => ({
          key: row.name,
          name: word(row.name) || schoolWords().nothing,
          values: [
            number(row.sent),
            ...steps.slice(1).map((step) => part(row[step], row.sent)),
            number(row.failed + row.expired),
          ],
        }),
      )}
      empty={say.empty}
    />
  );
}

function useStepWords(): Readonly<Record<Step, string>> {
  const { statusSent, delivered, statusRead, acknowledged } = schoolWords();
  return { sent: statusSent, delivered, read: statusRead, acknowledged };
}

const pick = (funnel: Funnel) => Object.fromEntries(steps.map((step) => [step, funnel[step]]));

const countsOf = <Unit extends string>(
  rows: readonly (Readonly<Record<Unit, string>> & { readonly people: number })[],
  unit: Unit,
): Readonly<Record<string, number>> => Object.fromEntries(rows.map((row) => [row[unit], row.people]));
