import { describe, expect, test } from 'bun:test';
import { openSocketIo } from '../../support/clients/socket-io-client.ts';
import { openDomain } from '../../support/services/open-domain.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';

const channel = 'open:1';
const ana = { userId: 'ana', role: 'user' };

interface Page {
  readonly type: string;
  readonly publications: readonly { readonly offset: number; readonly data: unknown }[];
  readonly position: string;
  readonly more: boolean;
}
type Ask = (frame: { type: string; [field: string]: unknown }) => Promise<Readonly<Record<string, unknown>>>;

const clients: Record<string, (service: TestService) => Promise<AsyncDisposable & { ask: Ask }>> = {
  async websocket(service) {
    const client = await joinAs(service, ana);
    const ask: Ask = async (frame) => {
      client.send({ ...frame, id: 'asked' });
      for (;;) {
        const answer = await client.next();
        if (answer['id'] === 'asked') return answer;
      }
    };
    return { ask, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
  },
  async 'socket.io'({ url }) {
    const client = await openSocketIo(url, { auth: ana });
    const ask: Ask = ({ type, ...fields }) => client.ask(type, fields);
    return { ask, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
  },
};

describe.each(Object.entries(clients))('over %s', (_, open) => {
  test('a key publishes once, and is answered with the first receipt', async () => {
    await using service = await startTestService({ extraDomains: [openDomain] });
    await using client = await open(service);
    const frame = { type: 'publish', channel, publicationType: 'note', data: 1, key: 'note-1' };
    const first = await client.ask(frame);
    expect(first['type']).toBe('published');
    expect(first['position']).toBeString();
    expect(first).not.toHaveProperty('repeated');
    expect(await client.ask(frame)).toMatchObject({ position: first['position'], repeated: true });
    const another = await client.ask({ ...frame, key: 'note-2' });
    expect(another['position']).not.toBe(first['position']);
    // The same key by HTTP, of the same user, is the same publication.
    const body = { channel, type: 'note', data: 1 };
    const headers = { 'idempotency-key': 'note-1', 'x-user-id': 'ana', 'x-role': 'user' };
    const { body: receipt } = await service.post('/api/realtime/publish', body, headers);
    expect(receipt).toMatchObject({ position: first['position'], repeated: true });
    const whisper = { ...frame, channel: 'lobby:1', publicationType: 'typing', ephemeral: true };
    for (const wrong of [whisper, { ...frame, key: '' }, { ...frame, key: 'ä' }, { ...frame, key: 7 }]) {
      expect(await client.ask(wrong)).toMatchObject({ type: 'error', code: 'invalid_frame' });
    }
  });

  test('the log is read backwards, as far as it goes, by whoever may read it', async () => {
    await using service = await startTestService({ extraDomains: [openDomain] });
    await using client = await open(service);
    for (let data = 1; data <= 5; data++) {
      await client.ask({ type: 'publish', channel, publicationType: 'note', data });
    }
    const seen: unknown[] = [];
    for (let before: string | undefined, more = true; more; ) {
      const page = await client.ask({ type: 'history', channel, limit: 2, ...(before && { before }) });
      const { type, publications, position, more: isMore } = page as unknown as Page;
      expect(type).toBe('history');
      seen.unshift(...publications.map(({ data }) => data));
      before = position;
      more = isMore;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    const refused = async (fields: object) =>
      (await client.ask({ type: 'history', channel, ...fields }))['code'];
    expect(await refused({ before: 'nonsense' })).toBe('invalid_frame');
    expect(await refused({ limit: 501 })).toBe('invalid_frame');
    expect(await refused({ channel: 'hearings' })).toBe('forbidden');
    expect(await refused({ channel: 'nowhere' })).toBe('unknown_channel');
  });
});

test('over REST the last ones are before the latest, and the Link leads to those before them', async () => {
  await using service = await startTestService({ extraDomains: [openDomain] });
  const publications = [1, 2, 3, 4, 5].map((data) => ({ channel, type: 'note', data }));
  await service.post('/api/realtime/publish/batch', { publications });
  const path = `/api/realtime/channels/${channel}/publications`;
  const seen: number[][] = [];
  let address = `${path}?before=latest&limit=2`;
  for (let more = true; more; ) {
    const { body, headers, status } = await service.get(address);
    expect(status).toBe(200);
    const page = body as Page;
    seen.push(page.publications.map(({ offset }) => offset));
    const etag = headers.get('etag') ?? '';
    expect((await service.get(address, { 'if-none-match': etag })).status).toBe(304);
    [, address = ''] = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
    more = page.more;
  }
  expect(seen).toEqual([[4, 5], [2, 3], [1]]);
  const { body } = await service.get(`${path}?before=2020-01-01T00:00:00Z`);
  expect(body).toMatchObject({ publications: [], more: false });
  const future = await service.get(`${path}?before=2100-01-01T00:00:00Z&limit=1`);
  expect(future.body).toMatchObject({ publications: [{ offset: 5 }], more: true });
  for (const query of ['before=nonsense', 'before=latest&since=e:1', 'before=latest&wait=1']) {
    expect(await service.get(`${path}?${query}`)).toMatchObject({ status: 422 });
  }
});

test('a page that grows at its end is not taken for the one that is known', async () => {
  await using service = await startTestService({ extraDomains: [openDomain] });
  const note = { channel, type: 'note', data: 1 };
  const path = `/api/realtime/channels/${channel}/publications?before=latest`;
  await service.post('/api/realtime/publish', note);
  const { headers } = await service.get(path);
  await service.post('/api/realtime/publish', note);
  const again = await service.get(path, { 'if-none-match': headers.get('etag') ?? '' });
  expect(again).toMatchObject({ status: 200, body: { publications: [{ offset: 1 }, { offset: 2 }] } });
});
