import { Database } from 'bun:sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Phone, startPhone } from '../../test/support/java/phone.ts';
import { startTcpRelay } from '../../test/support/network/tcp-relay.ts';
import type { Random } from '../../test/support/random.ts';
import { roomDomain } from '../../test/support/services/room-domain.ts';
import { startTestService, type TestService } from '../../test/support/services/service.ts';

export interface Cuts {
  /** Times that every connection is cut. */
  readonly cuts: number;
  /** Times that the JVM is killed in the middle, and started again on the same databases. */
  readonly kills: number;
  readonly random: Random;
  /** Hears of the progress. */
  readonly note?: (line: string) => void;
}

export interface Verdict {
  readonly published: number;
  /** By device, what its SQLite has against the log. */
  readonly devices: Readonly<Record<string, Comparison>>;
  /** Publications of the outboxes that are not in the log exactly once. */
  readonly keysAmiss: number;
}

export interface Comparison {
  readonly applied: number;
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
  /** Whether the stored positions are those of the last rows. */
  readonly positionsFit: boolean;
}

const channels = ['rooms:1', 'rooms:2'];
const devices = { socket: ['websocket'], poll: ['poll'] };

/** Two phones with SQLite on disk, one on a socket and one that polls, while connections are cut and the JVM is killed. */
export async function runCuts({ cuts, kills, random, note = () => undefined }: Cuts): Promise<Verdict> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-cuts-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const service = stack.use(
    await startTestService({
      extraDomains: [roomDomain],
      env: { LIMIT_REQUESTS_PER_MINUTE: '1000000', LIMIT_SOCKETS_PER_USER: '100', LOG_LEVEL: 'warn' },
    }),
  );
  const relay = stack.use(await startTcpRelay(service.url));
  const fileOf = (name: string) => join(folder, `${name}.db`);

  const start = async () => {
    const phone = await startPhone();
    for (const [name, transports] of Object.entries(devices)) {
      const who = { userId: name, role: 'officer' };
      phone.tell({ do: 'open', name, url: relay.url, file: fileOf(name), transports, ...who });
      for (const channel of channels) phone.tell({ do: 'subscribe', name, channel });
      phone.tell({ do: 'connect', name });
    }
    return phone;
  };

  let phone = await start();
  stack.defer(() => phone.kill());
  for (const name of Object.keys(devices)) {
    for (const channel of channels)
      await phone.next({ event: 'channel', name, channel, status: 'subscribed' });
  }

  const publisher = publishUntil(service, random);
  const killAt = new Set(Array.from({ length: kills }, (_, n) => Math.floor(((n + 1) * cuts) / (kills + 1))));
  let keys = 0;
  for (let cut = 0; cut < cuts; cut++) {
    const name = random() < 0.5 ? 'socket' : 'poll';
    for (let n = Math.floor(random() * 4); n > 0; n--) await phone.next({ event: 'publication', name });
    if (random() < 0.2) {
      keys += 1;
      phone.tell({
        do: 'publish',
        name,
        channel: 'rooms:1',
        type: 'note',
        data: { own: keys },
        key: `k${keys}`,
      });
    }
    if (killAt.has(cut)) {
      await phone.kill();
      phone = await start();
      note(`killed at ${cut}`);
    } else relay.cut();
    if (cut % 100 === 99) note(`${cut + 1} cuts`);
  }
  const published = await publisher.stop();
  await arrive(service, phone, keys);
  await phone.kill();

  const compared = Object.keys(devices).map(async (name) => [name, await compare(service, fileOf(name))]);
  return {
    published,
    devices: Object.fromEntries(await Promise.all(compared)),
    keysAmiss: await keysAmiss(service, Object.keys(devices).map(fileOf)),
  };
}

function publishUntil(service: TestService, random: Random) {
  let isOver = false;
  let published = 0;
  const loop = (async () => {
    while (!isOver) {
      const publications = Array.from({ length: 1 + Math.floor(random() * 5) }, () => ({
        channel: channels[Math.floor(random() * channels.length)],
        type: 'note',
        data: { n: ++published },
      }));
      await service.post('/api/realtime/publish/batch', { publications });
      await Bun.sleep(random() * 20);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await loop;
      return published;
    },
  };
}

/** Waits until the outboxes are empty, and then until every device has everything. */
async function arrive(service: TestService, phone: Phone, keys: number): Promise<void> {
  for (const name of Object.keys(devices)) {
    // Earlier commands have reached the outbox when this is answered.
    phone.tell({ do: 'sync', name, channel: 'rooms:1' });
    await phone.next({ event: 'synced', name });
    for (let waiting = -1; waiting !== 0 && keys > 0; ) {
      phone.tell({ do: 'query', name, sql: 'select count(*) from tambuli_outbox' });
      const { rows } = await phone.next({ event: 'rows', name });
      waiting = (rows as number[][])[0]?.[0] ?? 0;
      if (waiting > 0) await Bun.sleep(50);
    }
  }
  for (const name of Object.keys(devices)) {
    for (const channel of channels) {
      const [head] = await service.database.query<{ position: string }>(
        `select epoch || ':' || last_offset as position from realtime_channels where name = $1`,
        [channel],
      );
      phone.tell({ do: 'reached', name, channel, position: head?.position });
      await phone.next({ event: 'reached', name, channel }, 120_000);
    }
  }
}

async function compare(service: TestService, file: string): Promise<Comparison> {
  using database = new Database(file);
  let [applied, lost, doubled, disordered, positionsFit] = [0, 0, 0, 0, true];
  for (const channel of channels) {
    const log = await service.database.query<{ offset: string; data: string }>(
      `select "offset", data::text as data from realtime_publications where channel = $1 order by "offset"`,
      [channel],
    );
    const rows = database
      .query<{ offset: number; data: string }, [string]>(
        'select "offset", data from journal where channel = ? order by place',
      )
      .all(channel);
    applied += rows.length;
    const seen = new Map<number, string>();
    for (const [n, { offset, data }] of rows.entries()) {
      if (seen.has(offset)) doubled += 1;
      if (n > 0 && offset <= (rows[n - 1]?.offset ?? 0)) disordered += 1;
      seen.set(offset, data);
    }
    lost += log.filter(({ offset, data }) => !same(seen.get(Number(offset)), data)).length;
    const stored = database
      .query<{ position: string }, [string]>('select position from tambuli_positions where channel = ?')
      .get(channel);
    positionsFit &&= stored?.position.endsWith(`:${rows.at(-1)?.offset}`) === true;
  }
  return { applied, lost, doubled, disordered, positionsFit };
}

const same = (one: string | undefined, other: string) =>
  one !== undefined && Bun.deepEquals(JSON.parse(one), JSON.parse(other));

/** Counts publications of the outboxes that are not in the log once, or are there without having been in an outbox. */
async function keysAmiss(service: TestService, files: readonly string[]): Promise<number> {
  const taken = files.flatMap((file) => {
    using database = new Database(file);
    return database.query<{ key: string }, []>('select key from own').all();
  });
  const rows = await service.database.query<{ key: string; count: number }>(
    `select 'k' || (data ->> 'own') as key, count(*)::integer as count from realtime_publications
     where data ->> 'own' is not null group by 1`,
  );
  const counts = new Map(rows.map(({ key, count }) => [key, count]));
  const amiss = taken.filter(({ key }) => counts.get(key) !== 1).length;
  return amiss + Math.max(0, rows.length - taken.length);
}
