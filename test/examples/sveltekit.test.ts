import { afterAll, beforeAll, test } from 'bun:test';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { devDependencies, scripts } from '../../examples/sveltekit/package.json';
import { chromiumPages } from '../support/browser/chromium.ts';
import { installLimitMs } from '../support/package/installed.ts';
import { needs } from '../support/processes/components.ts';
import { type ServedShop, serveShop } from './served-shop.ts';
import { goesOnFromTheRenderedList, rendersTheOrdersOfItsCustomer } from './served-shop-scenarios.ts';

/** Carries out examples/sveltekit/README.md in a copy of the folder. */

const open = chromiumPages();
let shop: ServedShop;

beforeAll(async () => {
  const packages = [...Object.keys(devDependencies), 'jsonwebtoken'];
  const install = (folder: string) => symlink('../vite/bin/vite.js', join(folder, 'node_modules/.bin/vite'));
  shop = await serveShop('sveltekit', { scripts, packages, install, ready: 'Listening on' });
}, installLimitMs);

afterAll(() => shop?.[Symbol.asyncDispose]());

test('SvelteKit renders the orders of the customer of its session, and of nobody else', () =>
  rendersTheOrdersOfItsCustomer(shop));

needs('chromium')('the page of SvelteKit goes on from the rendered list, with every change', () =>
  goesOnFromTheRenderedList(shop, open),
);
