import type { PageAddress, PageArea } from '../../extension/addresses.ts';

/** The choices of `PAGES`: everything, no page that invites to try the server out, or nothing. */
export type PagesMode = 'full' | 'plain' | 'off';

const landing: PageAddress = { path: '/', bundle: 'landing/landing', title: 'Start' };
const plain: PageAddress = { path: '/', bundle: 'landing/plain', title: 'Status' };

/** The pages of the engine itself. */
export function ownPages(mode: PagesMode): PageArea {
  return { pages: [mode === 'full' ? landing : plain], people: [] };
}
