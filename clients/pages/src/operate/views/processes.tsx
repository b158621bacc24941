import type { ReactNode } from 'react';
import type { ProcessItem } from '../../../../../src/operate/processes/model.ts';
import { usePoll } from '../../shell/browser/use-poll.ts';
import { language } from '../../shell/language.ts';
import { quantile, sayBytes, sayMs, sayTime, shortId } from '../numbers.ts';
import { State } from '../state.tsx';
import { type Column, Failure, Loading, Missing, Table } from '../table.tsx';
import { operateWords } from '../words.ts';
import { viewWords } from './words.ts';

interface Answer {
  readonly data: readonly ProcessItem[];
  readonly silent: readonly string[];
}

/** All processes that Postgres knows of, and what the running ones say of themselves. */
export function Processes(): ReactNode {
  const say = operateWords();
  const more = viewWords();
  const { answer, error } = usePoll<Answer>('/api/operate/processes', 5_000);
  const columns: readonly Column<ProcessItem>[] = [
    { name: say.process, cell: ({ id }) => <code title={id}>{shortId(id)}</code> },
    { name: say.state, cell: (process) => <State process={process} /> },
    { name: say.version, cell: ({ version }) => version || say.none },
    { name: more.host, cell: ({ host, pid }) => `${host} ${pid}` },
    { name: say.started, cell: ({ startedAt }) => sayTime(startedAt, language.value) },
    { name: say.seen, cell: ({ seenAt }) => sayTime(seenAt, language.value) },
    { name: more.ended, cell: ({ endedAt }) => sayTime(endedAt, language.value) },
    { name: say.connections, isNumber: true, cell: ({ self }) => self?.connections ?? say.none },
    { name: more.channels, isNumber: true, cell: ({ self }) => self?.channels ?? say.none },
    {
      name: say.bytes,
      isNumber: true,
      cell: ({ self }) => (self ? sayBytes(self.waitingBytes) : say.none),
    },
    { name: say.memory, isNumber: true, cell: ({ self }) => (self ? sayBytes(self.memoryBytes) : say.none) },
    {
      name: more.processor,
      isNumber: true,
      cell: ({ self }) => sayMs(self && self.cpuSeconds * 1_000),
    },
    {
      name: more.timers,
      isNumber: true,
      cell: ({ self }) => sayMs(self && quantile(self.numbers.eventLoopLag, 0.99)),
    },
    { name: more.repairs, isNumber: true, cell: ({ self }) => self?.numbers.gapRepairs ?? say.none },
    { name: more.notFound, isNumber: true, cell: ({ self }) => self?.numbers.lost ?? say.none },
  ];
  return (
    <div className="card stack">
      <h2>{more.all}</h2>
      <Failure error={error} />
      <Missing silent={answer?.silent} />
      {answer ? (
        <Table label={more.all} rows={answer.data} columns={columns} keyOf={({ id }) => id} />
      ) : (
        !error && <Loading />
      )}
    </div>
  );
}
