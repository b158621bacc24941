import { tick } from './publishing.ts';
import { expect } from './world.ts';

/** More history than a server keeps, in publications like all others; more users than it remembers. */
const [publications, users] = [50_000, 10_500];
const inOneBatch = 1_000;
const callers = 20;
const channel = 'open:history';

/** Fills what a server keeps within bounds, so that whatever grows afterwards has no bound. */
export async function fillCaches(urls: readonly string[]): Promise<void> {
  const body = JSON.stringify({ publications: Array.from({ length: inOneBatch }, () => tick(channel)) });
  const headers = { 'content-type': 'application/json' };
  for (let made = 0; made < publications; made += inOneBatch) {
    const published = await ask(`${urls[0]}/api/realtime/publish/batch`, { method: 'POST', headers, body });
    await published.arrayBuffer();
  }
  for (const url of urls) {
    await readAll(url);
    await meetUsers(url);
  }
}

async function readAll(url: string): Promise<void> {
  for (let since = '', more = true; more; ) {
    const response = await ask(`${url}/api/realtime/channels/${channel}/publications?limit=500${since}`);
    const page = (await response.json()) as { position: string; more: boolean };
    since = `&since=${page.position}`;
    more = page.more;
  }
}

async function meetUsers(url: string): Promise<void> {
  let met = 0;
  const meet = async () => {
    while (met < users) {
      const response = await ask(
        `${url}/api/realtime/channels/open:quiet/publications?userId=passer-by${met++}`,
      );
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: callers }, meet));
}

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  expect(response.status === 200, `${response.status} for ${url}`);
  return response;
}
