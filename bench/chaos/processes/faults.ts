import { until } from '../../../test/support/until.ts';
import type { Fault, Scene } from '../cell.ts';
import { archive } from '../journal.ts';
import type { Instance } from './instance.ts';

/** The time for which Postgres hangs: longer than the time limit of a query here. */
const outageMs = 3_000;
const limitMs = 30_000;
/** Publications of 100 kB: more than the send buffer and all that the kernel keeps for a connection. */
const large = 200;
const largeStep = 20;
/** Publications per channel that no memory of a process holds any more. */
const forgotten = 400;

/** Readers that miss it: the three of the client of this repository, and half of the others. */
const awayOf = 6;

/** The rows of the matrix. The last one ends every channel's life, so nothing comes after it. */
export const faults: readonly Fault[] = [
  {
    title: 'TCP cut',
    async inflict({ cluster, readers, published }) {
      cluster.balancer.open(false);
      await until(() => readers.every((reader) => !reader.live), limitMs);
      await published(10, ['sql']);
      cluster.balancer.open(true);
    },
  },
  {
    title: 'process killed (`kill -9`)',
    async inflict({ cluster }) {
      await kill(first(cluster.instances));
    },
  },
  {
    title: 'Redis killed and restarted',
    needs: 'redis',
    async inflict({ cluster, published, caughtUp }) {
      await cluster.redis?.kill();
      await published(10);
      // Nobody waits for Redis: the comparison of heads brings what it does not.
      await caughtUp();
      await cluster.redis?.start();
    },
  },
  {
    title: 'Redis hung',
    needs: 'redis',
    async inflict({ cluster, published, caughtUp }) {
      cluster.redis?.pause();
      await published(10);
      await caughtUp();
      cluster.redis?.resume();
    },
  },
  {
    title: 'Postgres restarted',
    async inflict({ cluster, record }) {
      const failures = record.failed.http;
      await cluster.server.stop();
      await until(() => record.failed.http > failures, limitMs);
      await cluster.server.start();
    },
  },
  {
    title: 'Postgres hung',
    async inflict({ cluster, record }) {
      const failures = record.failed.http;
      await cluster.server.pause();
      await Promise.all([Bun.sleep(outageMs), until(() => record.failed.http > failures, limitMs)]);
      await cluster.server.resume();
    },
  },
  {
    title: 'NOTIFY connections killed',
    needs: 'postgres',
    async inflict({ cluster }) {
      const ended = await cluster.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name like 'chaos-%' and query ~* '^(listen |select 1$)'`,
      );
      if (ended.length < cluster.instances.length)
        throw new Error(`Only ${ended.length} connections listened.`);
    },
  },
  {
    title: 'relay killed between its steps',
    async inflict(scene) {
      await killRelay(scene, 'commits');
      await scene.cluster.ready();
      await scene.published(3);
      await killRelay(scene, 'rolls back');
    },
  },
  {
    title: 'deploy with overlap',
    inflict: ({ cluster }) => cluster.deploy(),
  },
  {
    title: 'slow reader',
    inflict: neglectReading,
  },
  {
    title: 'history pruned while a reader was away',
    tells: true,
    async inflict({ cluster, readers, channels, caughtUp }) {
      // Among them those that poll: the blocks that they read would stay in the memory of the process.
      const away = readers.slice(0, awayOf);
      for (const reader of away) reader.offline();
      await cluster.database.query(
        `select realtime_publish(channel, 'old', null, '{}') from unnest($1::text[]) channel, generate_series(1, ${forgotten})`,
        [channels],
      );
      await caughtUp(readers.slice(awayOf));
      const names = channels.map((name) => `'${name}'`).join();
      await archive(cluster.database, `p.channel in (${names}) and p."offset" <= c.last_offset - 2`);
      for (const reader of away) reader.online();
    },
  },
  {
    title: 'restored from a backup: new epochs',
    tells: true,
    async inflict({ cluster, channels }) {
      const names = channels.map((name) => `'${name}'`).join();
      await archive(
        cluster.database,
        `c.name in (${names}) and p."offset" > c.last_offset - 5`,
        `update realtime_channels set last_offset = greatest(last_offset - 5, 0) where name in (${names}); ${restore}`,
      );
    },
  },
  {
    title: 'log emptied: new epoch',
    tells: true,
    inflict: ({ cluster }) => archive(cluster.database, 'true', 'delete from realtime_channels'),
  },
];

/**
 * The effects of a restore beside the loss of the newest publications: heads go back, each row is a copy that another transaction
 * wrote, and no connection outlives it.
 */
const restore = `
lock table realtime_cluster in access exclusive mode;
create temporary table chaos_copy on commit drop as table realtime_cluster;
delete from realtime_cluster;
insert into realtime_cluster select * from chaos_copy;
select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'chaos-%' and pid <> pg_backend_pid()`;

async function kill(instance: Instance): Promise<void> {
  instance.kill('SIGKILL');
  await instance.exited;
}

/**
 * Stops the relay in the middle of its statement, by the lock of a channel it has to take, and kills its process there.
 * The statement of a dead client still `commits`, and nobody announces what it moved; or its connection ends too, and
 * it `rolls back`.
 */
async function killRelay({ cluster, channels }: Scene, ending: 'commits' | 'rolls back'): Promise<void> {
  const { database } = cluster;
  await database.transaction(async (_, query) => {
    await query('select 1 from realtime_channels where name = any($1) order by name for update', [channels]);
    let relay: { name: string; pid: number } | undefined;
    await until(async () => {
      [relay] = await database.query<{ name: string; pid: number }>(waitingRelay);
      return relay !== undefined;
    }, limitMs);
    const holder = cluster.instances.find(({ name }) => name === relay?.name);
    if (!holder) throw new Error(`Nobody is called ${relay?.name}.`);
    await kill(holder);
    if (ending === 'rolls back') await query('select pg_terminate_backend($1)', [relay?.pid]);
  });
}

const waitingRelay = `
select a.application_name as name, a.pid from pg_stat_activity a join pg_locks l on l.pid = a.pid
where l.locktype = 'advisory' and l.granted and a.wait_event_type = 'Lock' and a.application_name like 'chaos-%'`;

/**
 * A reader stops reading while more is published than its send buffer holds. Its neighbour in the process, which has read
 * each step before the next, must not notice.
 */
async function neglectReading({ cluster, channels, addReader }: Scene): Promise<void> {
  const channel = `${channels[0]}-large`;
  const { reader, balancer } = await addReader([channel]);
  const { reader: neighbour } = await addReader([channel]);
  balancer.stall(true);
  for (let sent = 0; sent < large; sent += largeStep) {
    await cluster.database.query(
      `select realtime_publish($1, 'large', null, jsonb_build_object('filling', repeat('x', 100000)))
       from generate_series(1, ${largeStep})`,
      [channel],
    );
    await until(() => neighbour.received >= sent + largeStep, limitMs);
  }
  balancer.stall(false);
  await until(() => reader.closeCodes.length > 0, limitMs);
  if (neighbour.closeCodes.length > 0) throw new Error(`The neighbour was closed: ${neighbour.closeCodes}.`);
}

function first(instances: readonly Instance[]): Instance {
  const [instance] = instances;
  if (!instance) throw new Error('No process is running.');
  return instance;
}
