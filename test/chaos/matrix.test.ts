import { beforeAll, describe, expect, test } from 'bun:test';
import type { Fault } from '../../bench/chaos/cell.ts';
import { type Cell, describeCell, makesSense, runMatrix } from '../../bench/chaos/matrix.ts';
import { topologies } from '../../bench/chaos/processes/cluster.ts';
import { faults } from '../../bench/chaos/processes/faults.ts';
import { component, needs } from '../support/processes/components.ts';
import { runSeed } from '../support/random.ts';

const limitMs = 480_000;
const withRedis = component('redis').installed;

describe('the fault matrix', () => {
  const cells: Cell[] = [];

  beforeAll(async () => {
    const seed = runSeed();
    process.stdout.write(`fault matrix, seed ${seed}: lost, duplicated, out of order · time to heal\n`);
    await runMatrix({
      seed,
      topologies: topologies.filter(({ broker }) => withRedis || broker !== 'redis'),
      onCell(cell) {
        cells.push(cell);
        process.stdout.write(`  ${describeCell(cell)}\n`);
      },
    });
  }, limitMs);

  for (const topology of topologies) {
    const run = topology.broker === 'redis' ? needs('redis') : test;
    for (const fault of faults.filter((each) => makesSense(each, topology))) {
      run(`${fault.title}, ${topology.title}: nothing is lost, doubled or out of order`, async () => {
        const cell = cells.find((each) => each.fault === fault && each.topology === topology);
        if (!cell || cell.outcome instanceof Error) throw cell?.outcome ?? new Error('The cell was not run.');
        expect(cell.outcome).toMatchObject({ lost: 0, duplicated: 0, disordered: 0 });
        if (fault.tells) expect(cell.outcome.told).toBeGreaterThan(0);
      });
    }
  }
});

test('what the outbox loses or doubles is found by the same check', async () => {
  const spoiled: Fault = {
    title: 'a faulty outbox',
    async inflict({ cluster, published }) {
      await cluster.database.query(`
        create function chaos_spoil() returns trigger language plpgsql as $$ begin
          if new.id % 5 = 0 then return null; end if;
          if new.id % 5 = 1 and pg_trigger_depth() = 1 then
            insert into public.realtime_outbox (channel, type, data) values (new.channel, new.type, new.data);
          end if;
          return new;
        end $$;
        create trigger chaos_spoil before insert on realtime_outbox for each row execute function chaos_spoil()`);
      await published(20, ['sql']);
    },
  };
  const [cell] = await runMatrix({ seed: 1, faults: [spoiled], topologies: topologies.slice(0, 1) });
  if (!cell || cell.outcome instanceof Error) throw cell?.outcome ?? new Error('The cell was not run.');
  expect(cell.outcome.lost).toBeGreaterThan(0);
  expect(cell.outcome.duplicated).toBeGreaterThan(0);
}, 60_000);
