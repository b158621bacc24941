import { createClient } from '../../../../clients/web/src/index.ts';
import type { Client, Publication } from '../../../../clients/web/src/types.ts';
import { startTcpRelay } from '../../../support/network/tcp-relay.ts';
import { type Random, seededRandom } from '../../../support/random.ts';
import { openDomain } from '../../../support/services/open-domain.ts';
import { startTestService, type TestService } from '../../../support/services/service.ts';
import { until } from '../../../support/until.ts';
import { createBrowser, type Device } from './world.ts';

export interface ClientChaosOptions {
  /** Cuts, changes of transport and takeovers together. */
  readonly faults: number;
  readonly seed: number;
}

export interface ClientChaosReport {
  readonly cuts: number;
  readonly switches: number;
  readonly takeovers: number;
  readonly published: number;
  readonly received: number;
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
  /** Publications that still wait in an outbox, or that their client holds to be sent and the log does not have just once. */
  readonly unsent: number;
  /** Every transport that carried a connection. */
  readonly transports: ReadonlySet<string>;
  readonly seconds: number;
}

const million = '1000000';
const env = {
  LIMIT_REQUESTS_PER_MINUTE: million,
  LIMIT_SOCKETS_PER_USER: million,
  LIMIT_STREAMS_PER_USER: million,
  LIMIT_FRAMES_PER_MINUTE: million,
};
const channels = ['open:a', 'open:b', 'own'];
/** Real milliseconds between two faults. */
const pauseMs = { least: 20, most: 120 };
const limitMs = 60_000;

class Reader {
  readonly client: Client;
  readonly device: Device;
  readonly userId: string;
  readonly read = new Map<string, Publication[]>(channels.map((name) => [name, []]));
  readonly keys: string[] = [];
  readonly transports = new Set<string>();

  constructor(url: string, device: Device, userId: string, share: boolean) {
    this.device = device;
    this.userId = userId;
    this.client = createClient(url, {
      identity: { userId },
      share,
      pollIntervalMs: 200,
      environment: device.environment,
    });
    this.client.on('error', () => undefined);
    this.client.on('state', ({ status, transport }) => {
      if (status === 'connected' && transport) this.transports.add(transport);
    });
    for (const name of channels) {
      this.client.channel(name).subscribe((publication) => this.read.get(name)?.push(publication));
    }
    this.client.connect();
  }

  async stands(): Promise<void> {
    await until(
      () => channels.every((name) => this.client.channel(name).state.status === 'subscribed'),
      limitMs,
    );
  }

  publish(random: Random): void {
    const key = crypto.randomUUID();
    const name = channels[Math.floor(random() * 2)] ?? '';
    void this.client
      .channel(name)
      .publish('note', { key }, { key })
      .then(() => this.keys.push(key));
  }
}

/** Clients alone and in tabs, behind a relay that is cut, while all of them publish by their outboxes. */
export async function runClientChaos({ faults, seed }: ClientChaosOptions): Promise<ClientChaosReport> {
  const begin = performance.now();
  const random = seededRandom(seed);
  const dice = (n: number) => Math.floor(random() * n);
  await using service = await startTestService({ env, extraDomains: [openDomain] });
  await using relay = await startTcpRelay(service.url);
  const browser = createBrowser(seededRandom(seed + 1));
  const tabs = [1, 2, 3].map(() => new Reader(relay.url, browser.tab(), 'tabs', true));
  const alone = [1, 2, 3].map(
    (n) => new Reader(relay.url, createBrowser(seededRandom(seed + 1 + n)).tab(), `alone-${n}`, false),
  );
  const readers = [...tabs, ...alone];
  await Promise.all(readers.map((reader) => reader.stands()));

  const counts = { cuts: 0, switches: 0, takeovers: 0 };
  for (let n = 0; n < faults; n++) {
    const fault = dice(3);
    const reader = readers[dice(readers.length)] as Reader;
    if (fault === 0) {
      relay.cut();
      counts.cuts += 1;
    } else if (fault === 1) {
      reader.device.blockSockets(dice(2) === 0);
      reader.device.blockStreams(dice(2) === 0);
      // Some sockets die by it, others are tried again by it.
      if (dice(2) === 0) relay.cut();
      reader.device.signal('wake');
      counts.switches += 1;
    } else {
      const tab = tabs[dice(tabs.length)] as Reader;
      tab.device.signal('leave');
      tab.device.signal('wake');
      counts.takeovers += 1;
    }
    for (let each = dice(4); each > 0; each--) (readers[dice(readers.length)] as Reader).publish(random);
    await Bun.sleep(pauseMs.least + random() * (pauseMs.most - pauseMs.least));
  }

  for (const { device } of readers) {
    device.blockSockets(false);
    device.blockStreams(false);
    device.signal('wake');
  }
  await until(() => readers.every(({ client }) => client.state.pending === 0), limitMs).catch(
    () => undefined,
  );
  const log = await readLog(service);
  const total = (reader: Reader) =>
    channels.reduce((sum, name) => sum + (reader.read.get(name)?.length ?? 0), 0);
  const due = (reader: Reader) =>
    channels.reduce((sum, name) => sum + (log.get(inLog(name, reader.userId))?.length ?? 0), 0);
  await until(() => readers.every((reader) => total(reader) >= due(reader)), limitMs).catch(() => undefined);

  const verdict = { lost: 0, doubled: 0, disordered: 0, unsent: 0, received: 0 };
  for (const reader of readers) {
    for (const name of channels) {
      const offsets = (reader.read.get(name) ?? []).map(({ offset }) => offset);
      const expected = (log.get(inLog(name, reader.userId)) ?? []).map(({ offset }) => offset);
      const seen = new Set(offsets);
      verdict.received += offsets.length;
      verdict.lost += expected.filter((offset) => !seen.has(offset)).length;
      verdict.doubled += offsets.length - seen.size;
      verdict.disordered += offsets.filter((offset, n) => n > 0 && offset < (offsets[n - 1] ?? 0)).length;
    }
  }
  const written = [...log.values()].flat().map(({ key }) => key);
  const times = Map.groupBy(written, (key) => key);
  const sent = readers.flatMap(({ keys }) => keys);
  const waiting = readers.reduce((sum, { client }) => sum + client.state.pending, 0);
  verdict.unsent = waiting + sent.filter((key) => times.get(key)?.length !== 1).length;
  for (const { client } of readers) client.close();
  return {
    ...counts,
    ...verdict,
    published: written.length,
    transports: new Set(readers.flatMap(({ transports }) => [...transports])),
    seconds: (performance.now() - begin) / 1_000,
  };
}

const inLog = (name: string, userId: string) => (name === 'own' ? `own:${userId}` : name);

async function readLog({ database }: TestService): Promise<Map<string, { offset: number; key: string }[]>> {
  const rows = await database.query<{ channel: string; offset: string; key: string }>(
    `select channel, "offset", data->>'key' as key from realtime_publications where channel like 'o%' order by 1, 2`,
  );
  const publications = rows.map(({ channel, offset, key }) => ({ channel, offset: Number(offset), key }));
  return Map.groupBy(publications, ({ channel }) => channel);
}

export function describeClientChaos({ transports, seconds, ...report }: ClientChaosReport): string {
  const { cuts, switches, takeovers, published, received, lost, doubled, disordered } = report;
  return [
    `${cuts} cuts, ${switches} changes of transport, ${takeovers} takeovers in ${Math.round(seconds)} s`,
    `over ${[...transports].sort().join(', ')}: ${published} publications, ${received} deliveries,`,
    `lost ${lost}, doubled ${doubled}, disordered ${disordered}`,
  ].join(' ');
}
