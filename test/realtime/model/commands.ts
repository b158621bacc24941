import type { Position } from '../../../src/protocol/wire/position.ts';
import { fc } from '../../support/property.ts';
import { turn, type World } from './world.ts';

/** One step of a run. Steps that are `hasty` share a turn with the one after them. */
class Step implements fc.AsyncCommand<World, World> {
  readonly #name: string;
  readonly #isHasty: boolean;
  readonly #can: (world: World) => boolean;
  readonly #run: (world: World) => void | Promise<void>;

  constructor(
    name: string,
    isHasty: boolean,
    run: (world: World) => void | Promise<void>,
    can: (world: World) => boolean = () => true,
  ) {
    this.#name = name;
    this.#isHasty = isHasty;
    this.#run = run;
    this.#can = can;
  }

  check(world: World): boolean {
    return this.#can(world);
  }

  async run(world: World): Promise<void> {
    await this.#run(world);
    if (!this.#isHasty) await turn();
    expectNoFault(world);
  }

  toString(): string {
    return this.#isHasty ? `${this.#name}!` : this.#name;
  }
}

export function expectNoFault({ faults }: World): void {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** The position from which a client asks to go on. */
const origins = ['head', 'seen', 'seen', 'seen', 'beginning', 'middle', 'former', 'future'] as const;

function since(world: World, client: number, origin: (typeof origins)[number]): Position | undefined {
  const { head, formerHead } = world.ledger;
  switch (origin) {
    case 'head':
      return undefined;
    case 'seen':
      return world.client(client).reference.seen;
    case 'beginning':
      return { ...head, offset: 0 };
    case 'middle':
      return { ...head, offset: Math.floor(head.offset / 2) };
    case 'former':
      return formerHead;
    case 'future':
      return { ...head, offset: head.offset + 3 };
  }
}

const hasty = fc.boolean();
const which = fc.nat({ max: 7 });
const isFree = (client: number) => (world: World) => !world.client(client).isBusy;
const hasCalls = ({ calls }: World) => calls.size > 0;
const hasWord = ({ inFlight }: World) => inFlight.length > 0;

/** Some few publications, and now and then more than a page of history or the tail holds. */
const counts = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 3 }), weight: 12 },
  { arbitrary: fc.integer({ min: 90, max: 310 }), weight: 1 },
);

const commit = fc
  .tuple(counts, fc.option(which, { nil: undefined, freq: 3 }), hasty)
  .map(([count, user, isHasty]) => {
    const exclude = user === undefined ? undefined : (`user:user${user}` as const);
    const name = `commit ${count}${exclude ? ` without ${exclude}` : ''}`;
    return new Step(name, isHasty, (world) => world.commit(count, exclude));
  });

const carry = fc
  .tuple(which, fc.boolean(), fc.boolean(), hasty)
  .map(
    ([index, whole, again, isHasty]) =>
      new Step(
        `carry ${index}${whole ? '' : ' as position'}${again ? ' and again later' : ''}`,
        isHasty,
        (world) => world.carry(index, { whole, again }),
        hasWord,
      ),
  );

const lose = which.map(
  (index) =>
    new Step(
      `lose ${index}`,
      true,
      (world) => void world.inFlight.splice(index % world.inFlight.length, 1),
      hasWord,
    ),
);

const call = fc
  .tuple(fc.constantFrom('step', 'step', 'step', 'finish', 'finish', 'finish', 'fail' as const), which, hasty)
  .map(
    ([how, index, isHasty]) =>
      new Step(`${how} call ${index}`, isHasty, ({ calls }) => calls[how](index), hasCalls),
  );

const subscribe = fc
  .tuple(which, fc.constantFrom(...origins), hasty)
  .map(
    ([client, origin, isHasty]) =>
      new Step(
        `subscribe ${client} from ${origin}`,
        isHasty,
        (world) => world.subscribe(world.client(client), since(world, client, origin)),
        isFree(client),
      ),
  );

const leave = fc
  .tuple(which, hasty)
  .map(
    ([client, isHasty]) =>
      new Step(`leave ${client}`, isHasty, (world) => world.leave(world.client(client)), isFree(client)),
  );

const reconnect = which.map(
  (client) => new Step(`reconnect ${client}`, false, (world) => world.reconnect(world.client(client))),
);

const newLife = fc
  .tuple(fc.nat({ max: 4 }), hasty)
  .map(
    ([quarters, isHasty]) =>
      new Step(`new life with ${quarters}/4`, isHasty, (world) =>
        world.beginLife(Math.floor((world.ledger.head.offset * quarters) / 4)),
      ),
  );

const prune = counts.map((count) => new Step(`prune ${count}`, true, (world) => world.ledger.prune(count)));

const slowness = fc
  .tuple(which, fc.boolean())
  .map(([client, clogs]) =>
    clogs
      ? new Step(`clog ${client}`, true, (world) => world.client(client).transport.clog())
      : new Step(`drain ${client}`, false, (world) => world.client(client).transport.drain()),
  );

const others = fc.constantFrom(
  new Step('compare heads', false, (world) => world.checkHeads()),
  new Step('broker tells of a gap', true, (world) => world.gap()),
  new Step('time passes', false, (world) => world.passTime()),
  new Step('come to rest', false, async (world) => {
    await world.quiesce();
    world.expectToldReached();
  }),
);

/** Every step of a run, each as often as its weight says. */
export const steps = fc.commands(
  [commit, commit, commit, carry, carry, carry, carry, call, call, call, call, call, call, lose].concat([
    subscribe,
    subscribe,
    subscribe,
    leave,
    reconnect,
    newLife,
    prune,
    slowness,
    others,
    others,
  ]),
  { maxCommands: 120, size: 'max' },
);
