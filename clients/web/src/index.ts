import type { ChannelsOf } from '../../../src/protocol/wire/channel-types.ts';
import { assembleWhole } from './full.ts';
import { openPoll } from './links/poll.ts';
import { openSse } from './links/sse.ts';
import { openWebSocket } from './links/websocket.ts';
import { openTabs } from './tabs/tabs.ts';
import type { Client, ClientOptions } from './types.ts';

export { TambuliError, Unauthorized } from './errors.ts';
export type * from './types.ts';

/**
 * A client of a Tambuli server. Nothing is opened before `connect`. `App` is the type of the server, from which the
 * channels and what they carry are known: `createClient<typeof server>('https://…')`.
 */
export const createClient = <App = unknown>(
  url: string,
  options: ClientOptions = {},
): Client<ChannelsOf<App>> =>
  assembleWhole(url, options, {
    links: { websocket: openWebSocket, sse: openSse, poll: openPoll },
    tabs: openTabs,
  });
