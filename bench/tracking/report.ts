import { cpus } from 'node:os';
import { compare, summarize } from '../statistics.ts';

/** Calls of one round; times in milliseconds. */
export interface Round {
  readonly calls: number;
  readonly perSecond: number;
  readonly each: number;
}

/** Events to one person, published only and tracked, the rounds in the order they were run. */
export interface Pair {
  readonly title: string;
  readonly callers: number;
  readonly people: number;
  /** Whether the worker of the process runs meanwhile. */
  readonly hasWorker?: boolean;
  /** Statements of a tracked event, those of the worker among them; a number for each round. */
  readonly statements: number[];
  readonly plain: Round[];
  readonly tracked: Round[];
}

/** Events to many; the rounds count deliveries in a second, and time the event. */
export interface Fan {
  readonly audience: number;
  readonly rounds: Round[];
  /** The statements of one event, transactions' frames included. */
  statements: number;
}

export interface TrackingResult {
  readonly pairs: readonly Pair[];
  readonly fans: readonly Fan[];
  readonly acknowledged: readonly Round[];
  readonly callers: number;
  /** The time of an event to one person. */
  readonly statements: number;
}

/** Markdown. */
export function renderTracking({ pairs, fans, acknowledged, callers, statements }: TrackingResult): string {
  const students = fans.reduce((sum, { audience }) => sum + audience, 0);
  return [
    '| an event to one person | published only | time of one | tracked | time of one | tracked to published in a second, ratio of the rounds | statements of an event |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...pairs.map(({ title, plain, tracked, statements: each }) => {
      const { ratio } = compare(rates(tracked), rates(plain));
      const compared = `${number(ratio.median)} (${number(ratio.least)}–${number(ratio.largest)})`;
      return `| ${title} | ${cells(plain)} | ${cells(tracked)} | ${compared} | ${number(summarize(each).median)} |`;
    }),
    '',
    '| | in a second | time of one | statements |',
    '| --- | --- | --- | --- |',
    ...fans.map((fan) => {
      const title = `deliveries of an event to ${number(fan.audience)} people; the time: of the event, until all are sent`;
      return `| ${title} | ${cells(fan.rounds)} | ${fan.statements} |`;
    }),
    `| acknowledgements (\`read\`) by ${callers} callers, a person each | ${cells(acknowledged)} | |`,
    '',
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${process.platform} ${process.arch}, Bun ${Bun.version}; one process with eight connections, Postgres with fsync on the same machine, ${number(students)} students, nobody subscribed.`,
    `Medians of ${pairs[0]?.plain.length ?? 0} rounds (least–largest), published and tracked in turn. A tracked event to one person that comes alone is ${statements === 1 ? 'one statement' : `${statements} statements`}.`,
  ].join('\n');
}

const rates = (list: readonly Round[]) => list.map(({ perSecond }) => perSecond);

function cells(list: readonly Round[]): string {
  const times = list.map(({ each }) => each);
  return `${cell(rates(list), '/s')} | ${cell(times, 'ms')}`;
}

function cell(values: readonly number[], unit: string): string {
  const { median, least, largest } = summarize(values);
  return `${number(median)} ${unit} (${number(least)}–${number(largest)})`;
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
