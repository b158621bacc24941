import './school.css';
import type { ReactNode } from 'react';
import type * as model from '../../../../src/domains/school/supervision/measure-model.ts';
import { openPage } from '../shell/page.tsx';
import { AnalyticsOfSchools } from './analytics/analytics.tsx';
import { Bars, Figure } from './numbers/figures.tsx';
import { length, number, percent } from './numbers/formats.ts';
import { Table } from './numbers/table.tsx';
import { api } from './schools.tsx';
import { usePolled } from './use-polled.ts';
import { methodWord, schoolWords, statusWord, wordOf } from './words.ts';

type Statistics = (typeof model.Statistics)['static']['data'];

const pauseMs = 10_000;

const Dashboard = (): ReactNode => (
  <div className="stack">
    <Today />
    <AnalyticsOfSchools />
  </div>
);

function Today(): ReactNode {
  const say = schoolWords();
  const { answer } = usePolled<{ readonly data: Statistics }>(`${api}/statistics`, pauseMs);
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

function Methods({ data: { methods, currency } }: { readonly data: Statistics }): ReactNode {
  const say = schoolWords();
  return (
    <Table
      label={say.methods}
      columns={[say.method, say.attempts, say.taken, say.delivered, say.failedOnes, say.cost]}
      rows={Object.entries(methods).map(([name, { attempts, taken, delivered, failed, cost }]) => ({
        key: name,
        name: methodWord(name),
        values: [...[attempts, taken, delivered, failed].map(number), `${number(cost)} ${currency ?? ''}`],
      }))}
      empty={say.noMethods}
    />
  );
}

function latency(found: { readonly p50: number; readonly p95: number; readonly p99: number } | null): string {
  if (!found) return schoolWords().nothing;
  return [found.p50, found.p95, found.p99].map((ms) => length(ms / 1_000)).join(' · ');
}

openPage({ title: () => schoolWords().dashboard, Page: Dashboard });
