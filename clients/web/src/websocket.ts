import type { ChannelsOf } from '../../../src/protocol/wire/channel-types.ts';
import { assemble } from './client.ts';
import { openWebSocket } from './links/websocket.ts';
import { sendDirectly } from './outbox/direct.ts';
import type { Client, ClientOptions } from './types.ts';

export { TambuliError, Unauthorized } from './errors.ts';
export type * from './types.ts';

/** A client over WebSocket alone, without outbox and without other tabs, for pages that count every byte. */
export const createClient = <App = unknown>(
  url: string,
  options: ClientOptions = {},
): Client<ChannelsOf<App>> =>
  assemble(url, options, { links: { websocket: openWebSocket }, outbox: sendDirectly });
