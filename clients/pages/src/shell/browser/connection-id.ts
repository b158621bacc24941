import { signal } from '@preact/signals';
import type { Environment } from '../client.ts';

/**
 * The `clientId` of the page's connection, by which the server knows that it ended; undefined without a WebSocket.
 * A lock that names it ends with the connection.
 */
export const connectionId = signal<string | undefined>(undefined);

/** Opens a socket as the client does by itself, and reads the id in its first frame. */
export const socket: Environment['socket'] = (url) => {
  const opened = new WebSocket(url);
  opened.addEventListener('message', function first({ data }: MessageEvent<string>) {
    const [, id] = /^\{"type":"connected","clientId":"([^"]+)"/.exec(data) ?? [];
    if (id === undefined) return;
    opened.removeEventListener('message', first);
    connectionId.value = id;
    opened.addEventListener('close', () => {
      if (connectionId.value === id) connectionId.value = undefined;
    });
  });
  return opened as unknown as ReturnType<Environment['socket']>;
};
