import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { createClient } from '../../../../clients/web/src/index.ts';
import * as Pause from '../../../../clients/web/src/pauses.ts';
import type { Environment, TransportName } from '../../../../clients/web/src/types.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { settled } from '../../../support/settled.ts';

const idlePoller = join(import.meta.dir, '../support/idle-poller.ts');

test('a client that polls and reads no channel leaves its process the time for everything else', async () => {
  // In a process of its own: a loop without a pause would take this one's timers, and the limit of this test with them.
  const child = Bun.spawn([process.execPath, idlePoller], { stdout: 'pipe', timeout: 30_000 });
  expect(await new Response(child.stdout).text()).toBe('on time\n');
});

/** A client whose requests are answered at once by `answer`, on a clock that the test moves. */
function answered(transport: TransportName, answer: () => Response) {
  const clock = new ManualClock();
  const requests: URL[] = [];
  const environment: Partial<Environment> = {
    now: () => clock.now(),
    after(ms, run) {
      const alarm = clock.after(ms, run);
      return () => alarm[Symbol.dispose]();
    },
    async fetch(url) {
      requests.push(new URL(url));
      return answer();
    },
  };
  const client = createClient('http://server.test', { token: 't', transports: [transport], environment });
  client.on('error', () => undefined);
  return { client, clock, requests };
}

const emptyPage = { publications: [], position: 'e:1', recovered: true, more: false };

test('a server that does not wait with its answer is asked again after a pause', async () => {
  const { client, clock, requests } = answered('poll', () => Response.json(emptyPage));
  client.channel('news', { since: 'e:1' }).subscribe(() => undefined);
  client.connect();
  await settled();
  const begun = requests.length;
  const pauses = 10;
  for (let n = 0; n < pauses; n++) {
    clock.advance(Pause.floor);
    await settled();
  }
  expect(requests.length - begun).toBe(pauses);
  client.close();
});

test('a client that comes to an empty channel asks from its beginning, and not from the place of its first publication', async () => {
  const { client, clock, requests } = answered('poll', () => Response.json(emptyPage));
  client.channel('news').subscribe(() => undefined);
  client.connect();
  await settled();
  clock.advance(Pause.floor);
  await settled();
  const [end, first] = requests.filter(({ pathname }) => pathname.endsWith('/publications'));
  expect(end?.searchParams.get('before')).toBe('latest');
  expect(first?.searchParams.get('since')).toBe('e:0');
  client.close();
});

test('a refusal that names a channel which is not read ends the link, and the next one waits', async () => {
  const refusal = { code: 'forbidden', details: { channel: 'another' } };
  const { client, requests } = answered('sse', () => Response.json(refusal, { status: 403 }));
  client.channel('news').subscribe(() => undefined);
  client.connect();
  await settled();
  expect(requests).toHaveLength(1);
  expect(client.state).toMatchObject({ status: 'disconnected', code: 'forbidden' });
  client.close();
});
