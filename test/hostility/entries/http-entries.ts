import type { Random } from '../../support/random.ts';
import type { Answer, Entry } from '../fuzz.ts';
import { mutatedJson, mutateText, pick, strangeText, upTo } from '../mutate.ts';

export interface HttpTarget {
  readonly url: string;
  /** Header lines of callers who may do something, and of some who may not. */
  readonly identities: readonly Readonly<Record<string, string>>[];
  /** A position there really is. */
  readonly position: string;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Requests of a batch that are under way at once. */
const parallel = 10;
const answerMs = 10_000;
/** A stream, or a poll that waits, is left after so long. */
const patienceMs = 100;

export function httpEntries(target: HttpTarget): readonly Entry<Request>[] {
  const send = (requests: readonly Request[]) => sendAll(target.url, requests);
  const headers = (random: Random) => strangeHeaders(random, pick(random, target.identities));
  const since = (random: Random) => pick(random, [target.position, 'x:0', '2026-01-31T08:00:00Z', '']);
  return [
    {
      name: 'polling',
      weight: 10,
      send,
      generate(random) {
        const channel = parameter(random, pick(random, ['hearings', 'cases', 'notifications', 'case:456']));
        const query = strangeQuery(random, {
          since: since(random),
          limit: String(upTo(random, 5)),
          wait: pick(random, ['0', '0', '0', '1', '60']),
        });
        return {
          method: 'GET',
          path: `/api/realtime/channels/${channel}/publications?${query}`,
          headers: headers(random),
        };
      },
    },
    {
      name: 'sse',
      weight: 5,
      send,
      generate(random) {
        const channels = pick(random, ['hearings', 'hearings,cases,notifications', 'notifications']);
        const query = strangeQuery(random, { channels, since: `hearings@${since(random)}` });
        const resume = random() < 0.3 ? { 'last-event-id': headerText(`hearings@${since(random)}`) } : {};
        const accept = random() < 0.5 ? { accept: 'text/event-stream' } : {};
        return {
          method: 'GET',
          path: `/api/realtime/stream?${query}`,
          headers: { ...headers(random), ...accept, ...resume },
        };
      },
    },
    {
      name: 'publishing',
      weight: 10,
      send,
      generate(random) {
        const [path, body] = pick(random, bodies);
        const type = random() < 0.9 ? 'application/json' : pick(random, contentTypes);
        return {
          method: 'POST',
          path,
          headers: { ...headers(random), 'content-type': type },
          body: mutatedJson(random, body),
        };
      },
    },
    {
      name: 'any route',
      weight: 5,
      send,
      generate(random) {
        const method = pick(random, ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);
        const path = pick(random, routes);
        return {
          method,
          path: random() < 0.5 ? path : `/${encodeURI(mutateText(random, path.slice(1)).toWellFormed())}`,
          headers: headers(random),
          ...(method.startsWith('P') && { body: strangeText(random) }),
        };
      },
    },
  ];
}

const eventType = 'updated';
const notification = { title: 't', message: 'm', type: 'x', caseId: 456 };
const publication = { channel: 'hearings', type: 'note', eventType, data: { a: [1, { b: null }] } };
/** The body that each path that publishes takes. */
const bodies: readonly [string, Record<string, unknown>][] = [
  ['/ws/broadcast/hearing', { hearingId: 123, eventType }],
  ['/ws/broadcast/case', { caseId: 456, eventType }],
  ['/ws/broadcast/person', { personId: 'PERSON-123', eventType, data: { note: 'n' } }],
  ['/ws/broadcast/notification', { userId: 'user123', notification }],
  ['/api/realtime/publish', { ...publication, exclude: { userId: 'stranger' } }],
  ['/api/realtime/publish', { channel: 'notifications', userId: 'user123', type: 'note', data: 1 }],
  ['/api/realtime/publish', { channel: 'hearings', type: 'typing', data: null, ephemeral: true }],
  ['/api/realtime/publish/batch', { publications: [publication, { ...publication, idempotencyKey: 'k' }] }],
  ['/api/realtime/users/user123/disconnect', {}],
  ['/api/realtime/users/nobody/revoke', {}],
];

const contentTypes = [
  '',
  ';;;',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
];

const routes = [
  '/health',
  '/health/ready',
  '/ws/status',
  '/metrics',
  '/openapi',
  '/openapi/json',
  '/asyncapi.json',
  '/ws/realtime',
  '/ws/broadcast/hearing',
  '/api/realtime/stream',
  '/api/realtime/channels/hearings/publications',
  '/api/realtime/presence/hearings',
  '/api/realtime/publish',
  '/socket.io/',
];

export function parameter(random: Random, text: string): string {
  if (random() < 0.5) return text;
  return encodeURIComponent(mutateText(random, text).toWellFormed()) || '%20';
}

export function strangeQuery(random: Random, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters);
  for (let left = upTo(random, 2); left > 0; left--) {
    const name = random() < 0.8 ? pick(random, Object.keys(parameters)) : strangeText(random);
    if (random() < 0.2) query.delete(name);
    else if (random() < 0.5) query.append(name, strangeText(random));
    else query.set(name, mutateText(random, query.get(name) ?? ''));
  }
  return query.toString().slice(0, 8_000);
}

export function strangeHeaders(
  random: Random,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  if (random() < 0.8) return { ...headers };
  const names = [
    'x-request-id',
    'if-none-match',
    'cookie',
    'origin',
    'accept',
    'x-forwarded-for',
    'idempotency-key',
  ];
  const name = pick(random, [...names, ...Object.keys(headers)]);
  return { ...headers, [name]: headerText(strangeText(random)) };
}

/** The texts that may stand in a header at all. */
const headerText = (text: string) => text.replace(/[^\x21-\x7e]/g, '?').slice(0, 4_000);

export async function sendAll(url: string, requests: readonly Request[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let at = 0; at < requests.length; at += parallel) {
    const now = requests.slice(at, at + parallel);
    answers.push(...(await Promise.all(now.map((request) => sendOne(url, request)))));
  }
  return answers;
}

async function sendOne(url: string, { path, ...init }: Request): Promise<Answer> {
  const leaving = new AbortController();
  const mayWait = /wait=|stream/.test(path);
  const patience = setTimeout(() => leaving.abort(), mayWait ? patienceMs : answerMs);
  let head = '';
  let status = 0;
  try {
    const response = await fetch(url + path, { ...init, signal: leaving.signal, redirect: 'manual' });
    status = response.status;
    head = [...response.headers].flat().join('\n');
    const isStream = response.headers.get('content-type')?.includes('event-stream') === true;
    const body = isStream ? await firstChunk(response) : await response.text();
    return { status, text: `${head}\n${body}` };
  } catch (error) {
    if (mayWait && leaving.signal.aborted) return { status, text: head };
    throw new Error(`${init.method} ${path} was not answered: ${error}`, { cause: error });
  } finally {
    clearTimeout(patience);
    leaving.abort();
  }
}

async function firstChunk({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const chunk = await reader?.read();
  return new TextDecoder().decode(chunk?.value);
}
