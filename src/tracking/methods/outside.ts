import { createHash } from 'node:crypto';
import { type LookupOptions, lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Outcome, OutgoingDelivery } from '../../extension/delivery-method.ts';

export interface OutsideRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Lets requests go to private addresses and without TLS; otherwise both are refused. */
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
  /** Most bytes of the response that are read; none where it is left out. */
  readonly readBytes?: number;
}

export interface OutsideAnswer {
  readonly status: number;
  readonly retryAfterMs?: number;
  /** The part that was read. */
  readonly body: string;
}

/**
 * POSTs to an address that somebody else chose. The address that is checked is the one that is connected to, so a name
 * that resolves differently the second time gains nothing; redirects are responses like any other. Rejects with an error
 * that has a `code`.
 */
export async function postOutside(request: OutsideRequest): Promise<OutsideAnswer> {
  const { headers, body, allowPrivate, signal, readBytes = 0 } = request;
  const url = new URL(request.url);
  if (!allowPrivate) check(url);
  const { promise, resolve, reject } = Promise.withResolvers<OutsideAnswer>();
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    signal,
    ...(!allowPrivate && { lookup: publicLookup }),
  };
  const sent = (url.protocol === 'https:' ? https : http).request(url, options, (response) => {
    const after = retryAfterMs(response.headers['retry-after']);
    const answered = {
      status: response.statusCode ?? 0,
      ...(after !== undefined && { retryAfterMs: after }),
    };
    const finish = (text: string) => {
      resolve({ ...answered, body: text });
      response.destroy();
    };
    if (readBytes === 0) return finish('');
    read(response, readBytes).then(finish, reject);
  });
  // After the response it is our own hanging up.
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

async function read(response: http.IncomingMessage, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= mostBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes).toString();
}

/** Returns the outcome that a response means; the statuses in `gone` end the delivery. */
export function outcomeOf(answer: Omit<OutsideAnswer, 'body'>, gone: readonly number[] = [410]): Outcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const error = `answered ${status}`;
  return gone.includes(status) ? { kind: 'never', error } : laterAs(answer, error);
}

/** Returns the outcome of a request that may be repeated, not before the receiver says. */
export const laterAs = ({ retryAfterMs: after }: Omit<OutsideAnswer, 'body'>, error: string): Outcome => ({
  kind: 'later',
  error,
  ...(after !== undefined && { retryAfterMs: after }),
});

/**
 * The same for every attempt of one event to one person, so that a receiver that gets it twice can tell. 32 characters.
 */
export const messageId = ({ event, userId }: OutgoingDelivery): string =>
  createHash('sha256').update(`${event.id} ${userId}`).digest('base64url').slice(0, 32);

class AddressError extends Error {
  readonly code = 'ADDRESS_REFUSED';
}

/** Checks the parts that `lookup` never sees: the scheme, and addresses in place of names. */
function check({ protocol, hostname }: URL): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol !== 'https:' || (ipaddr.isValid(host) && !isPublic(host))) {
    throw new AddressError('Only public addresses over https are called.');
  }
}

const isPublic = (address: string) => ipaddr.process(address).range() === 'unicast';

const publicLookup: LookupFunction = (hostname, options: LookupOptions, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    const [first] = found ?? [];
    if (error || !first) return callback(error ?? new AddressError('It has no address.'), []);
    if (!found.every(({ address }) => isPublic(address))) {
      return callback(new AddressError('It has a private address.'), []);
    }
    return options.all ? callback(null, found) : callback(null, first.address, first.family);
  });
};

const longestPauseMs = 86_400_000;

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), longestPauseMs);
}
