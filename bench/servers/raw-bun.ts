import type { Server } from 'bun';
import { encodeFrame, subprotocol } from '../../src/protocol/frames/server-frames.ts';
import { row } from '../publications/messages.ts';
import { reportTo } from './control.ts';
import { channel, id, place, publicationOn, receiptOn, timestamp } from './publication.ts';

/**
 * The least Bun can do for the same conversation: nothing is parsed, checked or encoded; every answer is made
 * beforehand, with as many bytes as ours has. Nothing is stored either, unless there is a database in the first
 * argument: then every publication is a row before it is delivered.
 */
const answers = {
  connected: encodeFrame({
    type: 'connected',
    clientId: id,
    timestamp,
    protocol: subprotocol,
    heartbeatMs: 3_600_000,
    warning: 'AUTH_MODE=insecure: identities are not verified.',
  }),
  authenticated: encodeFrame({ type: 'authenticated', clientId: id, userId: 'user1', role: 'officer' }),
  subscribed: encodeFrame({ type: 'subscribed', channel, position: place }),
  published: encodeFrame({ type: 'published', position: place }),
  pong: encodeFrame({ type: 'pong', timestamp }),
};
const receipt = receiptOn(channel);
const publications = new Map<string, string>();
const [, , databaseUrl] = Bun.argv;
const store = databaseUrl ? await (await import('./raw-table.ts')).openTable(databaseUrl) : undefined;

const server: Server<undefined> = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, { upgrade }) {
    if (request.method === 'POST') return published(request);
    const upgraded = upgrade.call(server, request);
    return upgraded ? undefined : new Response('WebSockets only', { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    sendPings: false,
    backpressureLimit: 128 * 1024 * 1024,
    open(ws) {
      ws.send(answers.connected);
    },
    message(ws, text: string) {
      // The letters after {"type":" are enough: auth, subscribe, publish, ping.
      switch (text.slice(9, 11)) {
        case 'au':
          ws.send(answers.authenticated);
          break;
        case 'su':
          ws.subscribe(channelOf(text));
          ws.send(answers.subscribed);
          break;
        case 'pu': {
          const name = channelOf(text);
          const publish = () => {
            server.publish(name, knownPublication(name), false);
            ws.send(answers.published);
          };
          if (store) void store(name, JSON.stringify(row)).then(publish);
          else publish();
          break;
        }
        default:
          ws.send(answers.pong);
      }
    },
  },
});
reportTo(
  { port: server.port ?? 0 },
  {
    publish(count) {
      for (let made = 0; made < count; made++) server.publish(channel, knownPublication(channel), false);
    },
  },
);

/** `POST /api/realtime/publish`. */
async function published(request: Request): Promise<Response> {
  const name = channelOf(await request.text());
  server.publish(name, knownPublication(name), false);
  return new Response(receipt, { headers: { 'content-type': 'application/json' } });
}

function channelOf(text: string): string {
  const start = text.indexOf('bench:');
  return text.slice(start, text.indexOf('"', start));
}

function knownPublication(name: string): string {
  let text = publications.get(name);
  if (!text) {
    text = publicationOn(name);
    publications.set(name, text);
  }
  return text;
}
