/** One test of a JUnit report. */
export interface Ran {
  readonly file: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
}

/** Every test of the report that `bun test --reporter=junit` writes. */
export function parseReport(xml: string): Ran[] {
  return [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(
    ([, head = '', inside = '']) => ({
      file: attribute(head, 'file'),
      name: attribute(head, 'name'),
      outcome: outcomeOf(inside),
      seconds: Number(attribute(head, 'time')),
    }),
  );
}

function attribute(head: string, name: string): string {
  const [, value = ''] = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(head) ?? [];
  return value.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => entities[entity] ?? '');
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function outcomeOf(inside: string): Ran['outcome'] {
  if (/<(failure|error)\b/.test(inside)) return 'failed';
  return /<skipped\b/.test(inside) ? 'skipped' : 'passed';
}

export type Counts = Readonly<Record<Ran['outcome'], number>>;

export function countOutcomes(tests: readonly Ran[]): Counts {
  const of = (outcome: Ran['outcome']) => tests.filter((each) => each.outcome === outcome).length;
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') };
}

/** The slowest, files first. `durations` are the milliseconds of whole files, with what is done before tests. */
export function renderSlowest(
  durations: Readonly<Record<string, number>>,
  tests: readonly Ran[],
  most = 15,
): string {
  const ran = new Set(tests.map(({ file }) => file));
  const files = Object.entries(durations)
    .filter(([name]) => ran.has(name))
    .map(([name, ms]) => ({ name, seconds: ms / 1_000 }));
  const single = tests.map(({ file, name, seconds }) => ({ name: `${file}: ${name}`, seconds }));
  return ['slowest files:', ...slowest(files, most), 'slowest tests:', ...slowest(single, most)].join('\n');
}

function slowest(
  all: readonly { readonly name: string; readonly seconds: number }[],
  most: number,
): string[] {
  return all
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, most)
    .map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`);
}
