import { assemble } from './client.ts';
import type { ChannelsOf, CoreClient, CoreOptions } from './core-types.ts';
import { corePlatform } from './environment.ts';
import { openWebSocket } from './links/websocket.ts';

export type * from './core-types.ts';
export { TambuliError, Unauthorized } from './errors.ts';

/**
 * A client over WebSocket alone, for pages that count every byte: it connects and identifies itself, renews its token, reads
 * channels and recovers what they missed. Nothing is opened before `connect`.
 */
export const createClient = <App = unknown>(
  url: string,
  options: CoreOptions = {},
): CoreClient<ChannelsOf<App>> =>
  assemble(url, options, {
    environment: { ...corePlatform, ...options.environment },
    open: () => openWebSocket,
    transport: () => 'websocket',
    // The compiler alone knows the channels of a server.
  }).client as unknown as CoreClient<ChannelsOf<App>>;
