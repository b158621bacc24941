import type { Random } from '../../support/random.ts';
import {
  type EngineClient,
  engineAddress,
  openEngine,
  openNamespace,
  openPolling,
  type Packet,
  type PollingSession,
  separator,
} from '../../support/services/engine-client.ts';
import type { Answer, Entry } from '../fuzz.ts';
import { mutatedJson, mutateText, pick, strangeText, upTo } from '../mutate.ts';
import { type Target, validFrame } from './websocket-entries.ts';

/** Packets that follow one another. */
type Packets = readonly Packet[];

interface Request {
  readonly method: string;
  /** `SID` in its query stands for the id of the session. */
  readonly query: string;
  readonly body?: string;
}

export function socketIoEntries(url: string, target: Target): readonly Entry[] {
  const { tokens } = target;
  const byWebSocket: Entry<Packets> = {
    name: 'socket.io packets',
    weight: 8,
    generate: (random) => strangePackets(random, target),
    async send(cases, random) {
      const answers: Answer[] = [];
      let client: EngineClient | undefined;
      const finish = async () => {
        if (client) answers.push({ status: 0, text: client.all('').join('\n') });
        await client?.[Symbol.asyncDispose]();
        client = undefined;
      };
      for (const packets of cases) {
        const connects = String(packets[0]).startsWith('40');
        if (connects) await finish();
        client ??= connects
          ? await openEngine(url, 'websocket')
          : await openNamespace(url, 'websocket', { token: pick(random, tokens) });
        await client.send(...packets);
        const isThere = connects ? await isConnectAnswered(client) : await isAlive(client);
        if (connects || !isThere) await finish();
      }
      await finish();
      return answers;
    },
  };
  const byPolling: Entry<Request> = {
    name: 'socket.io requests',
    weight: 3,
    generate: (random) => strangeRequest(random, target),
    async send(requests, random) {
      const answers: Answer[] = [];
      let session = await connectedByPolling(url, pick(random, tokens));
      for (const request of requests) {
        answers.push(await sendOne(url, session, request));
        // It leaves something to be polled, too.
        if ((await session.post('40/there,')) === 200) continue;
        session = await connectedByPolling(url, pick(random, tokens));
      }
      answers.push({ status: 0, text: (await session.poll()).packets.join('\n') });
      await session.post('1');
      return answers;
    },
  };
  return [byWebSocket, byPolling];
}

const placeholder = (num: number) => ({ _placeholder: true, num });

function strangePackets(random: Random, target: Target): Packets {
  const { type, ...fields } = validFrame(random, target);
  const id = pick(random, ['', '', '0', '7', '9'.repeat(400), '1 2', '-1']);
  const json = mutatedJson(random, fields);
  const attachments = Array.from({ length: upTo(random, 3) }, () => Buffer.from(strangeText(random)));
  const places = { ...fields, data: [placeholder(upTo(random, 3)), placeholder(0)] };
  const binary = mutatedJson(random, places);
  const kinds: readonly [number, () => Packets][] = [
    [60, () => [`42${id}[${JSON.stringify(type)},${json}]`]],
    [5, () => [`42${id}${mutatedJson(random, { event: type, ...fields })}`]],
    [5, () => [`43${id}[${json}]`]],
    [8, () => [`45${attachments.length}-${id}["publish",${binary}]`, ...attachments]],
    [4, () => [`46${1 + upTo(random, 11)}-${id}[${binary}]`, ...attachments]],
    [8, () => [`40${mutatedJson(random, { token: pick(random, target.tokens), since: target.position })}`]],
    [4, () => [`40/${mutateText(random, 'there')},${json}`]],
    [1, () => [pick(random, ['41', '41/there,', '427', '44{}', '47', '4'])]],
    [5, () => [pick(random, ['0{}', '1', '2', '2probe', '3', '3probe', '5', '6', '7', 'b!', ''])]],
  ];
  const table = kinds.flatMap(([weight, kind]) => Array<() => Packets>(weight).fill(kind));
  const packets = pick(random, table)();
  if (random() < 0.9) return packets;
  return packets.map((packet) => (typeof packet === 'string' ? mutateText(random, packet) : packet));
}

function strangeRequest(random: Random, target: Target): Request {
  const method = random() < 0.9 ? pick(random, ['POST', 'POST', 'GET']) : pick(random, ['PUT', 'OPTIONS']);
  const query = 'EIO=4&transport=polling&sid=SID';
  const packets = Array.from({ length: 1 + upTo(random, 3) }, () => strangePackets(random, target));
  const body = packets
    .flat()
    .map((packet) => (typeof packet === 'string' ? packet : `b${Buffer.from(packet).toString('base64')}`))
    .join(separator);
  return {
    method,
    query: random() < 0.8 ? query : encodeURI(mutateText(random, query).toWellFormed()),
    ...(method.startsWith('P') && { body: random() < 0.9 ? body : mutateText(random, body) }),
  };
}

async function sendOne(url: string, { handshake }: PollingSession, request: Request): Promise<Answer> {
  const { method, query, body = null } = request;
  const path = `${url}/socket.io/?${query.replace('SID', handshake.sid)}`;
  const response = await fetch(path, { method, body, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  // Without a session's id the query has opened another.
  const [, opened] = /^0\{"sid":"([\w-]+)"/.exec(text) ?? [];
  const address = `${engineAddress(url, 'polling')}&sid=${opened}`;
  if (opened) await fetch(address, { method: 'POST', body: '1' });
  return { status: response.status, text: `${[...response.headers].flat().join('\n')}\n${text}` };
}

async function connectedByPolling(url: string, token: string): Promise<PollingSession> {
  const session = await openPolling(url);
  await session.post(`40${JSON.stringify({ token })}`);
  return session;
}

/** Whether everything is answered and more may be sent. */
function isAlive(client: EngineClient): Promise<boolean> {
  return client.send('42777["ping"]').then(() => isHeard(client, '43777'));
}

/** Whether it was let in, or refused and may try again. */
async function isConnectAnswered(client: EngineClient): Promise<boolean> {
  return isHeard(client, '4');
}

/** False when the session ended instead. */
function isHeard(client: EngineClient, start: string): Promise<boolean> {
  return client.next(start, 10_000).then(
    () => true,
    (error: unknown) => {
      if (String(error).includes('waited')) throw error;
      return false;
    },
  );
}
