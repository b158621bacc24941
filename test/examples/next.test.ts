import { afterAll, beforeAll } from 'bun:test';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dependencies, scripts } from '../../examples/next/package.json';
import { devDependencies, dependencies as own } from '../../package.json';
import { chromiumPages } from '../support/browser/chromium.ts';
import { installLimitMs } from '../support/package/installed.ts';
import { component, needs } from '../support/processes/components.ts';
import { outputOf } from '../support/programs/run.ts';
import { type ServedShop, serveShop } from './served-shop.ts';
import { goesOnFromTheRenderedList, rendersTheOrdersOfItsCustomer } from './served-shop-scenarios.ts';

/** Carries out examples/next/README.md in a copy of the folder, with Next from the registry. */

const testNext = needs('next');
const open = chromiumPages();
let shop: ServedShop;

if (component('next').installed) {
  beforeAll(async () => {
    shop = await serveShop('next', { scripts, packages: [], install, ready: 'Ready in' });
  }, installLimitMs);
}

afterAll(() => shop?.[Symbol.asyncDispose]());

testNext('Next renders the orders of the customer of its session, and of nobody else', () =>
  rendersTheOrdersOfItsCustomer(shop),
);

const testPage = component('next').installed ? needs('chromium') : testNext;
testPage('the page of Next goes on from the rendered list, with every change', () =>
  goesOnFromTheRenderedList(shop, open),
);

/** Installs the packages themselves: Next's bundler follows no link out of the folder. */
async function install(folder: string): Promise<void> {
  const {
    next,
    pg,
    jsonwebtoken,
    react,
    'react-dom': reactDom,
  } = { ...dependencies, ...devDependencies, ...own };
  const place = join(folder, 'registry');
  const wanted = { next, pg, jsonwebtoken, react, 'react-dom': reactDom };
  await Bun.write(join(place, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }));
  await outputOf([process.execPath, 'install', '--no-progress'], { cwd: place });
  const from = join(place, 'node_modules');
  const to = join(folder, 'node_modules');
  for (const name of [...(await packagesIn(from)), '.bin/next']) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    await rm(join(to, name), { recursive: true, force: true });
    await rename(join(from, name), join(to, name));
  }
  await rm(place, { recursive: true });
}

async function packagesIn(modules: string): Promise<string[]> {
  const names = (await readdir(modules)).filter((name) => !name.startsWith('.'));
  const scoped = names.filter((name) => name.startsWith('@'));
  const inScopes = scoped.map(async (scope) =>
    (await readdir(join(modules, scope))).map((name) => `${scope}/${name}`),
  );
  return [...names.filter((name) => !name.startsWith('@')), ...(await Promise.all(inScopes)).flat()];
}
