import { connect } from 'node:net';

export interface Exchange {
  /** The status of the first response; 0 when there was none. */
  readonly status: number;
  /** Everything that came, byte for byte as Latin-1. */
  readonly text: string;
}

export interface ExchangeOptions {
  /** Ends the connection from here as soon as the text so far satisfies it. */
  readonly enough?: (text: string) => boolean;
  /** Sent once an answer has come: Bun drops a connection on which a request overtakes one still being answered. */
  readonly followedBy?: string;
  /** Ends the connection from here as soon as the bytes are sent. */
  readonly leaving?: true;
}

const patienceMs = 20_000;

/**
 * Sends bytes no HTTP client would send, given as Latin-1, over a connection of their own and reads until the server
 * closes it.
 */
export async function exchange(
  url: string,
  bytes: string,
  { enough = () => false, followedBy, leaving }: ExchangeOptions = {},
): Promise<Exchange> {
  const { hostname, port } = new URL(url);
  const over = Promise.withResolvers<void>();
  let text = '';
  const socket = connect({ host: hostname, port: Number(port) }, () =>
    socket.write(bytes, 'latin1', () => leaving && over.resolve()),
  );
  const patience = setTimeout(
    () => over.reject(new Error(`No end after: ${text.slice(0, 500)}`)),
    patienceMs,
  );
  socket.on('data', (chunk: Buffer) => {
    if (text === '' && followedBy) socket.write(followedBy, 'latin1');
    text += chunk.toString('latin1');
    if (enough(text)) over.resolve();
  });
  // A server that refuses may reset what we were still sending; what it answered counts.
  socket.on('error', () => over.resolve());
  socket.on('close', () => over.resolve());
  try {
    await over.promise;
  } finally {
    clearTimeout(patience);
    socket.destroy();
  }
  return { status: Number(text.split(' ', 2)[1] ?? 0), text };
}

/** A request whose connection ends with its answer. `headers` are whole lines. */
export function requestBytes(method: string, target: string, headers: readonly string[] = [], body = '') {
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
