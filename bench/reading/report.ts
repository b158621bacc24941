import { summarize } from '../statistics.ts';
import type { Plan, Replay } from './replay.ts';
import type { World } from './worlds.ts';

interface Replayed {
  readonly world: World;
  /** One for each seed. */
  readonly replays: readonly Replay[];
}

/** Markdown: medians over the seeds, with the least and the largest. */
export function renderReading(
  results: readonly Replayed[],
  { people, learned, heldOut, waitHours }: Plan,
): string {
  const seeds = results[0]?.replays.length ?? 0;
  const table = (head: readonly string[], rows: readonly (readonly string[])[]) => [
    `| ${head.join(' | ')} |`,
    `|${' --- |'.repeat(head.length)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
  ];
  return [
    ...table(
      ['world', 'Brier score: all alike', 'by role', 'model', 'true chances'],
      results.map(({ world, replays }) => [
        world.name,
        ...(['overall', 'role', 'model', 'truth'] as const).map((each) =>
          spread(replays, ({ brier }) => brier[each], 4),
        ),
      ]),
    ),
    ...table(
      [
        'world',
        'hours to read, sent at once',
        'model',
        'true chances',
        'model − at once',
        '90th percentile at once',
        'model',
        'read in 4 h at once',
        'model',
        'delayed',
        'by hours',
      ],
      results.map(({ world, replays }) => [
        world.name,
        ...(['now', 'model', 'oracle'] as const).map((way) => spread(replays, (each) => each[way].mean, 2)),
        spread(replays, ({ model, now }) => model.mean - now.mean, 2),
        ...(['now', 'model'] as const).map((way) => spread(replays, (each) => each[way].p90, 1)),
        ...(['now', 'model'] as const).map((way) => spread(replays, (each) => each[way].soon * 100, 1, ' %')),
        spread(replays, ({ delayedShare }) => delayedShare * 100, 1, ' %'),
        spread(replays, ({ meanDelay }) => meanDelay, 1),
      ]),
    ),
    ...table(
      [
        'world',
        'Brier score of the share read in a day',
        'of the priority score',
        'read before unread, by priority',
        'by score',
      ],
      results.map(({ world, replays }) => [
        world.name,
        spread(replays, ({ score }) => score.overall, 4),
        spread(replays, ({ score }) => score.model, 4),
        spread(replays, ({ order }) => order.priority, 3),
        spread(replays, ({ order }) => order.score, 3),
      ]),
    ),
    `Medians over ${seeds} schools of ${people.toLocaleString('en')} people (least–largest), each of its own seed; ${learned} weeks are learned from, ${heldOut} weeks are held out; a message waits ${waitHours} hours at most.`,
  ].join('\n');
}

function spread(
  replays: readonly Replay[],
  measureOf: (replay: Replay) => number,
  digits: number,
  unit = '',
): string {
  const { median, least, largest } = summarize(replays.map(measureOf));
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${largest.toFixed(digits)})${unit}`;
}
