import { AppError } from '../../errors.ts';
import type { OperateDeps } from '../deps.ts';
import type { ProcessView } from './model.ts';

/** A process that is not ready by then is shown as such. Milliseconds. */
const readyMs = 1_000;

/** This process as an operator sees it: one pass over its sessions, made when somebody asks. */
export async function viewProcess(deps: OperateDeps): Promise<ProcessView> {
  const { manager, clock, checkReady, readNumbers } = deps;
  const { promise: late, reject } = Promise.withResolvers<never>();
  using _limit = clock.after(readyMs, () => reject(new AppError('not_ready', 'The check takes too long.')));
  const notReady = await Promise.race([checkReady(), late]).then(
    () => null,
    (error: unknown) => AppError.from(error).code,
  );
  const sessions: Record<string, number> = {};
  let waitingBytes = 0;
  for (const { transport } of manager.sessions) {
    const { name } = transport.gateway;
    sessions[name] = (sessions[name] ?? 0) + 1;
    waitingBytes += transport.bufferedBytes ?? 0;
  }
  const { user, system } = process.cpuUsage();
  return {
    ready: notReady === null,
    notReady,
    broker: { name: manager.broker.name, connected: manager.broker.connected },
    sessions,
    connections: manager.sessions.size,
    subscriptions: manager.channels.subscriptions,
    channels: manager.channels.size,
    waitingBytes,
    waitingBytesLimit: manager.sendBuffers.limitBytes,
    memoryBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    numbers: await readNumbers(),
  };
}
