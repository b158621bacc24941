import {
  encodeFrame,
  OPCODE,
  openRawWebSocket,
  type RawWebSocket,
} from '../../support/clients/raw-websocket.ts';
import type { Random } from '../../support/random.ts';
import type { Answer, Entry } from '../fuzz.ts';
import { mutatedJson, pick, upTo } from '../mutate.ts';

export interface Target {
  readonly tokens: readonly string[];
  /** A position there really is. */
  readonly position: string;
  /** Frames of domains, beside the engine's. */
  readonly more?: readonly Frame[];
}

export function websocketEntries(socketUrl: string, target: Target): readonly Entry[] {
  const frames: Entry<string> = {
    name: 'websocket frames',
    weight: 65,
    generate: (random) => mutatedJson(random, validFrame(random, target)),
    async send(cases, random) {
      await using raw = await openRawWebSocket(socketUrl);
      if (random() < 0.9)
        raw.send(OPCODE.text, JSON.stringify({ type: 'auth', token: pick(random, target.tokens) }));
      for (const text of cases) raw.send(random() < 0.98 ? OPCODE.text : OPCODE.binary, text.toWellFormed());
      await answered(raw);
      return [answerOf(raw)];
    },
  };
  const wire: Entry<readonly number[]> = {
    name: 'websocket wire',
    weight: 5,
    generate: (random) => [...mutatedWire(random, validFrame(random, target))],
    async send(cases) {
      const answers: Answer[] = [];
      for (const bytes of cases) {
        await using raw = await openRawWebSocket(socketUrl);
        await raw.next(OPCODE.text);
        raw.write(Buffer.from(bytes));
        raw.end();
        await raw.closed;
        answers.push(answerOf(raw));
      }
      return answers;
    },
  };
  return [frames, wire];
}

const end = 'the end of the batch';

/** Resolves when the server has answered everything, or has closed the socket. */
async function answered(raw: RawWebSocket): Promise<void> {
  raw.send(OPCODE.text, JSON.stringify({ type: 'ping', id: end }));
  const lastAnswer = async () => {
    while (!(await raw.next(undefined, 10_000)).payload.includes(end));
  };
  // A frame over the limit closes the socket before.
  await lastAnswer().catch((error: unknown) => {
    if (!String(error).includes('TCP over')) throw error;
  });
}

function answerOf(raw: RawWebSocket): Answer {
  const frames = raw.all().map(({ payload }) => payload.toString());
  return { status: 0, text: [...raw.responseHeaders].flat().concat(frames).join('\n') };
}

type Frame = Record<string, unknown>;

export function validFrame(random: Random, { tokens, position, more }: Target): Frame {
  if (more && random() < 0.8) return pick(random, more);
  const id = pick(random, [upTo(random, 1_000), 'an id', undefined]);
  const channel = pick(random, ['hearings', 'cases', 'persons', 'notifications', 'case:456']);
  const since = pick(random, [undefined, 'x:0', position]);
  return pick<() => Frame>(random, [
    () => ({ type: 'auth', id, token: pick(random, tokens) }),
    () => ({ type: 'auth', id, userId: 'resident7', role: 'admin', tenants: ['a'] }),
    () => ({ type: 'subscribe', id, channel, since }),
    () => ({ type: 'subscribe', id, channel: 'notifications:resident7' }),
    () => ({ type: 'unsubscribe', id, channel }),
    () => ({ type: 'ping', id }),
    () => ({ type: 'pong', id }),
    () => ({ type: 'sync_request', id, channel, since, limit: 1 + upTo(random, 3) }),
    () => ({ type: 'publish', id, channel, publicationType: 'note', data: { a: [1, { b: null }] } }),
  ])();
}

/** A frame of the protocol with bits of its own, cut, or with bytes changed. */
function mutatedWire(random: Random, frame: Frame): Buffer {
  const whole = encodeFrame(upTo(random, 15), JSON.stringify(frame), {
    fin: random() < 0.7,
    mask: random() < 0.9,
    reserved: random() < 0.8 ? 0 : upTo(random, 7),
    ...(random() < 0.2 && { claimedLength: 2 ** upTo(random, 52) }),
  });
  const bytes = Buffer.concat(random() < 0.5 ? [whole, whole] : [whole]);
  for (let left = upTo(random, 3); left > 0; left--) {
    bytes[upTo(random, bytes.length - 1)] = upTo(random, 255);
  }
  return random() < 0.3 ? bytes.subarray(0, upTo(random, bytes.length)) : bytes;
}
