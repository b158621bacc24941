import type { Clock } from '../lib/clock.ts';
import type { RealtimeManager } from './manager.ts';

/** Sessions closed together; a wave gives the next instance time to take them in. */
const waveSize = 200;
const waveIntervalMs = 50;

/**
 * Closes every session with `shutdown`, in waves that together take at most half of `limitMs`, and waits until all are
 * gone or the time is over. Each session is told at once when its turn is, so that a client may go by itself.
 */
export async function drainSessions(manager: RealtimeManager, clock: Clock, limitMs: number): Promise<void> {
  const deadline = clock.monotonic() + limitMs;
  const sessions = [...manager.sessions];
  const waves = Array.from({ length: Math.ceil(sessions.length / waveSize) }, (_, n) =>
    sessions.slice(n * waveSize, (n + 1) * waveSize),
  );
  const intervalMs = Math.min(waveIntervalMs, limitMs / 2 / Math.max(1, waves.length));
  waves.forEach((wave, n) => {
    const afterMs = Math.round(n * intervalMs);
    for (const { transport } of wave) transport.send({ type: 'reconnect', afterMs });
  });
  for (const [n, wave] of waves.entries()) {
    if (n > 0) await pause(clock, intervalMs);
    for (const session of wave) if (!session.closed) manager.disconnect(session, 'shutdown');
  }
  while (manager.sessions.size > 0 && clock.monotonic() < deadline) {
    // A request that was being identified when the drain began may open its session late.
    for (const session of manager.sessions) manager.disconnect(session, 'shutdown');
    await pause(clock, waveIntervalMs);
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
