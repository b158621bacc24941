import { reportTo } from './control.ts';
import { channel, id, publicationOn, vector } from './publication.ts';

/** The least Bun can do to stream events: everybody gets the same bytes, made beforehand. Nobody is asked anything. */
const encoder = new TextEncoder();
const greeting = encoder.encode(
  `retry: 1500\nevent: subscribed\ndata: {"type":"subscribed","clientId":"${id}","position":"${vector}"}\nid: ${vector}\n\n`,
);
const event = encoder.encode(`data: ${publicationOn(channel)}\nid: ${vector}\n\n`);
const streams = new Set<ReadableStreamDefaultController<Uint8Array>>();

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  idleTimeout: 0,
  fetch() {
    let stream: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          stream = controller;
          streams.add(stream);
          stream.enqueue(greeting);
        },
        cancel() {
          streams.delete(stream);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 65_536 }),
    );
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  },
});

reportTo(
  { port: server.port ?? 0 },
  {
    publish(count) {
      for (let made = 0; made < count; made++) for (const stream of streams) stream.enqueue(event);
    },
    sessions: () => streams.size,
  },
);
