import { expect, test } from 'bun:test';
import { entering } from '../../bench/client/entering.ts';
import { ReaderSocket } from '../../bench/client/reader-socket.ts';

test.each(['sse', 'websocket', 'long poll'] as const)(
  'a reader over %s that the server refuses tells the reason instead of waiting',
  async (transport) => {
    const refused = () => Response.json({ code: 'too_many_connections' }, { status: 429 });
    await using server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: refused });
    const port = server.port ?? 0;
    const lost = Promise.withResolvers<Error>();
    const socket = await ReaderSocket.connect(port, lost.resolve);
    void entering[transport]({ socket, port, userId: 'user1', channel: 'bench:1' });
    expect((await lost.promise).message).toMatch(/refused a client.*429[\s\S]*too_many_connections/);
    socket.close();
  },
);
