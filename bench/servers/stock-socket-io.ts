import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as Engine } from '@socket.io/bun-engine';
import { Server as SocketIo } from 'socket.io';
import { reportTo } from './control.ts';
import { channel, position, publicationOn, receiptOn, vector } from './publication.ts';

/**
 * socket.io as its manual has it, on Node or on Bun: a room, and an event to everybody in it. Nobody is asked anything
 * and nothing is stored; event, publication and position have as many bytes as ours.
 */
const hour = 3_600_000;
const heartbeat = { pingInterval: hour, pingTimeout: hour };
const io = new SocketIo(heartbeat);
const publication: unknown = JSON.parse(publicationOn(channel));

io.on('connection', (socket) => {
  socket.on('subscribe', async ({ channel }: { channel: string }) => {
    await socket.join(channel);
    socket.emit('subscribed', { type: 'subscribed', channel, position }, vector);
  });
});

reportTo(
  { port: process.versions['bun'] ? listenOnBun() : await listenOnNode() },
  {
    publish(count) {
      for (let made = 0; made < count; made++) io.to(channel).emit('bench_update', publication, vector);
    },
    sessions: () => io.engine.clientsCount,
  },
);

function listenOnBun(): number {
  const engine = new Engine({ path: '/socket.io/', ...heartbeat });
  io.bind(engine);
  const { fetch, ...handler } = engine.handler();
  return (
    Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      ...handler,
      // The engine asks Bun for twice the heartbeat, which is more than Bun takes.
      idleTimeout: 0,
      fetch: (request, server) =>
        request.url.includes(engine.opts.path) ? fetch(request, server) : published(request),
    }).port ?? 0
  );
}

/** `POST /api/realtime/publish`, as an application that stores nothing has it. */
async function published(request: Request): Promise<Response> {
  const { channel } = (await request.json()) as { channel: string };
  io.to(channel).emit('bench_update', publication, vector);
  return new Response(receiptOn(channel), { headers: { 'content-type': 'application/json' } });
}

async function listenOnNode(): Promise<number> {
  const server = createServer();
  io.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
