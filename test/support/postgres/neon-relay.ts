import { connect, type Socket } from 'node:net';
import { neonConfig } from '@neondatabase/serverless';

/** The relay between the Neon driver and Postgres, as Neon's own proxy does. Stopping it is losing the database. */
export interface NeonRelay extends AsyncDisposable {
  start(): void;
  /** Cuts every connection and refuses new ones. */
  stop(): Promise<void>;
}

type Connection = { readonly address: string; socket?: Socket };

/** Routes the Neon driver of this process through a relay of WebSocket to TCP. */
export function startNeonRelay(): NeonRelay {
  let server: Bun.Server<Connection> | undefined;
  let port = 0;
  const start = () => {
    server = Bun.serve<Connection>({
      hostname: '127.0.0.1',
      port,
      fetch(request, self) {
        const address = new URL(request.url).searchParams.get('address') ?? '';
        return self.upgrade(request, { data: { address } }) ? undefined : new Response(null, { status: 426 });
      },
      websocket: {
        open(ws) {
          const [host, target] = ws.data.address.split(':');
          const socket = connect(Number(target), host);
          socket.on('data', (bytes: Buffer<ArrayBuffer>) => void ws.sendBinary(bytes));
          socket.on('close', () => ws.close());
          socket.on('error', () => ws.close());
          ws.data.socket = socket;
        },
        message: (ws, bytes) => void ws.data.socket?.write(bytes),
        close: (ws) => void ws.data.socket?.destroy(),
      },
    });
    port = server.port ?? 0;
  };
  start();
  neonConfig.wsProxy = (host, target) => `127.0.0.1:${port}/v1?address=${host}:${target}`;
  neonConfig.useSecureWebSocket = false;
  // Neon's proxy takes the password in the clear inside TLS; a server that wants scram needs its turn to ask.
  neonConfig.pipelineConnect = false;
  const stop = async () => server?.stop(true);
  return { start, stop, [Symbol.asyncDispose]: stop };
}
