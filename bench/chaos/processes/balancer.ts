import { connect, createServer, type Socket } from 'node:net';

/** A load balancer on TCP: what stands between clients and processes, and what can be cut. */
export interface Balancer extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Ports that new connections go to, in turn; one that refuses is passed over. */
  route(ports: readonly number[]): void;
  /** Resets every connection; with `false`, and until `true`, new ones are cut as well. */
  open(isOpen: boolean): void;
  /** Stops reading from the server on every connection, as a reader that is too slow does; or goes on. */
  stall(isStalled: boolean): void;
}

export async function startBalancer(): Promise<Balancer> {
  const pairs = new Set<{ near: Socket; far: Socket }>();
  let ports: readonly number[] = [];
  let turn = 0;
  let isOpen = true;

  const relay = async (near: Socket) => {
    near.on('error', () => near.destroy());
    near.pause();
    const far = isOpen ? await reach() : undefined;
    if (!far || !isOpen || near.destroyed) {
      far?.destroy();
      near.destroy();
      return;
    }
    const pair = { near, far };
    pairs.add(pair);
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
    far.on('close', (hadError) => {
      pairs.delete(pair);
      if (hadError) near.destroy();
    });
    near.pipe(far);
    far.pipe(near);
  };
  const reach = async () => {
    for (let tried = 0; tried < ports.length; tried++) {
      const far = await dial(ports[turn++ % ports.length] ?? 0);
      if (far) return far;
    }
    return undefined;
  };

  const server = createServer({ noDelay: true }, (near) => void relay(near));
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  const bound = server.address();
  const cut = () => {
    for (const { near, far } of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    address: `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
    route(next) {
      ports = next;
    },
    open(next) {
      isOpen = next;
      if (!isOpen) cut();
    },
    stall(isStalled) {
      for (const { near, far } of pairs) {
        if (isStalled) far.unpipe(near).pause();
        else far.pipe(near);
      }
    },
    async [Symbol.asyncDispose]() {
      isOpen = false;
      cut();
      server.close();
    },
  };
}

function dial(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}
