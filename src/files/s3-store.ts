import { AwsV4Signer } from 'aws4fetch';
import { AppError } from '../errors.ts';
import type { BucketSettings } from '../extension/files/settings.ts';
import {
  type ExpectedUpload,
  type FileStore,
  type FoundUpload,
  type HandedFile,
  headBytes,
  type SignedRequest,
} from '../extension/files/store.ts';
import type { Clock } from '../lib/clock.ts';

/** Longest wait for the storage. Milliseconds. */
const answerMs = 10_000;

interface Call {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Files in a bucket. Links are signed by AWS Signature Version 4 and lead past this server. The signature of an upload
 * covers its type and its length, which Bun's own client does not sign.
 */
export class S3FileStore implements FileStore {
  readonly origin: string;
  readonly #settings: BucketSettings;
  readonly #clock: Clock;
  readonly #base: string;
  /** Keys that signatures are derived from, by day. */
  readonly #cache = new Map<string, ArrayBuffer>();

  constructor(settings: BucketSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    const { endpoint, bucket, region } = settings;
    // An own endpoint may be an address, which has no names below it.
    this.#base = endpoint
      ? `${endpoint.replace(/\/+$/, '')}/${bucket}`
      : `https://${bucket}.s3.${region}.amazonaws.com`;
    this.origin = new URL(this.#base).origin;
  }

  async uploadLink({ key, type, size, expiresAt }: ExpectedUpload): Promise<SignedRequest> {
    const headers = { 'content-type': type, 'content-length': String(size) };
    const url = await this.#link(incoming(key), { method: 'PUT', headers }, expiresAt);
    // A client sets the length by itself; pages may not even try.
    return { method: 'PUT', url, headers: { 'content-type': type } };
  }

  downloadLink({ key, type, disposition, expiresAt }: HandedFile): Promise<string> {
    const query = { 'response-content-type': type, 'response-content-disposition': disposition };
    return this.#link(kept(key), { method: 'GET' }, expiresAt, query);
  }

  async look(key: string): Promise<FoundUpload | undefined> {
    return (await this.#look(incoming(key))) ?? (await this.#look(kept(key)));
  }

  async keep(key: string, version: string): Promise<boolean> {
    const headers = {
      'x-amz-copy-source': `/${this.#settings.bucket}/${incoming(key)}`,
      'x-amz-copy-source-if-match': version,
    };
    const response = await this.#ask(kept(key), { method: 'PUT', headers });
    if (response.status === 404) return (await this.#look(kept(key)))?.version === version;
    if (response.status === 412) return false;
    // A copy that fails on its way is answered with 200 and an error.
    if (!response.ok || (await response.text()).includes('<Error>')) throw unavailable(response.status);
    await this.#delete(incoming(key));
    return true;
  }

  async remove(key: string, whole: boolean): Promise<void> {
    await this.#delete(incoming(key));
    if (whole) await this.#delete(kept(key));
  }

  async check(): Promise<void> {
    const response = await this.#ask('', { method: 'HEAD' });
    if (!response.ok) throw unavailable(response.status);
  }

  async #look(path: string): Promise<FoundUpload | undefined> {
    const range = `bytes=0-${headBytes - 1}`;
    const response = await this.#ask(path, { method: 'GET', headers: { range } });
    if (response.status === 404) return undefined;
    const version = response.headers.get('etag');
    const size = Number(response.headers.get('content-range')?.split('/')[1]);
    if (response.status !== 206 || !version || !Number.isSafeInteger(size))
      throw unavailable(response.status);
    return { size, version, head: new Uint8Array(await response.arrayBuffer()) };
  }

  async #delete(path: string): Promise<void> {
    const response = await this.#ask(path, { method: 'DELETE' });
    if (!response.ok && response.status !== 404) throw unavailable(response.status);
  }

  async #ask(path: string, { method, headers }: Call): Promise<Response> {
    const signed = await this.#signer(path, { method, ...(headers && { headers }) }).sign();
    try {
      return await fetch(signed.url, {
        method,
        headers: signed.headers,
        redirect: 'error',
        signal: AbortSignal.timeout(answerMs),
      });
    } catch (error) {
      throw unavailable(0, error);
    }
  }

  async #link(
    path: string,
    call: Call,
    expiresAt: number,
    query: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const seconds = Math.max(1, Math.floor((expiresAt - this.#clock.now()) / 1_000));
    const more = { ...query, 'X-Amz-Expires': String(seconds) };
    const { url } = await this.#signer(path, call, more).sign();
    // A form writes a space as a plus, which is none to every storage.
    url.search = url.search.replaceAll('+', '%20');
    return url.href;
  }

  #signer(
    path: string,
    { method, headers = {} }: Call,
    query?: Readonly<Record<string, string>>,
  ): AwsV4Signer {
    const { accessKeyId, secretAccessKey, region } = this.#settings;
    const url = new URL(path === '' ? this.#base : `${this.#base}/${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    return new AwsV4Signer({
      ...{ accessKeyId, secretAccessKey, region, service: 's3', cache: this.#cache },
      ...{ method, url: url.href, headers: { ...headers } },
      datetime: new Date(this.#clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
      ...(query && { signQuery: true, allHeaders: true }),
    });
  }
}

const incoming = (key: string) => `incoming/${key}`;
const kept = (key: string) => `kept/${key}`;

function unavailable(
  status: number,
  cause: unknown = new Error(`The storage answered ${status}.`),
): AppError {
  return new AppError('files_unavailable', 'The storage of files does not answer as it should.', { cause });
}
