import type { ChannelsOf } from '../../../src/protocol/wire/channel-types.ts';
import { assemble } from './client.ts';
import { openWebSocket } from './links/websocket.ts';
import type { Client, ClientOptions } from './types.ts';

export { TambuliError, Unauthorized } from './errors.ts';
export type * from './types.ts';

/** A client over WebSocket alone, for pages that count every byte. The codes of errors stand for their sentences. */
export const createClient = <App = unknown>(
  url: string,
  options: ClientOptions = {},
): Client<ChannelsOf<App>> =>
  assemble(url, options, { links: { websocket: openWebSocket }, describe: () => undefined }) as Client<
    ChannelsOf<App>
  >;
