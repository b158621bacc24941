import type { Environment } from '../../../../clients/web/src/types.ts';

/** The factor by which the clock of these clients runs faster than the wall: they take a tenth of the pauses of a page. */
const speed = 10;
const start = Date.now();

/** A client in a hurry, so that a fault is measured and not the pauses that spare a server. */
export const hurried: Partial<Environment> = {
  now: () => start + (Date.now() - start) * speed,
  after(ms, run) {
    const timer = setTimeout(run, ms / speed);
    return () => clearTimeout(timer);
  },
};
