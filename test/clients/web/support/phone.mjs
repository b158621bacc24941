// An app on a phone: runs beside a stand-in of React Native, whose AppState is `app`.
import { createClient } from '@tambuli/client';

const sockets = [];
const socket = (url) => {
  const made = { url, readyState: 0, close: () => undefined, send: () => undefined };
  sockets.push(made);
  return made;
};
const turn = () => new Promise((resolve) => setTimeout(resolve));

const client = createClient('https://rt.example.ph', { identity: { userId: 'u' }, environment: { socket } });
client.connect();
await turn();
globalThis.app('background');
sockets[0].onclose({ code: 1006, reason: '' });
process.stdout.write(`${client.state.status} ${client.state.retryAt} ${sockets.length}\n`);
globalThis.app('active');
await turn();
process.stdout.write(`${client.state.status} ${sockets.length}\n`);
client.close();
