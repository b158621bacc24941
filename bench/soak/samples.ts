/** Every question to a soaked server is for a sample. */
export type SoakRequest = 'sample';

/** The memory and objects of a server at one moment, after garbage was collected. */
export interface Sample {
  /** Bytes. */
  readonly rss: number;
  /** Bytes. */
  readonly heap: number;
  /** Open descriptors: sockets, pipes, files. */
  readonly handles: number;
  readonly timers: number;
  readonly sessions: number;
  readonly subscriptions: number;
  /** The longest time the event loop was held up since the last sample. */
  readonly lagMs: number;
  /** Log entries of level error since the last sample. */
  readonly errors: readonly string[];
  /** JavaScript objects by class. */
  readonly objects: Readonly<Record<string, number>>;
}

/** One thing that has to be as it is said. */
export interface Check {
  readonly name: string;
  readonly found: string;
  readonly bound: string;
  readonly holds: boolean;
}

/** The samples of one server: at rest after a first load, every ten seconds under load, at rest afterwards. */
export interface Samples {
  readonly before: Sample;
  readonly during: readonly Sample[];
  readonly after: Sample;
}

/** The growth up to which a number is called flat: medians waver with who is there. */
const flat = { rss: 12, heap: 1.5, handles: 15, timers: 15 };
/** The same at rest. A pool opens and closes its connections as it needs them, each with timers of its own. */
const rest = { handles: 10, timers: 30 };
/**
 * The remainder allowed at rest for each client that came: a tenth of an object, and 200 bytes, where the smallest session
 * takes over a thousand. Code that is compiled late is in it.
 */
const perClient = { objects: 0.1, megabytes: 200 / 1_048_576 };

/** The second quarter of a run against its last: by then everything that is ever compiled or cached is there. */
export function checkSamples(server: string, samples: Samples, clients: number): readonly Check[] {
  const { before, during, after } = samples;
  const quarter = Math.floor(during.length / 4);
  const [second, last] = [during.slice(quarter, 2 * quarter), during.slice(-quarter)];
  const grown = (name: string, of: (sample: Sample) => number, unit: string, room: number): Check => {
    const [from, to] = [median(second.map(of)), median(last.map(of))];
    return {
      name: `${server}: ${name}, second quarter → last`,
      found: `${shown(from)} → ${shown(to)}${unit}`,
      bound: `≤ ${shown(from + room)}${unit}`,
      holds: to <= from + room,
    };
  };
  const settled = (name: string, from: number, to: number, unit: string, room: number): Check => ({
    name: `${server}: ${name}, at rest before → at rest after`,
    found: `${shown(from)} → ${shown(to)}${unit}`,
    bound: `≤ ${shown(from + room)}${unit}`,
    holds: to <= from + room,
  });
  const [most] = grownClasses(samples);
  const objects = Math.max(1_000, Math.round(clients * perClient.objects));
  const errors = [...during, after].flatMap((sample) => sample.errors);
  return [
    grown('resident memory', megabytes('rss'), ' MB', flat.rss),
    grown('heap after collection', megabytes('heap'), ' MB', flat.heap),
    grown('handles', (sample) => sample.handles, '', flat.handles),
    grown('timers', (sample) => sample.timers, '', flat.timers),
    settled(
      'heap after collection',
      megabytes('heap')(before),
      megabytes('heap')(after),
      ' MB',
      Math.max(1, clients * perClient.megabytes),
    ),
    settled('handles', before.handles, after.handles, '', rest.handles),
    settled('timers', before.timers, after.timers, '', rest.timers),
    {
      name: `${server}: objects at rest, of the class that grew most`,
      found: `+${most?.more ?? 0} ${most?.name}`,
      bound: `≤ +${objects.toLocaleString('en-US')}`,
      holds: (most?.more ?? 0) <= objects,
    },
    settled('sessions', before.sessions, after.sessions, '', 0),
    settled('subscriptions', before.subscriptions, after.subscriptions, '', 0),
    {
      name: `${server}: errors logged`,
      found: String(errors.length),
      bound: '0',
      holds: errors.length === 0,
    },
  ];
}

/** The kinds of objects of which there are more at the end than in the beginning, for the search for a leak. */
export function describeGrowth(samples: Samples): string {
  return grownClasses(samples)
    .slice(0, 12)
    .map(({ name, more }) => `${name} +${more}`)
    .join(', ');
}

/** Most first. */
function grownClasses({ before, after }: Samples) {
  return Object.entries(after.objects)
    .map(([name, count]) => ({ name, more: count - (before.objects[name] ?? 0) }))
    .sort((one, other) => other.more - one.more);
}

function megabytes(of: 'rss' | 'heap'): (sample: Sample) => number {
  return (sample) => sample[of] / 1_048_576;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
