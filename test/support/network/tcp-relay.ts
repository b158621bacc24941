import { connect as connectTcp, createServer, type Socket } from 'node:net';

export interface TcpRelay extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Resets every connection, as a train in a tunnel does; new ones are relayed again. */
  cut(): void;
  /** Stops reading from the server on every connection there is, as a reader that is too slow does; or goes on. */
  stall(isStalled: boolean): void;
  /** Bytes between the clients and the relay, in both directions, of all connections so far. */
  readonly bytes: number;
}

export interface TcpRelayOptions {
  /** Like many a proxy: it refuses connections that open with the handshake of a WebSocket. */
  readonly refusesWebSockets?: boolean;
  /** Like some others: it passes the 101 of a WebSocket, and then cuts it. */
  readonly killsWebSockets?: boolean;
}

/** Stands between a client and a server of this machine, and can be cut. */
export async function startTcpRelay(
  targetUrl: string,
  { refusesWebSockets = false, killsWebSockets = false }: TcpRelayOptions = {},
): Promise<TcpRelay> {
  const { hostname, port: targetPort } = new URL(targetUrl);
  let bytesOfClosed = 0;
  const bytesOf = ({ bytesRead, bytesWritten }: Socket) => bytesRead + bytesWritten;
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  const server = createServer((near) => {
    const far = connectTcp(Number(targetPort), hostname);
    const pair = { near, far };
    pairs.add(pair);
    near.on('error', () => near.destroy());
    near.on('close', () => {
      pairs.delete(pair);
      bytesOfClosed += bytesOf(near);
      far.destroy();
    });
    // Bytes that came before an orderly end still have to be read.
    far.on('error', () => near.destroy());
    near.once('data', (first: Buffer) => {
      if (!refusesWebSockets || !/^upgrade: websocket/im.test(first.toString('latin1'))) return;
      far.destroy();
      near.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    near.pipe(far);
    if (killsWebSockets) far.once('data', (first: Buffer) => killUpgraded(first, near, far));
    else far.pipe(near);
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const cut = () => {
    for (const { near, far } of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    cut,
    get bytes() {
      return [...pairs].reduce((sum, { near }) => sum + bytesOf(near), bytesOfClosed);
    },
    stall(isStalled) {
      for (const { near, far } of pairs) {
        if (isStalled) far.unpipe(near).pause();
        else far.pipe(near);
      }
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
    },
  };
}

function killUpgraded(first: Buffer, near: Socket, far: Socket): void {
  const end = first.indexOf('\r\n\r\n') + 4;
  if (!/^HTTP\/1\.1 101/.test(first.toString('latin1'))) {
    near.write(first);
    far.pipe(near);
    return;
  }
  near.end(first.subarray(0, end));
  far.destroy();
}
