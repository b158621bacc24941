import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BatchReceipt } from '../../src/gateways/publishing/model.ts';
import { startPhone } from '../../test/support/java/phone.ts';
import { startTcpRelay, type TcpRelay } from '../../test/support/network/tcp-relay.ts';
import { roomDomain } from '../../test/support/services/room-domain.ts';
import { startTestService } from '../../test/support/services/service.ts';
import { summarize } from '../statistics.ts';

const name = 'officer';
const channel = 'rooms:1';
const missed = [1, 100, 5_000];

/** The ways in which the network treats a phone that sleeps. */
const fates: Readonly<Record<string, (relay: TcpRelay) => void>> = {
  'the connection lives': () => undefined,
  'the connection was reset': (relay) => relay.cut(),
  'the connection is dead, and nobody says so': (relay) => relay.stall(true),
};

export interface Wake {
  readonly fate: string;
  readonly missed: number;
  /** From the wake to the last publication in the phone's SQLite: the median. */
  readonly caughtUpMs: number;
}

/** Freezes a phone, publishes meanwhile, wakes it, and waits until its SQLite has everything. */
export async function measureWakes(rounds: number): Promise<readonly Wake[]> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-wake-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const env = { LIMIT_REQUESTS_PER_MINUTE: '1000000', LOG_LEVEL: 'warn' };
  const service = stack.use(await startTestService({ extraDomains: [roomDomain], env }));
  const relay = stack.use(await startTcpRelay(service.url));
  const phone = await startPhone();
  stack.defer(async () => {
    phone.freeze(false);
    await phone.kill();
  });
  const identity = { userId: name, role: 'officer' };
  phone.tell({ do: 'open', name, url: relay.url, file: join(folder, 'phone.db'), ...identity });
  phone.tell({ do: 'subscribe', name, channel });
  phone.tell({ do: 'connect', name });
  await phone.next({ event: 'channel', name, channel, status: 'subscribed' });

  const publish = async (count: number) => {
    let position = '';
    for (let left = count; left > 0; left -= 100) {
      const publications = Array.from({ length: Math.min(left, 100) }, (_, n) => ({
        channel,
        type: 'note',
        data: { n, text: 'The hearing begins half an hour later.' },
      }));
      const { body } = await service.post('/api/realtime/publish/batch', { publications });
      const receipt = body as BatchReceipt;
      position = receipt.publications.at(-1)?.position ?? '';
    }
    return position;
  };

  const measured: Wake[] = [];
  for (const [fate, befall] of Object.entries(fates)) {
    for (const count of missed) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        phone.freeze(true);
        befall(relay);
        const position = await publish(count);
        const wokenAt = performance.now();
        phone.freeze(false);
        phone.tell({ do: 'foreground', name });
        phone.tell({ do: 'reached', name, channel, position });
        await phone.next({ event: 'reached', name, channel });
        times.push(performance.now() - wokenAt);
      }
      measured.push({ fate, missed: count, caughtUpMs: Math.round(summarize(times).median) });
    }
  }
  return measured;
}
