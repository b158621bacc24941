import { answerParent } from '../child.ts';
import { HttpCallers } from '../client/http-callers.ts';
import { percentiles } from '../client/latency.ts';
import type { RawSocket } from '../client/raw-socket.ts';
import { channelName, type Done, row } from '../publications/messages.ts';
import { enterAs } from './dialects.ts';
import type {
  CallWork,
  Churned,
  ChurnWork,
  Crowd,
  CrowdPlace,
  CrowdRequest,
  Sustained,
  SustainWork,
} from './messages.ts';

/** The clients of one server: sockets that read, and callers that publish over HTTP. */
const crowd: RawSocket[] = [];
/** Frames of the sockets that have been waited for: those of their entering, and publications. */
let heard = 0;
const connectingAtOnce = 64;
/** Calls that may be under way; more say that the server does not keep up. */
const callersAtOnce = 500;
/** So long nothing arrives once a server has delivered everything. Milliseconds. */
const silenceMs = 300;
const path = '/api/realtime/publish';

answerParent<CrowdRequest>((request) => {
  switch (request.ask) {
    case 'enter':
      return measured(() => enter(request.place, request.crowd));
    case 'churn':
      return churn(request.place, request.work);
    case 'call':
      return call(request.ports, request.work);
    case 'hear':
      return hear(request.frames).then(() => ({}));
    case 'sustain':
      return sustain(request.place, request.work);
    case 'leave':
      for (const socket of crowd.splice(0)) socket.close();
      heard = 0;
      return {};
  }
});

async function measured(work: () => Promise<unknown>): Promise<Done> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - startedAt) / 1_000, clientCpu: user + system };
}

async function enter(place: CrowdPlace, all: Crowd): Promise<void> {
  const { sockets, channels, perSocket, firstChannel = 0, firstSocket = 0 } = all;
  let next = firstSocket;
  const end = firstSocket + sockets;
  const enterMore = async () => {
    while (next < end) {
      const number = next++;
      const names = Array.from({ length: perSocket }, (_, k) =>
        channelName(firstChannel + ((number * perSocket + k) % channels)),
      );
      const userId = `user${firstChannel}-${number}`;
      const socket = await enterAs(place, userId, all.personal ? ['bench_own'] : names, fail);
      heard += socket.received;
      crowd.push(socket);
    }
  };
  await Promise.all(Array.from({ length: connectingAtOnce }, enterMore));
}

async function churn(place: CrowdPlace, { sockets, perSecond }: ChurnWork): Promise<Churned> {
  const ready: number[] = [];
  const live = async (number: number) => {
    const startedAt = performance.now();
    const socket = await enterAs(place, `guest${number}`, [channelName(0)], fail);
    ready.push(performance.now() - startedAt);
    socket.close();
  };
  const done = await measured(() => evenly(sockets, perSecond, live));
  return { ...done, ready: percentiles(ready) };
}

async function call(ports: readonly number[], work: CallWork): Promise<Done> {
  const { callers, publications, channels, readers, firstChannel = 0 } = work;
  const http = new HttpCallers();
  await http.connect(ports, callers);
  const bodies = Array.from({ length: channels }, (_, number) => publication(firstChannel + number));
  try {
    return await measured(() =>
      Promise.all([http.closedLoop(path, bodies, publications), hear(publications * readers)]),
    );
  } finally {
    http.close();
  }
}

/** Resolves when all sockets together have received so many frames more, those included that came before this call. */
async function hear(frames: number): Promise<void> {
  heard += frames;
  let left = heard - crowd.reduce((sum, { received }) => sum + received, 0);
  const done = Promise.withResolvers<void>();
  const count = (more: number) => {
    left -= more;
    if (left <= 0) done.resolve();
  };
  for (const socket of crowd) socket.onFrames = count;
  count(0);
  await done.promise;
}

/**
 * Every socket gets every publication, so its nth frame is the nth publication. Ends with the first delivery too many that is
 * late: what a server has still to send by then may take minutes.
 */
async function sustain({ port }: CrowdPlace, work: SustainWork): Promise<Sustained> {
  const { perSecond, publications, withinMs } = work;
  await silence();
  const http = new HttpCallers();
  await http.connect([port], callersAtOnce);
  const calledAt: number[] = [];
  const all = publications * crowd.length;
  let [arrived, late] = [0, 0];
  const over = Promise.withResolvers<boolean>();
  for (const socket of crowd) {
    let next = 0;
    socket.onFrames = (count) => {
      const now = performance.now();
      arrived += count;
      for (let each = 0; each < count; each++) if (now - (calledAt[next++] ?? now) > withinMs) late++;
      if (late > all / 100) over.resolve(false);
      else if (arrived >= all) over.resolve(true);
    };
  }
  const publish = async () => {
    calledAt.push(performance.now());
    await http.call(path, publication(0));
  };
  try {
    const published = evenly(publications, perSecond, publish);
    return { keepsUp: await Promise.race([published.then(() => over.promise), over.promise]) };
  } catch {
    // More calls were under way than there are callers.
    return { keepsUp: false };
  } finally {
    http.close();
  }
}

/** A server that was called too often may still deliver what it was called for before. */
async function silence(): Promise<void> {
  const heardInAll = () => crowd.reduce((sum, { received }) => sum + received, 0);
  for (let before = -1; before !== heardInAll(); await Bun.sleep(silenceMs)) before = heardInAll();
}

function publication(channel: number): string {
  return JSON.stringify({ channel: channelName(channel), type: 'bench_update', data: row });
}

/** Begins so many pieces of work a second, and resolves when all have ended. Rejects at the first that fails. */
async function evenly(
  count: number,
  perSecond: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  const running: Promise<void>[] = [];
  const failures: unknown[] = [];
  while (running.length < count) {
    const due = Math.min(count, ((performance.now() - startedAt) * perSecond) / 1_000);
    while (running.length < due) {
      const begun = work(running.length).catch((error: unknown) => void failures.push(error));
      running.push(begun);
    }
    if (failures.length > 0) throw failures[0];
    await Bun.sleep(1);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}

function fail(error: Error): void {
  process.stderr.write(`bench crowd: ${error.message}\n`);
  process.exit(1);
}
