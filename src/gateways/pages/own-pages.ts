import type { PageAddress, PageArea } from '../../extension/addresses.ts';

/** The choices of `PAGES`: everything, no page that invites to try the server out, or nothing. */
export type PagesMode = 'full' | 'plain' | 'off';

const landing: PageAddress = { path: '/', bundle: 'landing/landing', title: 'Start' };
const plain: PageAddress = { path: '/', bundle: 'landing/plain', title: 'Status' };

const asyncApi: PageAddress = { path: '/asyncapi', bundle: 'documents/asyncapi', title: 'Frames (AsyncAPI)' };

/** The pages of the engine itself. The start page offers the people of every area. */
export function ownPages(mode: PagesMode, areas: readonly PageArea[] = []): PageArea {
  if (mode !== 'full') return { pages: [plain, asyncApi], people: [] };
  return { pages: [landing, asyncApi], people: areas.flatMap(({ people }) => people) };
}
