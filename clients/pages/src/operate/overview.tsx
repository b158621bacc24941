import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Overview, ProcessItem } from '../../../../src/operate/processes/model.ts';
import { usePoll } from '../shell/browser/use-poll.ts';
import { language } from '../shell/language.ts';
import { Chart } from './chart.tsx';
import {
  between,
  type Moment,
  quantile,
  sayBytes,
  sayMs,
  sayRate,
  sayTime,
  settledOf,
  shortId,
  sinceStart,
} from './numbers.ts';
import { linkTo } from './route.ts';
import { State } from './state.tsx';
import { type Column, Failure, Loading, Table } from './table.tsx';
import { operateWords } from './words.ts';

const pauseMs = 3_000;
/** Pulls that the charts hold: about ten minutes. */
const maxMoments = 200;

/** The deployment on one screen. */
export function AtAGlance(): ReactNode {
  const { answer, error, at } = usePoll<Overview>('/api/operate/overview', pauseMs);
  const moments = useMoments(answer);
  if (!answer) return error ? <Failure error={error} /> : <Loading />;
  return (
    <div className="stack">
      <Verdict overview={answer} error={error} at={at} />
      <Figures overview={answer} moments={moments} />
      <Charts moments={moments} />
      <Processes overview={answer} />
    </div>
  );
}

/** The differences of successive pulls. */
function useMoments(overview: Overview | undefined): readonly Moment[] {
  const before = useRef<Overview>(undefined);
  const [moments, setMoments] = useState<readonly Moment[]>([]);
  useEffect(() => {
    if (!overview || overview === before.current) return;
    const earlier = before.current;
    before.current = overview;
    if (earlier && earlier.timestamp < overview.timestamp) {
      setMoments((last) => [...last, between(earlier, overview)].slice(-maxMoments));
    }
  }, [overview]);
  return moments;
}

function Verdict({
  overview: { verdict, troubles },
  error,
  at,
}: {
  readonly overview: Overview;
  readonly error: Error | undefined;
  readonly at: number;
}): ReactNode {
  const say = operateWords();
  const isGood = verdict === 'nothing lost' && !error;
  return (
    <section
      className="card stack tight operate-verdict"
      data-verdict={isGood ? 'good' : 'look'}
      role="status"
    >
      <h2 className="figure">{isGood ? say.nothingLost : say.look}</h2>
      {error && <p>{say.stale(Math.round((Date.now() - at) / 1_000))}</p>}
      {troubles.length > 0 && (
        <ul>
          {troubles.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Figure({
  name,
  value,
  more,
  also,
}: {
  readonly name: string;
  readonly value: string;
  readonly more: string;
  readonly also?: string | undefined;
}): ReactNode {
  return (
    <div className="card stack tight">
      <dt className="muted small">{name}</dt>
      <dd className="figure">{value}</dd>
      <dd className="muted small">{more}</dd>
      {also && <dd className="muted small">{also}</dd>}
    </div>
  );
}

function Figures({
  overview,
  moments,
}: {
  readonly overview: Overview;
  readonly moments: readonly Moment[];
}): ReactNode {
  const say = operateWords();
  const last = moments.at(-1);
  const settled = settledOf(moments, overview);
  const { totals, database, toScreen, lastDeploy } = overview;
  const transports = Object.entries(totals.sessions).map(([name, count]) => `${name} ${count}`);
  const { outbox, deadLetters, bytes, roundTripMs } = database ?? {};
  const inAll = lagOf(overview);
  return (
    <dl className="grid operate-figures">
      <Figure
        name={say.connections}
        value={String(totals.connections)}
        more={transports.join(' · ') || say.none}
      />
      <Figure
        name={`${say.publications}, ${say.perSecond}`}
        value={sayRate(last?.publications)}
        more={`${say.deliveries}: ${sayRate(last?.deliveries)}`}
      />
      <Figure
        name={say.toClient}
        value={sayMs(last?.p50 ?? inAll.p50)}
        more={`${say.ninetyNine}: ${sayMs(last?.p99 ?? inAll.p99)}`}
      />
      <Figure
        name={say.toScreen}
        value={sayMs(quantile(settled, 0.5))}
        more={`${say.ninetyNine}: ${sayMs(quantile(settled, 0.99))}`}
        also={toScreen && toScreen.count > 0 ? `${say.toScreenTracked}: ${sayMs(toScreen.p50)}` : undefined}
      />
      <Figure
        name={say.database}
        value={roundTripMs === undefined ? say.away : sayMs(roundTripMs)}
        more={bytes === undefined ? say.none : `${say.roundTrip} · ${sayBytes(bytes)}`}
      />
      <Figure
        name={say.outbox}
        value={String(outbox?.waiting ?? say.none)}
        more={`${say.deadLetters}: ${deadLetters ?? say.none}`}
      />
      <Figure
        name={say.lastDeploy}
        value={lastDeploy?.version || say.none}
        more={sayTime(lastDeploy?.startedAt, language.value)}
      />
    </dl>
  );
}

/** Percentiles since the processes began, until there are two pulls to compare. */
function lagOf({ processes }: Overview): {
  readonly p50: number | undefined;
  readonly p99: number | undefined;
} {
  const lag = sinceStart(processes, 'deliveryLag');
  return { p50: quantile(lag, 0.5), p99: quantile(lag, 0.99) };
}

function Charts({ moments }: { readonly moments: readonly Moment[] }): ReactNode {
  const say = operateWords();
  const times = moments.map(({ at }) => at);
  return (
    <div className="operate-charts grid">
      <Chart
        label={say.perSecond}
        times={times}
        lines={[
          { label: say.deliveries, colour: '--accent', values: moments.map(({ deliveries }) => deliveries) },
          {
            label: say.publications,
            colour: '--warn',
            values: moments.map(({ publications }) => publications),
          },
        ]}
      />
      <Chart
        label={`${say.toClient}, ms`}
        times={times}
        lines={[
          { label: say.median, colour: '--accent', values: moments.map(({ p50 }) => p50 ?? null) },
          { label: say.ninetyNine, colour: '--warn', values: moments.map(({ p99 }) => p99 ?? null) },
        ]}
      />
    </div>
  );
}

function Processes({ overview: { processes } }: { readonly overview: Overview }): ReactNode {
  const say = operateWords();
  const columns: readonly Column<ProcessItem>[] = [
    { name: say.process, cell: ({ id }) => <code title={id}>{shortId(id)}</code> },
    { name: say.state, cell: (process) => <State process={process} /> },
    {
      name: say.broker,
      cell: ({ self }) =>
        self ? `${self.broker.name}: ${self.broker.connected ? say.connected : say.disconnected}` : say.none,
    },
    {
      name: say.relayLag,
      isNumber: true,
      cell: ({ self }) => sayMs(self && quantile(self.numbers.relayLag, 0.99)),
    },
    { name: say.connections, isNumber: true, cell: ({ self }) => self?.connections ?? say.none },
    { name: say.memory, isNumber: true, cell: ({ self }) => (self ? sayBytes(self.memoryBytes) : say.none) },
    { name: say.started, cell: ({ startedAt }) => sayTime(startedAt, language.value) },
    { name: say.version, cell: ({ version }) => version || say.none },
  ];
  return (
    <div className="card stack">
      <div className="spread">
        <h2>{say.processes}</h2>
        <a href={linkTo('processes')}>{say.all}</a>
      </div>
      <Table label={say.processes} rows={processes} columns={columns} keyOf={({ id }) => id} />
    </div>
  );
}
