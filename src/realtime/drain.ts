import type { Clock } from '../lib/clock.ts';
import type { RealtimeManager } from './manager.ts';

/** Sessions closed together; a wave gives the next instance time to take them in. */
const waveSize = 200;
const waveIntervalMs = 50;

/**
 * Closes every session with `shutdown`, in waves that together take at most half of `limitMs`, and waits until all are
 * gone or the time is over.
 */
export async function drainSessions(manager: RealtimeManager, clock: Clock, limitMs: number): Promise<void> {
  const deadline = clock.now() + limitMs;
  const waves = Math.ceil(manager.sessions.size / waveSize);
  const intervalMs = Math.min(waveIntervalMs, limitMs / 2 / Math.max(1, waves));
  const leaving = [...manager.sessions];
  while (leaving.length > 0) {
    for (const session of leaving.splice(0, waveSize)) manager.disconnect(session, 'shutdown');
    if (leaving.length > 0) await pause(clock, intervalMs);
  }
  while (manager.sessions.size > 0 && clock.now() < deadline) await pause(clock, waveIntervalMs);
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
