import type { Socket } from 'bun';

interface Caller {
  /** Called when an answer is there. Everything is small enough to come in one piece. */
  onAnswer: () => void;
  onFailure: (reason: string) => void;
}

/** Keep-alive connections that cost a fraction of `fetch`, so that two cores measure the server. */
export class HttpCallers {
  readonly #sockets: Socket<Caller>[] = [];

  /** The connections are dealt out to the ports in turn. */
  async connect(ports: readonly number[], callers: number): Promise<void> {
    for (let number = 0; number < callers; number++) {
      const data: Caller = { onAnswer: () => undefined, onFailure: () => undefined };
      const port = ports[number % ports.length] ?? 0;
      this.#sockets.push(await Bun.connect({ hostname: '127.0.0.1', port, data, socket: handlers }));
    }
  }

  /** Each caller waits for its answer before it calls again; the bodies go out in turn. */
  closedLoop(path: string, bodies: readonly string[], requests: number): Promise<void> {
    const encoded = bodies.map((body) => encodeRequest(path, body));
    const done = Promise.withResolvers<void>();
    let [sent, answered] = [0, 0];
    for (const socket of this.#sockets) {
      const callNext = () => {
        const request = encoded[sent % encoded.length];
        if (sent++ < requests && request) socket.write(request);
      };
      socket.data = {
        onAnswer() {
          answered++;
          if (answered === requests) done.resolve();
          callNext();
        },
        onFailure: (reason) => done.reject(new Error(reason)),
      };
      callNext();
    }
    return done.promise;
  }

  /** One call on a caller that is free; rejects when all of them wait for an answer. */
  call(path: string, body: string): Promise<void> {
    const socket = this.#sockets.pop();
    if (!socket) return Promise.reject(new Error('The server is slower than the calls.'));
    return new Promise((resolve, reject) => {
      socket.data = {
        onAnswer: () => {
          this.#sockets.push(socket);
          resolve();
        },
        onFailure: (reason) => reject(new Error(reason)),
      };
      socket.write(encodeRequest(path, body));
    });
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) {
      socket.data = { onAnswer: () => undefined, onFailure: () => undefined };
      socket.terminate();
    }
  }
}

const handlers = {
  data({ data }: Socket<Caller>, piece: Uint8Array) {
    // "HTTP/1.1 2": the rest of the answer is not looked at.
    if (piece[9] === statusTwo) data.onAnswer();
    else data.onFailure(`The server answered: ${Buffer.from(piece).toString().slice(0, 500)}`);
  },
  close: ({ data }: Socket<Caller>) => data.onFailure('The server closed a connection.'),
};

const statusTwo = '2'.charCodeAt(0);

function encodeRequest(path: string, body: string): Uint8Array {
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return new TextEncoder().encode(head + body);
}
