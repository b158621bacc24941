import { AppState } from 'react-native';
import type { ChannelsOf } from '../../../src/protocol/wire/channel-types.ts';
import { assembleWhole } from './full.ts';
import { openPoll } from './links/poll.ts';
import { openWebSocket } from './links/websocket.ts';
import type { Client, ClientOptions, Signal, Undo } from './types.ts';

export { TambuliError, Unauthorized } from './errors.ts';
export type * from './types.ts';

interface NetInfo {
  addEventListener(listener: (state: { readonly isConnected: boolean | null }) => void): Undo;
}

declare const require: ((name: string) => { readonly default: NetInfo }) | undefined;

/** The network of the device, where the app has the package for it. Metro takes a `require` in a `try` as optional. */
function netInfo(): NetInfo | undefined {
  try {
    return require?.('@react-native-community/netinfo').default;
  } catch {
    return undefined;
  }
}

/** In the background nothing reconnects; on return, and when the network changes, the connection is looked after. */
function deviceSignals(report: (signal: Signal) => void): Undo {
  const app = AppState.addEventListener('change', (state) => {
    if (state === 'active') report('wake');
    else if (state === 'background') report('sleep');
  });
  const stop = netInfo()?.addEventListener(({ isConnected }) => {
    if (isConnected) report('wake');
  });
  return () => {
    app.remove();
    stop?.();
  };
}

/** The same for React Native, whose `fetch` reads no streams: over WebSocket, or polls. */
export const createClient = <App = unknown>(
  url: string,
  options: ClientOptions = {},
): Client<ChannelsOf<App>> =>
  assembleWhole(url, options, {
    links: { websocket: openWebSocket, poll: openPoll },
    environment: { signals: deviceSignals },
  });
