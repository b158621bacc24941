import { AppError } from '../../errors.ts';

/** Refuses a request for a socket that lost its upgrade on the way, in a proxy mostly. */
export function refuseLostUpgrade(headers: Record<string, string | number>): never {
  headers['upgrade'] = 'websocket';
  headers['connection'] = headers['connection'] === 'close' ? 'Upgrade, close' : 'Upgrade';
  throw new AppError(
    'upgrade_required',
    'This address is a WebSocket. A proxy in between has to speak HTTP/1.1 and pass on "Upgrade: websocket" and "Connection: Upgrade".',
  );
}
