import { join } from 'node:path';
import { build } from '../../clients/web/build.ts';
import manifest from '../../clients/web/package.json';
import { fencesOf, pageAt, root } from '../docs/pages.ts';
import { freePort } from '../support/network/free-port.ts';
import { type Application, createApplication } from '../support/processes/application.ts';

/** A shop of `examples/`, served beside its Tambuli. */
export interface ServedShop extends AsyncDisposable {
  readonly application: Application;
  readonly url: string;
  /** The statement of the page's README that changes a row. */
  readonly change: string;
}

interface Options {
  /** The command that the folder's `package.json` says to run. */
  readonly scripts: Readonly<Record<'build' | 'shop', string>>;
  /** Packages of this repository that the application installs. */
  readonly packages: readonly string[];
  /** Installs what this repository does not have. */
  readonly install?: (folder: string) => Promise<void>;
  /** Part of the line that the server of the shop prints once it listens. */
  readonly ready: string;
}

/** Carries out the README of a folder of `examples/` in a copy of it. */
export async function serveShop(name: string, options: Options): Promise<ServedShop> {
  const fences = fencesOf(pageAt(`examples/${name}/README.md`));
  const block = (language: string, place = 0) =>
    fences.filter((fence) => fence.language === language)[place]?.code.split('\n') ?? [];
  await using opened = new AsyncDisposableStack();
  const { packages, install, scripts, ready } = options;
  const application = opened.use(await createApplication({ from: join(root, 'examples', name), packages }));
  const { folder, sql, tambuli, start, startTambuli } = application;
  await install?.(folder);
  await installClient(folder);

  const port = await freePort();
  const here = (text: string) => text.replace('3000', String(application.port)).replace('8080', String(port));
  const variables = block('ini').map((line) => here(line).split('=') as [string, string]);
  await application.writeEnv(Object.fromEntries(variables));

  // The program of a script itself: one that `bun` has started by its name outlives it.
  const run = (script: 'build' | 'shop') =>
    start(...here(scripts[script]).replace('bun --bun ', 'bun node_modules/.bin/').split(' ').slice(1));
  const carryOut: Record<string, () => Promise<unknown>> = {
    'psql "$DATABASE_URL" -f schema.sql': async () => sql(await Bun.file(join(folder, 'schema.sql')).text()),
    'bunx tambuli migrate': () => ended(tambuli('migrate')),
    'bunx tambuli triggers install': () => ended(tambuli('triggers', 'install')),
    'bun run build': async () => {
      const building = run('build');
      if ((await building.exited) !== 0) throw new Error(`The build failed:\n${building.output()}`);
    },
    'bunx tambuli start': () => startTambuli('start').next('Tambuli listens at'),
    'bun run shop': () => run('shop').next(ready),
  };
  for (const line of [...block('sh'), ...block('sh', 1)]) {
    const step = carryOut[line];
    if (!step) throw new Error(`examples/${name}/README.md: nothing carries out "${line}".`);
    await step();
  }
  const owned = opened.move();
  return {
    application,
    url: `http://localhost:${port}`,
    change: block('sql').join('\n'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function ended(running: ReturnType<Application['tambuli']>): Promise<void> {
  const { code, out, errors } = await running;
  if (code !== 0) throw new Error(`tambuli ended with ${code}:\n${out}${errors}`);
}

/** Puts the client for browsers into `node_modules` as its package has it. */
async function installClient(folder: string): Promise<void> {
  const client = join(folder, 'node_modules', manifest.name);
  await build(join(client, 'dist'));
  await Bun.write(join(client, 'package.json'), JSON.stringify(manifest));
}
