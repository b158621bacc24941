import { describe, expect, test } from 'bun:test';
import type { FileStore, SignedRequest } from '../../src/extension/files/store.ts';

/** A store, and a client that knows nothing but its links. */
export interface FileStoreSubject extends AsyncDisposable {
  readonly store: FileStore;
  /** Follows a link; it may be relative. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** The time of the store and of those who check its links. Milliseconds since the Unix epoch. */
  now(): number;
  /** From now on it is so much later. */
  pass(ms: number): void;
}

const type = 'text/plain';
const content = 'Her feet are swollen.';
const minute = 60_000;

/** The promises of every FileStore. `open` gives an empty one. */
export function fileStoreContract(name: string, open: () => Promise<FileStoreSubject>): void {
  describe(`${name} keeps the contract of a store of files:`, () => {
    const check = (sentence: string, run: (subject: FileStoreSubject) => Promise<void>) =>
      test(sentence, async () => {
        await using subject = await open();
        await run(subject);
      }, 60_000);

    check(
      'what is uploaded by a link is found, and a download by a link has it once it is kept',
      async (subject) => {
        const { store } = subject;
        const key = await uploaded(subject);
        expect(await (await download(subject, key)).status).toBeGreaterThanOrEqual(400);
        const found = await lookAt(subject, key);
        expect(found.size).toBe(content.length);
        expect(new TextDecoder().decode(found.head)).toBe(content);
        expect(await store.keep(key, found.version)).toBe(true);
        const response = await download(subject, key);
        expect(response.status).toBe(200);
        expect(response.headers.get('content-type')).toBe(type);
        expect(response.headers.get('content-disposition')).toBe('attachment; filename="a.txt"');
        expect(await response.text()).toBe(content);
      },
    );

    check('a player gets the part that it asks for', async (subject) => {
      const key = await kept(subject);
      const response = await download(subject, key, { headers: { range: 'bytes=4-7' } });
      expect(response.status).toBe(206);
      expect(await response.text()).toBe(content.slice(4, 8));
    });

    check('the head of a large upload is its beginning', async (subject) => {
      const large = 'x'.repeat(4_096) + 'y'.repeat(100_000);
      const key = await uploaded(subject, large);
      const { size, head } = await lookAt(subject, key);
      expect(size).toBe(large.length);
      expect(head.byteLength).toBeGreaterThanOrEqual(4_096);
      expect(new TextDecoder().decode(head)).toBe(large.slice(0, head.byteLength));
    });

    check('an upload has the size and the type that were asked for', async (subject) => {
      const { store } = subject;
      for (const [body, headers] of [
        [`${content}!`, {}],
        [content.slice(1), {}],
        [content, { 'content-type': 'text/html' }],
      ] as const) {
        const key = crypto.randomUUID();
        const request = await store.uploadLink(upload(subject, key));
        const response = await send(subject, request, body, headers);
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(await store.look(key)).toBeUndefined();
      }
    });

    check('links end when they say', async (subject) => {
      const { store } = subject;
      const key = await kept(subject);
      const put = await store.uploadLink(upload(subject, key));
      const get = await store.downloadLink(handed(subject, key));
      subject.pass(minute + 2_000);
      expect((await send(subject, put, content)).status).toBe(403);
      expect((await subject.fetch(get)).status).toBe(403);
    });

    check('a link is good for its own act and key, and not altered', async (subject) => {
      const { store } = subject;
      const key = await kept(subject);
      const other = await kept(subject);
      const put = await store.uploadLink(upload(subject, key));
      const get = await store.downloadLink(handed(subject, key));
      expect((await subject.fetch(put.url)).status).toBe(403);
      expect((await send(subject, { ...put, url: get }, content)).status).toBe(403);
      for (const altered of alterations(get, key, other)) {
        expect([altered, (await subject.fetch(altered)).status]).toEqual([altered, 403]);
      }
      expect((await subject.fetch(get)).status).toBe(200);
    });

    check('an upload that changed since it was looked at is not kept', async (subject) => {
      const { store } = subject;
      const key = crypto.randomUUID();
      const link = await store.uploadLink(upload(subject, key));
      await send(subject, link, content);
      const { version } = await lookAt(subject, key);
      await send(subject, link, content.toUpperCase());
      expect(await store.keep(key, version)).toBe(false);
      expect((await download(subject, key)).status).toBeGreaterThanOrEqual(400);
    });

    check('what is uploaded after it was kept changes nothing', async (subject) => {
      const { store } = subject;
      const key = crypto.randomUUID();
      const link = await store.uploadLink(upload(subject, key));
      await send(subject, link, content);
      await store.keep(key, (await lookAt(subject, key)).version);
      await send(subject, link, content.toUpperCase());
      expect(await (await download(subject, key)).text()).toBe(content);
      await store.remove(key, false);
      expect(await (await download(subject, key)).text()).toBe(content);
      expect(new TextDecoder().decode((await lookAt(subject, key)).head)).toBe(content);
    });

    check('keeping is repeated without harm, as after a crash', async (subject) => {
      const key = await kept(subject);
      const { version } = await lookAt(subject, key);
      expect(await subject.store.keep(key, version)).toBe(true);
      expect(await (await download(subject, key)).text()).toBe(content);
    });

    check('what is removed is gone, kept or not, and may be removed again', async (subject) => {
      const { store } = subject;
      const key = await kept(subject);
      const waiting = await uploaded(subject);
      const link = await store.downloadLink(handed(subject, key));
      for (const each of [key, waiting, key, crypto.randomUUID()]) await store.remove(each, true);
      expect((await subject.fetch(link)).status).toBe(404);
      expect(await store.look(key)).toBeUndefined();
      expect(await store.look(waiting)).toBeUndefined();
      expect(await store.keep(key, 'none')).toBe(false);
    });

    check('a hostile name stays in its place', async (subject) => {
      const disposition = `inline; filename="a_b.png"; filename*=UTF-8''a%22%0D%0Ab%E2%80%AE.png`;
      const key = await kept(subject);
      const link = await subject.store.downloadLink({ ...handed(subject, key), disposition });
      const { headers } = await subject.fetch(link);
      expect(headers.get('content-disposition')).toBe(disposition);
    });

    check('a store that works says so', async ({ store }) => {
      await store.check();
    });
  });
}

const upload = ({ now }: FileStoreSubject, key: string, size = content.length) => ({
  key,
  type,
  size,
  expiresAt: now() + minute,
});

const handed = ({ now }: FileStoreSubject, key: string) => ({
  key,
  type,
  disposition: 'attachment; filename="a.txt"',
  expiresAt: now() + minute,
});

async function send(
  { fetch }: FileStoreSubject,
  { method, url, headers }: SignedRequest,
  body: string,
  other: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, { method, headers: { ...headers, ...other }, body });
}

async function uploaded(subject: FileStoreSubject, body = content): Promise<string> {
  const key = crypto.randomUUID();
  const response = await send(
    subject,
    await subject.store.uploadLink(upload(subject, key, body.length)),
    body,
  );
  expect(response.status).toBe(200);
  return key;
}

async function kept(subject: FileStoreSubject): Promise<string> {
  const key = await uploaded(subject);
  expect(await subject.store.keep(key, (await lookAt(subject, key)).version)).toBe(true);
  return key;
}

async function lookAt({ store }: FileStoreSubject, key: string) {
  const found = await store.look(key);
  if (!found) throw new Error(`Nothing is found at ${key}.`);
  return found;
}

async function download(subject: FileStoreSubject, key: string, init?: RequestInit): Promise<Response> {
  return subject.fetch(await subject.store.downloadLink(handed(subject, key)), init);
}

/** The link with another key, and with each part of its query changed in one sign or left out. */
function alterations(link: string, key: string, other: string): string[] {
  const [path = '', query = ''] = link.split('?');
  const parts = query.split('&');
  const altered = parts.flatMap((part, index) => {
    const changed = [part.length - 1, Math.floor(part.length / 2)].map((at) => {
      const sign = part[at] === '0' ? '1' : '0';
      return parts.with(index, part.slice(0, at) + sign + part.slice(at + 1));
    });
    return [...changed, parts.toSpliced(index, 1)].map((each) => `${path}?${each.join('&')}`);
  });
  return [...altered, ...(link.includes(key) ? [link.replace(key, other)] : []), path];
}
