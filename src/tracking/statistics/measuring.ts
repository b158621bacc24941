import { writeInParts } from '../../db/log/divide.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import { realtimeSystemMetrics } from '../schema/measures.ts';
import type { Tracking } from '../tracking.ts';
import type { Measure, Measures } from './measures.ts';

export interface MeasuringOptions {
  readonly tracking: Tracking;
  readonly measures: Measures;
  readonly sessions: RealtimeManager['sessions'];
  readonly processId: string;
}

/** Between two looks at who is here. Milliseconds. */
const sampleMs = 1_000;
const minuteMs = 60_000;
/** Kept through an outage of the database: an hour of them. */
const maxRows = 60 * 30;

/** Writes what this process measured, a set of rows for each minute, and the rest when it is disposed. */
export function startMeasuring(options: MeasuringOptions): AsyncDisposable {
  const { tracking, measures, sessions, processId } = options;
  const { clock, logger } = tracking;
  type Row = Measure & { readonly minute: string; readonly processId: string };
  let rows: Row[] = [];
  let minute = minuteOf(clock.now());
  let writing = Promise.resolve();

  const sample = () => {
    measures.level('sessions', sessions.size);
    const users = new Set([...sessions].flatMap(({ principal }) => principal?.userId ?? []));
    measures.level('users', users.size);
  };
  const close = () => {
    const at = new Date(minute).toISOString();
    rows = [...rows, ...measures.take().map((each) => ({ ...each, minute: at, processId }))].slice(-maxRows);
    minute = minuteOf(clock.now());
  };
  const write = async () => {
    const taken = rows;
    if (taken.length === 0) return;
    try {
      // A commit whose answer was lost is repeated.
      const insert = (part: readonly Row[]) =>
        withPrincipal(tracking, servicePrincipal, async (tx) => {
          await tx
            .insert(realtimeSystemMetrics)
            .values([...part])
            .onConflictDoNothing();
        });
      await writeInParts(taken, insert, ({ name }, error) => {
        measures.count('rows_refused');
        logger.warn({ err: error, measure: name }, 'a measure was refused; it is left out');
      });
      rows = rows.filter((row) => !taken.includes(row));
    } catch (error) {
      logger.warn(
        { err: error, rows: taken.length },
        'measures of a minute could not be written; the next minute tries again',
      );
    }
  };
  const tick = () => {
    if (minuteOf(clock.now()) !== minute) {
      close();
      writing = writing.then(write);
    }
    sample();
  };
  const timer = clock.every(sampleMs, tick);
  return {
    async [Symbol.asyncDispose]() {
      timer[Symbol.dispose]();
      close();
      await writing.then(write);
    },
  };
}

const minuteOf = (ms: number) => ms - (ms % minuteMs);
