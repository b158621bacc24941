import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Glob } from 'bun';
import type { RealtimeManager } from '../../../src/realtime/manager.ts';

/** A fault put into the engine: in the file of this name, the one text in place of the other. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Faults that someone could make, each of which loses, repeats or reorders something in some interleaving. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a gap that is heard of is not read',
    file: 'live-channel.ts',
    from: "if (before === 'live') void this.#repair();",
    to: '',
  },
  {
    name: 'whatever is ahead of the head is delivered',
    file: 'live-channel.ts',
    from: 'publication.offset === position.offset + 1',
    to: 'publication.offset > position.offset',
  },
  {
    name: 'the head is read before the broker is joined',
    file: 'live-channel.ts',
    from: `await this.#deps.broker.join(this.name);
    const head = await this.#deps.log.head(this.name);`,
    to: `const head = await this.#deps.log.head(this.name);
    await this.#deps.broker.join(this.name);`,
  },
  {
    name: 'the epoch of a publication is not compared',
    file: 'live-channel.ts',
    from: 'position?.epoch === publication.epoch && publication.offset === position.offset + 1',
    to: 'publication.offset === (position?.offset ?? 0) + 1',
  },
  {
    name: 'a pruned range is passed over in silence',
    file: 'live-channel.ts',
    from: '|| publications[0]?.offset !== offset + 1',
    to: '',
  },
  {
    name: 'the tail outlives the life of the log',
    file: 'live-channel.ts',
    from: 'this.#tail.clear();\n    for',
    to: 'for',
  },
  {
    name: 'the tail of a channel without a reader is kept, and has a gap then',
    file: 'live-channel.ts',
    from: 'rest(): void {\n    this.#tail.clear();',
    to: 'rest(): void {',
  },
  {
    name: 'a channel is closed under the reader who came back to it',
    file: 'live-channels.ts',
    from: 'if (live.holders === 0) this.#lingering.delete(live);',
    to: '',
  },
  {
    name: 'a page that was read before a reset is taken after it',
    file: 'live-channel.ts',
    from: 'if (this.position === from) this.#take(page, heardOf);',
    to: 'if (true) this.#take(page, heardOf);',
  },
  {
    name: 'a failed read of a gap is not tried again',
    file: 'live-channel.ts',
    from: 'await new Promise<void>((resolve) => this.#deps.clock.after(repairRetryMs, resolve));',
    to: 'break;',
  },
  {
    name: 'the session joins before its backlog was read',
    file: 'joining.ts',
    from: 'const backlog = new Backlog(session, live, since, reply);',
    to: 'const backlog = new Backlog(session, live, since, reply); live.join(session, since.offset);',
  },
  {
    name: 'the backlog runs ahead of the live channel',
    file: 'joining.ts',
    from: 'if (delivery.publication.offset > this.#live.position.offset) break;',
    to: '',
  },
  {
    name: 'a page that does not continue the backlog is taken',
    file: 'joining.ts',
    from: 'if (!continuesAt(block, this.#since.epoch, this.#offset)) return false;',
    to: '',
  },
  {
    name: 'a session whose life of the log ended meanwhile joins as recovered',
    file: 'joining.ts',
    from: 'while (!session.closed && backlog.isRecoverable) {',
    to: 'for (let round = 0; !session.closed && (round > 0 || backlog.isRecoverable); round++) {',
  },
  {
    name: 'a life that this process has not heard of is taken for an old one',
    file: 'joining.ts',
    from: 'reads < 2 &&',
    to: 'reads < 0 &&',
  },
  {
    name: 'the tail returns less than was asked for',
    file: 'tail.ts',
    from: 'if (missing < 0 || missing > this.#items.length) return undefined;',
    to: 'if (missing < 0 || (missing > 0 && this.#items.length === 0)) return undefined;',
  },
  {
    name: 'history is put before the tail at the wrong joint',
    file: 'tail.ts',
    from: 'const start = head - this.#items.length;',
    to: 'const start = head - this.#items.length - 1;',
  },
  {
    name: 'a block of an earlier life is read from memory',
    file: 'history.ts',
    from: 'if (kept && kept.head.epoch === epoch) return',
    to: 'if (kept) return',
  },
  {
    name: 'a read that was under way is taken for an answer',
    file: 'history.ts',
    from: 'return answered ? block : from(',
    to: 'return block ?? from(',
  },
  {
    name: 'a subscribe that fails holds its channel for ever',
    file: 'subscriptions.ts',
    from: 'if (!live.subscribers.has(session)) channels.release(live);',
    to: '',
  },
  {
    name: 'a channel is closed while one reader is left',
    file: 'live-channels.ts',
    from: 'if (live.holders > 0) return;',
    to: 'if (live.holders > 1) return;',
  },
  {
    name: 'a reader that comes again is subscribed twice',
    file: 'subscriptions.ts',
    from: 'if (current) this.#end(session, wireName, current);',
    to: '',
  },
];

const root = join(import.meta.dir, '../../..');

/** The manager of a copy of the engine with the fault in it; the copy is removed with what is returned. */
export async function buildMutant({ file, from, to }: Mutant) {
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-mutant-'));
  for (const part of ['realtime', 'protocol', 'lib', 'errors.ts', 'logger.ts']) {
    await cp(join(root, 'src', part), join(directory, 'src', part), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  const path = await only(directory, file);
  const text = await Bun.file(path).text();
  if (text.split(from).length !== 2) throw new Error(`Once in ${file} there should be: ${from}`);
  await Bun.write(
    path,
    text.replace(from, () => to),
  );
  const { RealtimeManager: Manager } = (await import(await only(directory, 'manager.ts'))) as {
    readonly RealtimeManager: typeof RealtimeManager;
  };
  return { Manager, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

/** The one file of this name in the copy of the engine, in whatever room it is. */
async function only(directory: string, name: string): Promise<string> {
  const [path, ...others] = new Glob(`src/realtime/**/${name}`).scanSync({ cwd: directory });
  if (path === undefined || others.length > 0)
    throw new Error(`There should be one ${name} in src/realtime.`);
  return join(directory, path);
}
