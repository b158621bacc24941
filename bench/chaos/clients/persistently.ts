import { AppError } from '../../../src/errors.ts';

const limitMs = 60_000;

/** Asks again while the database is away: a test's own question is no part of what is tested. */
export async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const passes = error instanceof AppError && error.code === 'database_unavailable';
      if (!passes || performance.now() > deadline) throw error;
      await Bun.sleep(20);
    }
  }
}
