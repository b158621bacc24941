import { openSse } from '../../../test/support/clients/sse-client.ts';
import { soakToken } from '../tokens.ts';
import { checkOrder, expect, type Life, stay, type World, within } from '../world.ts';

/** Clients of event streams and of polling. */
export const httpLives: readonly Life[] = [
  { name: 'SSE, aborted', weight: 10, live: readStream },
  { name: 'SSE, resumed', weight: 4, live: resumeStream },
  { name: 'SSE, token expired', weight: 2, live: outliveToken },
  { name: 'SSE, refused channel', weight: 1, live: askForClosed },
  { name: 'long poll, answered', weight: 6, live: pollOften },
  { name: 'long poll, aborted', weight: 6, live: abortPoll },
  { name: 'long poll, nothing new', weight: 2, live: pollInVain },
];

function streamUrl(world: World, channels: string, since?: string): string {
  const query = `channels=${channels}&userId=${world.newUser()}&role=officer`;
  return `${world.url()}/api/realtime/stream?${query}${since ? `&since=${since}` : ''}`;
}

async function readStream(world: World): Promise<void> {
  const [channel, lobby] = [world.channel(), `lobby:${Math.floor(world.random() * 5)}`];
  const since = world.since(channel);
  await using stream = await openSse(streamUrl(world, `${channel},${lobby}`, since && `${channel}@${since}`));
  await stream.next('subscribed');
  await stay(world, 200, 8_000);
  checkOrder(
    world,
    stream.all().map(({ data }) => data as object),
    'SSE',
  );
}

/** Another connection, to either server, goes on where the first was cut. */
async function resumeStream(world: World): Promise<void> {
  const channel = world.channel();
  const first = await openSse(streamUrl(world, channel));
  await first.next('subscribed');
  await stay(world, 500, 3_000);
  await first[Symbol.asyncDispose]();
  const lastEventId = first.lastEventId ?? '';
  await stay(world, 0, 1_000);
  await using second = await openSse(streamUrl(world, channel), { 'last-event-id': lastEventId });
  await second.next('message');
  const items = [...first.all(), ...second.all()].map(({ data }) => data as object);
  checkOrder(world, items, 'resumed SSE');
}

async function outliveToken(world: World): Promise<void> {
  const url = `${world.url()}/api/realtime/stream?channels=${world.channel()}`;
  await using stream = await openSse(`${url}&token=${await soakToken(world.newUser(), 4)}`);
  await stream.next('end', 15_000);
  expect(await within(2_000, 'the end of a stream', stream.ended), 'a stream was cut at its end');
}

async function askForClosed(world: World): Promise<void> {
  const { status } = await fetch(streamUrl(world, 'closed:1'));
  expect(status === 403, `${status} for a closed channel`);
}

interface Page {
  readonly position: string;
  readonly recovered: boolean;
  readonly publications: readonly { readonly channel: string; readonly offset: number }[];
}

async function poll(world: World, channel: string, wait: number, since?: string, signal?: AbortSignal) {
  const query = `userId=${world.newUser()}&wait=${wait}${since ? `&since=${since}` : ''}`;
  const url = `${world.url()}/api/realtime/channels/${channel}/publications?${query}`;
  const response = await fetch(url, { ...(signal && { signal }) });
  expect(response.status === 200, `${response.status} for a poll`);
  return (await response.json()) as Page;
}

async function pollOften(world: World): Promise<void> {
  const channel = world.channel();
  let since = world.since(channel);
  const items: Page['publications'][number][] = [];
  for (let count = 0; count < 5; count++) {
    const page = await poll(world, channel, 20, since);
    expect(page.recovered, 'a poll was not recovered');
    since = page.position;
    items.push(...page.publications);
  }
  checkOrder(world, items, 'long poll');
}

/** On a channel where nothing is ever published. */
async function abortPoll(world: World): Promise<void> {
  const abort = new AbortController();
  const polling = poll(world, 'open:quiet', 30, undefined, abort.signal).then(
    () => 'answered',
    () => 'aborted',
  );
  await stay(world, 50, 3_000);
  abort.abort();
  expect((await polling) === 'aborted', 'a poll of a quiet channel was answered');
}

async function pollInVain(world: World): Promise<void> {
  const page = await poll(world, 'open:quiet', 2);
  expect(page.publications.length === 0, 'a quiet channel had something');
}
