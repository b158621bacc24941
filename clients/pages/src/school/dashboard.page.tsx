import './school.css';
import type { ReactNode } from 'react';
import type * as model from '../../../../src/domains/school/supervision/measure-model.ts';
import { language } from '../shell/language.ts';
import { openPage } from '../shell/page.tsx';
import { api } from './schools.tsx';
import { usePolled } from './use-polled.ts';
import { schoolWords, statusWord, wordOf } from './words.ts';

type Statistics = (typeof model.Statistics)['static']['data'];

const pauseMs = 10_000;

function Dashboard(): ReactNode {
  const say = schoolWords();
  const answer = usePolled<{ readonly data: Statistics }>(`${api}/statistics`, pauseMs);
  if (!answer) return <p aria-busy="true" />;
  const { data } = answer;
  return (
    <div className="stack">
      <h2>{say.today}</h2>
      <div className="grid">
        <Figure label={say.deliveries} value={number(data.deliveries)} />
        <Figure label={say.deliveryRate} value={percent(data.deliveryRate)} />
        <Figure label={say.acknowledgementRate} value={percent(data.acknowledgementRate)} />
        <Figure label={say.failureRate} value={percent(data.failureRate)} />
        <Figure label={say.peakUsers} value={number(data.peakUsers)} />
      </div>
      <div className="grid latency">
        <Figure label={say.toSent} value={latency(data.createdToSent)} note={say.percentile} />
        <Figure label={say.toDelivered} value={latency(data.sentToDelivered)} note={say.percentile} />
        <Figure label={say.toAcknowledged} value={latency(data.sentToAcknowledged)} note={say.percentile} />
      </div>
      <div className="grid">
        <Bars label={say.byStatus} counts={data.byStatus} word={statusWord} />
        <Bars label={say.byPriority} counts={data.byPriority} word={wordOf} />
      </div>
      <Methods data={data} />
    </div>
  );
}

function Figure({ label, value, note }: { label: string; value: string; note?: string }): ReactNode {
  return (
    <div className="card stack tight">
      <p className="muted">{label}</p>
      <p className="figure">{value}</p>
      {note && <p className="muted small">{note}</p>}
    </div>
  );
}

function Bars({
  label,
  counts,
  word,
}: {
  readonly label: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly word: (name: string) => string;
}): ReactNode {
  const most = Math.max(1, ...Object.values(counts));
  return (
    <section className="card stack tight" aria-label={label}>
      <h3>{label}</h3>
      {Object.keys(counts).length === 0 && <p className="muted">{schoolWords().nothing}</p>}
      {Object.entries(counts).map(([name, count]) => (
        <label key={name} className="bar-row">
          <span>{word(name)}</span>
          <progress value={count} max={most} />
          <span className="number">{number(count)}</span>
        </label>
      ))}
    </section>
  );
}

function Methods({ data: { methods, currency } }: { readonly data: Statistics }): ReactNode {
  const say = schoolWords();
  const rows = Object.entries(methods);
  return (
    <section className="card stack tight" aria-labelledby="methods">
      <h3 id="methods">{say.methods}</h3>
      {rows.length === 0 ? (
        <p className="muted">{say.noMethods}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        <section className="scroll" tabIndex={0} aria-labelledby="methods">
          <table>
            <thead>
              <tr>
                {[say.method, say.attempts, say.taken, say.delivered, say.failedOnes, say.cost].map(
                  (name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map(([method, { attempts, taken, delivered, failed, cost }]) => (
                <tr key={method}>
                  <th scope="row">{method}</th>
                  <td>{number(attempts)}</td>
                  <td>{number(taken)}</td>
                  <td>{number(delivered)}</td>
                  <td>{number(failed)}</td>
                  <td>
                    {number(cost)} {currency}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

const number = (value: number): string => value.toLocaleString(language.value);
const percent = (rate: number | null): string =>
  rate === null
    ? schoolWords().nothing
    : rate.toLocaleString(language.value, { style: 'percent', maximumFractionDigits: 1 });

function latency(found: { readonly p50: number; readonly p95: number; readonly p99: number } | null): string {
  if (!found) return schoolWords().nothing;
  return [found.p50, found.p95, found.p99].map(duration).join(' · ');
}

const duration = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${number(Math.round(ms / 100) / 10)} s`;

openPage({ title: () => schoolWords().dashboard, Page: Dashboard });
