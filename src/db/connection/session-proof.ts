import type { Client } from './driver.ts';

/** Connections are made, and what is notified does not arrive on them. */
export class DeafAddress extends Error {}

const probe = 'tambuli_probe';

/**
 * Resolves when the connection is one session of the server, so that LISTEN holds; rejects with DeafAddress otherwise.
 * A server of its own gives its process id as the key of the connection, which is proof enough. A proxy or pooler gives
 * a key of its own; then a notification from another connection has to arrive while this one is idle.
 */
export async function proveSession(
  client: Client,
  create: () => Client,
  limitMs: number,
  lost: Promise<never>,
): Promise<void> {
  const { rows } = await client.query({ text: 'select pg_backend_pid() as pid' });
  if (rows[0]?.['pid'] === (client as Partial<{ processID: number }>).processID) return;
  const id = crypto.randomUUID();
  const arrived = Promise.withResolvers<true>();
  client.on('notification', ({ channel, payload }) => {
    if (channel === probe && payload === id) arrived.resolve(true);
  });
  const timeUp = Promise.withResolvers<false>();
  const timer = setTimeout(() => timeUp.resolve(false), limitMs);
  const other = create();
  other.on('error', () => undefined);
  try {
    await client.query({ text: `listen ${probe}` });
    await other.connect();
    await other.query({ text: 'select pg_notify($1, $2)', values: [probe, id] });
    const isHeard = await Promise.race([arrived.promise, timeUp.promise, lost]);
    await client.query({ text: `unlisten ${probe}` });
    if (!isHeard) throw new DeafAddress('A notification did not arrive.');
  } finally {
    clearTimeout(timer);
    await other.end().catch(() => undefined);
  }
}
