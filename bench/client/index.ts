import { answerParent } from '../child.ts';
import {
  type ClientRequest,
  channelName,
  type Done,
  type PostWork,
  type PublishWork,
  row,
} from '../publications/messages.ts';
import { HttpCallers } from './http-callers.ts';
import { measureLatency } from './latency.ts';
import { RawSocket, textFrame } from './raw-socket.ts';
import { recover } from './recovery.ts';

/** The clients of one server: an audience that counts, and publishers. */
const audience: RawSocket[] = [];
const publishers: RawSocket[] = [];
const connectingAtOnce = 64;
const ping = textFrame({ type: 'ping' });

answerParent<ClientRequest>(async (request) => {
  switch (request.ask) {
    case 'connect':
      return measured(() => connect(request));
    case 'publish':
      return measured(() => publish(request.work));
    case 'ping':
      return measured(() => pingAll(request.pings));
    case 'recover':
      return recover(request.port, request.work, fail);
    case 'post':
      return post(request.ports, request.work);
    case 'latency':
      return measureLatency(request.port, request.work);
    case 'disconnect':
      for (const socket of [...audience.splice(0), ...publishers.splice(0)]) socket.close();
      return {};
  }
});

async function measured(work: () => Promise<void>): Promise<Done> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - startedAt) / 1000, clientCpu: user + system };
}

async function connect(request: Extract<ClientRequest, { ask: 'connect' }>): Promise<void> {
  const { sockets, firstChannel, channels, perSocket } = request.audience;
  let next = 0;
  const connectMore = async () => {
    while (next < sockets) {
      const number = next++;
      const names = Array.from({ length: perSocket }, (_, k) =>
        channelName(firstChannel + ((number * perSocket + k) % channels)),
      );
      audience.push(await enter(request.port, `user${firstChannel}-${number}`, names));
    }
  };
  await Promise.all(Array.from({ length: connectingAtOnce }, connectMore));
  for (let number = 0; number < request.publishers; number++) {
    publishers.push(await enter(request.port, `publisher${number}`, []));
  }
}

/** A session that has been greeted, identified and subscribed. */
async function enter(port: number, userId: string, channels: readonly string[]): Promise<RawSocket> {
  const socket = await RawSocket.connect(port, '/ws/realtime', fail);
  const entered = Promise.withResolvers<void>();
  const expected = 2 + channels.length;
  socket.onFrames = () => {
    if (socket.received === expected) entered.resolve();
  };
  socket.send(textFrame({ type: 'auth', userId, role: 'officer' }));
  for (const channel of channels) socket.send(textFrame({ type: 'subscribe', channel }));
  await entered.promise;
  return socket;
}

/** The connections are made beforehand: what is measured is their requests. */
async function post(ports: readonly number[], { callers, path, body, requests }: PostWork): Promise<Done> {
  const http = new HttpCallers();
  await http.connect(ports, callers);
  try {
    return await measured(() => http.closedLoop(path, [body], requests));
  } finally {
    http.close();
  }
}

function publish(work: PublishWork): Promise<void> {
  const { publications, channels, firstChannel, subscribersPerChannel, perSecond } = work;
  const frames = Array.from({ length: channels }, (_, number) => publishFrame(firstChannel + number));
  const done = Promise.withResolvers<void>();
  let sent = 0;
  let left = publications * (1 + subscribersPerChannel);
  const arrived = (count: number) => {
    left -= count;
    if (left === 0) done.resolve();
  };
  const sendNext = (socket: RawSocket) => {
    const frame = frames[sent % channels];
    if (sent++ < publications && frame) socket.send(frame);
  };
  for (const socket of audience) socket.onFrames = arrived;
  for (const socket of publishers) {
    socket.onFrames = (count) => {
      arrived(count);
      if (!perSecond) for (let each = 0; each < count; each++) sendNext(socket);
    };
  }
  if (perSecond) sendPaced(perSecond, publications, sendNext);
  else for (const socket of publishers) sendNext(socket);
  return done.promise;
}

function publishFrame(number: number): Uint8Array {
  const publicationType = 'bench_update';
  return textFrame({ type: 'publish', channel: channelName(number), publicationType, data: row });
}

function sendPaced(perSecond: number, total: number, send: (socket: RawSocket) => void): void {
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(total, ((performance.now() - startedAt) * perSecond) / 1000);
    for (; sent < due; sent++) {
      const socket = publishers[sent % publishers.length];
      if (socket) send(socket);
    }
    if (sent >= total) clearInterval(timer);
  }, 1000 / perSecond);
}

function pingAll(pings: number): Promise<void> {
  const done = Promise.withResolvers<void>();
  let sent = 0;
  let answered = 0;
  const sendNext = (socket: RawSocket) => {
    if (sent++ < pings) socket.send(ping);
  };
  for (const socket of publishers) {
    socket.onFrames = (count) => {
      answered += count;
      if (answered === pings) done.resolve();
      for (let each = 0; each < count; each++) sendNext(socket);
    };
    sendNext(socket);
  }
  return done.promise;
}

function fail(error: Error): void {
  process.stderr.write(`bench client: ${error.message}\n`);
  process.exit(1);
}
