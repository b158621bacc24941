import { describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needs } from '../support/processes/components.ts';
import { outputOf } from '../support/programs/run.ts';

const model = join(import.meta.dir, 'tambuli.pml');
const testSpin = needs('spin');
const limitMs = 300_000;

/** The assertions of the model that each mutation breaks. */
const r1 = 'seen==logHead';
const r2 = '==(seen+1)';
const r5 = 'published[';
const r5Committed = '(transaction[';
const r5Logged = '<=logHead';

/** Every mutation, the deployment it is tried in, and a part of the assertion that it breaks. */
const mutations: Readonly<Record<string, readonly [deployment: 'faulty' | 'prompt', broken: string]>> = {
  RELAY_BY_SEQUENCE: ['faulty', r5],
  RELAY_READS_UNCOMMITTED: ['faulty', r5Committed],
  RELAY_IN_TWO_STATEMENTS: ['faulty', r5],
  ANNOUNCED_BEFORE_MOVED: ['faulty', r5Logged],
  HEAD_BEFORE_JOIN: ['prompt', r1],
  GAP_NOT_FILLED: ['faulty', r2],
  HEADS_NOT_COMPARED: ['faulty', r1],
  JOINS_BEFORE_BACKLOG: ['faulty', r2],
  CUTOVER_IN_TWO_TURNS: ['faulty', r1],
  COMES_BACK_WITHOUT_POSITION: ['faulty', r2],
};

describe('the model', () => {
  testSpin(
    'keeps R1, R2 and R5 when processes die and the broker loses word',
    async () => expect(await check([], '-O2')).toMatchObject({ broken: undefined, isComplete: true }),
    limitMs,
  );

  testSpin(
    'keeps them without the comparison of heads where nothing is lost',
    async () =>
      expect(await check(['-DPROMPT'], '-O2')).toMatchObject({ broken: undefined, isComplete: true }),
    limitMs,
  );
});

describe('the model finds the fault of', () => {
  for (const [name, [deployment, broken]] of Object.entries(mutations)) {
    testSpin(
      name,
      async () => {
        const flags = [`-DM_${name}`, ...(deployment === 'prompt' ? ['-DPROMPT'] : [])];
        expect((await check(flags, '-O0')).broken).toContain(broken);
      },
      limitMs,
    );
  }
});

test('every mutation of the model is tried, and explained in docs/inside/model.md', async () => {
  const text = await Bun.file(model).text();
  const names = [...text.matchAll(/^#ifn?def M_(\w+)$/gm)].map(([, name]) => name);
  expect([...new Set(names)].sort()).toEqual(Object.keys(mutations).sort());
  const page = await Bun.file(join(import.meta.dir, '../../docs/inside/model.md')).text();
  const told = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
  expect(told.sort()).toEqual(Object.keys(mutations).sort());
});

interface Verdict {
  /** The assertion that fails in some state, if there is one. */
  readonly broken: string | undefined;
  /** Whether every state was visited. */
  readonly isComplete: boolean;
}

/** Visits every state of the model with these definitions. */
async function check(definitions: readonly string[], optimisation: '-O0' | '-O2'): Promise<Verdict> {
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-spin-'));
  try {
    await outputOf(['spin', ...definitions, '-a', model], { cwd: directory });
    // SAFETY: assertions and end states alone, no cycles. MEMLIM is in megabytes.
    const gcc = ['gcc', optimisation, '-w', '-DSAFETY', '-DMEMLIM=1024', '-o', 'pan', 'pan.c'];
    await outputOf(gcc, { cwd: directory });
    const output = await outputOf(['./pan', '-m10000', '-w22'], { cwd: directory });
    const [, broken] = /^pan:\d+: (.*) \(at depth \d+\)$/m.exec(output) ?? [];
    const isComplete =
      /errors: 0$/m.test(output) && !/out of memory|too small|Search not completed/.test(output);
    return { broken, isComplete };
  } finally {
    await rm(directory, { recursive: true });
  }
}
