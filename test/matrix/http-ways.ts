import type { PollAddress } from '../../src/extension/addresses.ts';
import { openSse, Refused, type SseClient } from '../support/clients/sse-client.ts';
import { createEar, type Probe, type Visit, type Way } from './visit.ts';

/** The ways in which a stream says where it wants to go on from. */
type Resume = 'no' | 'since' | 'last-event-id';

function stream(resume: Resume): Way {
  return {
    name: `SSE${resume === 'no' ? '' : ` with ${resume}`}`,
    brings: resume === 'no' ? ['after'] : ['before', 'after'],
    async open({ service, credentials, channel, since, control, controlSince }) {
      const { hear, heard } = createEar();
      const vector = `${channel}@${since},${control}@${controlSince}`;
      const open = async (channels: readonly string[]): Promise<SseClient> => {
        const query = new URLSearchParams({ channels: channels.join() });
        if (resume === 'since') query.set('since', vector);
        const headers = resume === 'last-event-id' ? { 'last-event-id': vector } : {};
        const url = `${service.url}/api/realtime/stream?${query}`;
        const client = await openSse(url, { ...credentials, ...headers }, hear);
        await client.next('subscribed');
        return client;
      };
      let refusal: string | undefined;
      const client = await open([channel, control]).catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        refusal = error.code;
        // The position of what is denied comes along all the same.
        return open([control]);
      });
      return { refusal, heard, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
    },
  };
}

/** Follows the example and the control from their beginnings, page by page, until it is disposed. */
function poll(wait: number): Way {
  return {
    name: wait > 0 ? 'long poll' : 'poll',
    brings: ['before', 'after'],
    async open(visit) {
      const { hear, heard } = createEar();
      const abort = new AbortController();
      const pathOf = (channel: string) => `/api/realtime/channels/${channel}/publications`;
      const first = await ask(visit, `${pathOf(visit.channel)}?since=${visit.since}`);
      hear(first.text);
      const follow = async (channel: string, since: string) => {
        for (let position = since; !abort.signal.aborted; ) {
          const path = `${pathOf(channel)}?wait=${wait}&since=${position}`;
          const { text, code } = await ask(visit, path, abort.signal);
          hear(text);
          if (code !== undefined) throw new Error(`A later poll was refused: ${code}.`);
          position = positionIn(text);
          if (wait === 0) await Bun.sleep(20);
        }
      };
      const follows = [
        follow(visit.control, visit.controlSince),
        // From what was answered: a position that is somebody else's says nothing of where this one is now.
        ...(first.code === undefined ? [follow(visit.channel, positionIn(first.text))] : []),
      ];
      // A missing publication is then explained by what was heard.
      const following = Promise.all(follows.map((each) => each.catch((error) => hear(String(error)))));
      return { refusal: first.code, heard, [Symbol.asyncDispose]: () => end(abort, following) };
    },
  };
}

/** Asks once, for the example and for the control. */
function askOnce(name: string, pathOf: (channel: string) => string): Way {
  return {
    name,
    brings: ['before'],
    async open(visit): Promise<Probe> {
      const { hear, heard } = createEar();
      const { code: refusal, text } = await ask(visit, pathOf(visit.channel));
      hear(text);
      hear((await ask(visit, `/api/realtime/channels/${visit.control}/publications`)).text);
      return { refusal, heard, [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  };
}

export const httpWays: readonly Way[] = [
  ...(['no', 'since', 'last-event-id'] as const).map(stream),
  ...[0, 5].map(poll),
  askOnce(
    'poll by time',
    (channel) => `/api/realtime/channels/${channel}/publications?since=2020-01-01T00:00:00Z`,
  ),
];

/** The addresses of a domain's own that lead to channels of this pattern. */
export function addressWays(polls: readonly PollAddress[], pattern: string): readonly Way[] {
  const shape = (name: string) => name.replace(/\{\w+\}/g, '{}');
  return polls
    .filter(({ channel }) => shape(channel) === shape(pattern))
    .map(({ path }) =>
      askOnce(`GET ${path}`, (channel) => {
        const segments = channel.split(':').slice(1);
        return path.replace(/:\w+/g, () => segments.shift() ?? '');
      }),
    );
}

async function ask({ service, credentials }: Visit, path: string, signal: AbortSignal | null = null) {
  const response = await fetch(`${service.url}${path}`, { headers: credentials, signal });
  const text = await response.text();
  const code = response.status === 200 ? undefined : (JSON.parse(text) as { code: string }).code;
  return { code, text };
}

function positionIn(page: string): string {
  return (JSON.parse(page) as { position: string }).position;
}

async function end(abort: AbortController, following: Promise<unknown>): Promise<void> {
  abort.abort();
  await following;
}
