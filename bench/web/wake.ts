import { createClient } from '../../clients/web/src/index.ts';
import type { Signal } from '../../clients/web/src/types.ts';
import type { BatchReceipt } from '../../src/gateways/publishing/model.ts';
import { startTcpRelay, type TcpRelay } from '../../test/support/network/tcp-relay.ts';
import { openDomain } from '../../test/support/services/open-domain.ts';
import { startTestService } from '../../test/support/services/service.ts';
import { until } from '../../test/support/until.ts';
import { summarize } from '../statistics.ts';

const channel = 'open:wake';
const missed = [1, 100, 5_000];

/** The ways in which the network treats a page in the background. */
const fates: Readonly<Record<string, (relay: TcpRelay) => void>> = {
  'the connection was reset': (relay) => relay.cut(),
  'the connection is dead, and nobody says so': (relay) => relay.stall(true),
};

export interface Wake {
  readonly fate: string;
  readonly missed: number;
  /** From the wake until the handlers have the last publication: the median, and the longest. */
  readonly caughtUpMs: number;
  readonly longestMs: number;
}

/** Sends a page to the background, lets the network do its worst, publishes, and wakes the page. */
export async function measureWakes(rounds: number): Promise<readonly Wake[]> {
  const env = { LIMIT_REQUESTS_PER_MINUTE: '1000000', LOG_LEVEL: 'warn' };
  await using service = await startTestService({ extraDomains: [openDomain], env });
  await using relay = await startTcpRelay(service.url);
  let report: (signal: Signal) => void = () => undefined;
  const client = createClient(relay.url, {
    identity: { userId: 'page' },
    environment: {
      signals(given) {
        report = given;
        return () => undefined;
      },
    },
  });
  client.channel(channel).subscribe(() => undefined);
  client.connect();

  async function publish(count: number): Promise<string> {
    let position = '';
    for (let left = count; left > 0; left -= 100) {
      const publications = Array.from({ length: Math.min(left, 100) }, (_, n) => ({
        channel,
        type: 'note',
        data: { n, text: 'The hearing begins half an hour later.' },
      }));
      const { body } = await service.post('/api/realtime/publish/batch', { publications });
      position = (body as BatchReceipt).publications.at(-1)?.position ?? '';
    }
    return position;
  }

  const measured: Wake[] = [];
  for (const [fate, befall] of Object.entries(fates)) {
    for (const count of missed) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        await until(() => client.channel(channel).state.status === 'subscribed');
        report('sleep');
        befall(relay);
        const position = await publish(count);
        const wokenAt = performance.now();
        report('wake');
        await client.reached(channel, position);
        times.push(performance.now() - wokenAt);
      }
      const { median } = summarize(times);
      measured.push({
        fate,
        missed: count,
        caughtUpMs: Math.round(median),
        longestMs: Math.round(Math.max(...times)),
      });
    }
  }
  client.close();
  return measured;
}
