import { expect } from 'bun:test';
import { chromiumPages } from '../support/browser/chromium.ts';
import { pageResponse } from '../support/browser/page-service.ts';
import { startTcpRelay } from '../support/network/tcp-relay.ts';
import { needs } from '../support/processes/components.ts';
import { startGatewayService } from '../support/services/gateway-service.ts';
import { makeToken } from '../support/services/service.ts';

const test = needs('chromium');
const openPage = chromiumPages();

/** An application's own server; under its other name, `localhost`, it is another origin. */
function startPages() {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: pageResponse });
  const { port } = server;
  return {
    listed: `http://127.0.0.1:${port}`,
    unlisted: `http://localhost:${port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** Runs in the page: what an answer says to it, or the error's name. */
async function read(url: string, headers: Record<string, string>): Promise<unknown> {
  try {
    const response = await fetch(url, { headers });
    const { status } = response;
    return { status, etag: response.headers.get('etag') !== null, body: await response.json() };
  } catch (error) {
    return (error as Error).name;
  }
}

/** Runs in the page. */
function listen(url: string): void {
  const source = new EventSource(url);
  source.addEventListener('subscribed', () => tell('subscribed'));
  source.onmessage = ({ data }) => tell('message', JSON.parse(data).offset);
  source.onerror = () => tell(source.readyState === EventSource.CLOSED ? 'closed' : 'coming back');
}

test('a page of a listed origin reads answers, problems and headers, by a token that needs a preflight', async () => {
  await using pages = startPages();
  await using service = await startGatewayService({ CORS_ORIGINS: pages.listed });
  const publications = `${service.url}/api/realtime/channels/hearings/publications`;
  await service.publishHearing();
  await using page = await openPage(pages.listed);
  const authorization = `Bearer ${await makeToken()}`;
  expect(await page.run(read, publications, { authorization })).toMatchObject({
    status: 200,
    etag: true,
    body: { publications: [{ offset: 1 }] },
  });
  const refused = { status: 401, body: { code: 'invalid_token' } };
  expect(await page.run(read, publications, { authorization: 'Bearer x.y.z' })).toMatchObject(refused);
});

test('the EventSource of a page of a listed origin resumes after a cut', async () => {
  await using pages = startPages();
  await using service = await startGatewayService({ CORS_ORIGINS: pages.listed });
  await using relay = await startTcpRelay(service.url);
  const stream = `http://127.0.0.1:${relay.port}/api/realtime/stream?channels=hearings`;
  await using page = await openPage(pages.listed);
  await page.run(listen, `${stream}&token=${await makeToken()}`);
  await page.next('subscribed');
  await service.publishHearing();
  await page.next('message');
  relay.cut();
  await service.publishHearing();
  await page.next('message', 15_000);
  expect(page.all('message').map(({ data }) => data)).toEqual([1, 2]);
});

test('a page of any other origin reads nothing', async () => {
  await using pages = startPages();
  await using service = await startGatewayService({ CORS_ORIGINS: pages.listed });
  const token = await makeToken();
  await using page = await openPage(pages.unlisted);
  const publications = `${service.url}/api/realtime/channels/hearings/publications`;
  for (const [url, headers] of [
    [`${service.url}/health`, {}],
    [`${publications}?token=${token}`, {}],
    [publications, { authorization: `Bearer ${token}` }],
  ] as const) {
    expect(await page.run(read, url, headers)).toBe('TypeError');
  }
  await page.run(listen, `${service.url}/api/realtime/stream?channels=hearings&token=${token}`);
  await page.next('closed');
  expect(page.all('subscribed')).toEqual([]);
});
