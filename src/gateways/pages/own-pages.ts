import type { PageAddress, PageArea } from '../../extension/addresses.ts';

/** The choices of `PAGES`: everything, no page that invites to try the server out, or nothing. */
export type PagesMode = 'full' | 'plain' | 'off';

const landing: PageAddress = { path: '/', bundle: 'landing/landing', title: 'Start' };
const plain: PageAddress = { path: '/', bundle: 'landing/plain', title: 'Status' };

/** The pages of the engine itself. The start page offers the people of every area. */
export function ownPages(mode: PagesMode, areas: readonly PageArea[] = []): PageArea {
  if (mode !== 'full') return { pages: [plain], people: [] };
  return { pages: [landing], people: areas.flatMap(({ people }) => people) };
}
