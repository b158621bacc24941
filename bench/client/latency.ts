import {
  channelName,
  type Latencies,
  type LatencyWork,
  type Percentiles,
  row,
} from '../publications/messages.ts';
import { HttpCallers } from './http-callers.ts';

/** Calls that may be under way; more say that the server does not keep up. */
const callers = 2_000;

/** The part of a publication that a subscriber reads. */
interface Received {
  readonly type: string;
  readonly timestamp: string;
  readonly data?: { readonly calledAt: number };
}

/** Caller and subscriber are one process, so one clock measures the whole way. */
export async function measureLatency(port: number, work: LatencyWork): Promise<Latencies> {
  const { channel, perSecond, publications } = work;
  const [sinceCommit, sinceCall]: [number[], number[]] = [[], []];
  const all = Promise.withResolvers<void>();
  const socket = await subscribe(port, channelName(channel), ({ timestamp, data }) => {
    const receivedAt = now();
    sinceCommit.push(receivedAt - Date.parse(timestamp));
    sinceCall.push(receivedAt - (data?.calledAt ?? Number.NaN));
    if (sinceCall.length === publications) all.resolve();
  });
  const http = new HttpCallers();
  await http.connect([port], callers);
  const startedAt = now();
  let called = 0;
  const callDue = () => {
    const due = Math.min(publications, ((now() - startedAt) * perSecond) / 1_000);
    for (; called < due; called++) {
      const body = JSON.stringify({ channel, data: { ...row, calledAt: now() } });
      http.call('/bench/publish', body).catch(all.reject);
    }
    if (called >= publications) clearInterval(timer);
  };
  const timer = setInterval(callDue, 1);
  try {
    await all.promise;
  } finally {
    clearInterval(timer);
    http.close();
    socket.close();
  }
  return { sinceCommit: percentiles(sinceCommit), sinceCall: percentiles(sinceCall) };
}

/** Milliseconds since the Unix epoch, with fractions. */
const now = () => performance.timeOrigin + performance.now();

function subscribe(port: number, channel: string, receive: (publication: Received) => void) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/realtime`);
  socket.onopen = () => {
    socket.send(JSON.stringify({ type: 'auth', userId: 'listener', role: 'officer' }));
    socket.send(JSON.stringify({ type: 'subscribe', channel }));
  };
  return new Promise<WebSocket>((resolve, reject) => {
    socket.onerror = () => reject(new Error('The listener was not let in.'));
    socket.onmessage = ({ data }) => {
      // Our own server's frames; the publications among them are all of one kind.
      const frame = JSON.parse(String(data)) as Received;
      if (frame.type === 'bench_update') receive(frame);
      else if (frame.type === 'subscribed') resolve(socket);
    };
  });
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
