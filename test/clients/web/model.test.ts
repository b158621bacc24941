import { expect, test } from 'bun:test';
import { createClient } from '../../../clients/web/src/websocket.ts';
import { fc } from '../../support/property.ts';
import { seededRandom } from '../../support/random.ts';
import { settled } from '../../support/settled.ts';
import { ScriptedWorld } from './support/scripted-world.ts';

type Deed = (world: ScriptedWorld) => void;

const deeds: { readonly [name: string]: Deed } = {
  publish: (world) => world.publish(),
  deliver: (world) => world.deliver(),
  deliverSome: (world) => world.deliver(5),
  lose: (world) => world.lose(),
  repeat: (world) => world.repeat(),
  cut: (world) => world.close(1006),
  deploy: (world) => world.close(4001),
  die: (world) => world.die(),
  newLife: (world) => world.newLife(),
  prune: (world) => world.prune(),
  down: (world) => {
    world.isDown = true;
  },
  up: (world) => {
    world.isDown = false;
  },
  wake: (world) => world.signal('wake'),
  sleep: (world) => world.signal('sleep'),
  aMoment: (world) => world.clock.advance(150),
  aWhile: (world) => world.clock.advance(5_000),
  suspended: (world) => world.clock.stall(120_000),
};

const names = Object.keys(deeds);
/** Commands that happen often are drawn often. */
const history = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom('publish', 'deliver', 'deliverSome', 'aMoment') },
    { weight: 1, arbitrary: fc.constantFrom(...names) },
  ),
  { minLength: 5, maxLength: 80 },
);

test('in every history a reader has what its server has, once, in order, and gets there in the end', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), async (chosen, seed) => {
      const world = new ScriptedWorld(seededRandom(seed));
      const client = createClient('http://scripted', { token: 't', environment: world.environment });
      client.on('error', () => undefined);
      const read: string[] = [];
      /** An exception of a handler is reported, and fails no test. */
      const faults: string[] = [];
      const channel = client.channel('c');
      channel.subscribe(({ position }) => {
        const [epoch, offset] = position.split(':');
        const [lastEpoch, lastOffset] = read.at(-1)?.split(':') ?? [];
        const step = Number(offset) - Number(lastOffset);
        // Within a life each is the next, but where the server said that the past is gone.
        const isNext = step === 1 || (step > 1 && channel.state.recovered === false);
        if (epoch === lastEpoch && !isNext) faults.push(`${position} came after ${read.at(-1)}`);
        read.push(position);
      });
      client.connect();
      await settled();
      for (const name of chosen) {
        deeds[name]?.(world);
        await settled();
      }
      // Everything is well again.
      world.isDown = false;
      world.signal('wake');
      for (let n = 0; n < 60 && !isThere(); n++) {
        world.clock.advance(2_500);
        await settled();
        world.deliver(200);
        await settled();
        // A lost publication shows when the next one comes.
        if (n % 10 === 9) world.publish();
      }
      expect(channel.state.position).toBe(`e${world.epoch}:${world.head}`);
      expect([faults, new Set(read).size]).toEqual([[], read.length]);
      client.close();

      function isThere(): boolean {
        const { status, position } = channel.state;
        return status === 'subscribed' && position === `e${world.epoch}:${world.head}`;
      }
    }),
    { numRuns: 500 },
  );
}, 120_000);
