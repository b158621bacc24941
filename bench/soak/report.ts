import type { SoakResult } from './run.ts';
import { type Check, checkSamples, median, type Sample } from './samples.ts';

interface Circumstances {
  readonly minutes: number;
  readonly perSecond: number;
  readonly seed: number;
  readonly machine: string;
}

/** Markdown: every bound with what was found, then who came. */
export function renderSoak(result: SoakResult, circumstances: Circumstances): string {
  const { minutes, perSecond, seed, machine } = circumstances;
  const lived = livedOf(result);
  const during = result.samples.flatMap((samples) => samples.during);
  const of = (value: (sample: Sample) => number) => during.map(value);
  const ended = [...result.ended]
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${reason} (${count})`);
  const transports = [...result.tallies].map(([name, tally]) => `${name} (${tally.lived})`).join(', ');
  return [
    '| | found | bound | |',
    '| --- | --- | --- | --- |',
    ...checksOf(result).map(
      ({ name, found, bound, holds }) =>
        `| ${name} | ${found} | ${bound} | ${holds ? 'holds' : '**broken**'} |`,
    ),
    '',
    `${minutes} minutes, ${perSecond} new clients a second, seed ${seed}: ${lived.toLocaleString('en-US')} clients, a median of ${median(of((sample) => sample.sessions))} at once on each of two servers that share a Postgres (\`BROKER=postgres\`); ${result.publications.toLocaleString('en-US')} publications, each to ${result.readers.length} control readers. The event loop was held up for ${median(of((sample) => sample.lagMs)).toFixed(0)} ms in the median of the ten-second samples, ${Math.max(...of((sample) => sample.lagMs)).toFixed(0)} ms at worst. ${machine}.`,
    '',
    `Who came, how often: ${transports}. Ended by the servers: ${ended.join(', ')}.`,
  ].join('\n');
}

export function isWell(result: SoakResult): boolean {
  return checksOf(result).every(({ holds }) => holds);
}

function livedOf({ tallies }: SoakResult): number {
  return [...tallies.values()].reduce((sum, tally) => sum + tally.lived, 0);
}

function checksOf(result: SoakResult): readonly Check[] {
  const failed = [...result.tallies.values()].reduce((sum, tally) => sum + tally.failed, 0);
  const none = (name: string, found: number): Check => ({
    name,
    found: String(found),
    bound: '0',
    holds: found === 0,
  });
  return [
    ...result.samples.flatMap((samples, index) =>
      checkSamples(`server ${index + 1}`, samples, livedOf(result) / result.samples.length),
    ),
    none('publications lost', result.lost),
    none('publications duplicated', result.duplicated),
    none('out of order', result.disordered.length),
    none('clients that were not served as they should', failed),
  ];
}
