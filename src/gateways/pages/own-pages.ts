import type { DemoPerson, PageAddress, PageArea } from '../../extension/addresses.ts';

/** The choices of `PAGES`: everything, no page that invites to try the server out, or nothing. */
export type PagesMode = 'full' | 'plain' | 'off';

const landing: PageAddress = { path: '/', bundle: 'landing/landing', title: 'Start' };
const plain: PageAddress = { path: '/', bundle: 'landing/plain', title: 'Status' };

const asyncApi: PageAddress = { path: '/asyncapi', bundle: 'documents/asyncapi', title: 'Frames (AsyncAPI)' };

const operate: PageAddress = {
  path: '/operate',
  bundle: 'operate/operate',
  title: 'Operate',
  titleFil: 'Pamamahala',
  roles: ['admin'],
};
/** Offered for signing in, where the server believes everybody. */
const operator: DemoPerson = { userId: 'operator', role: 'admin', name: 'Operator' };

/** The pages of the engine itself. The start page offers the people of every area, the operator's page no one of a tenant. */
export function ownPages(mode: PagesMode, areas: readonly PageArea[] = []): readonly PageArea[] {
  const operating = { pages: [operate], people: [operator] };
  if (mode !== 'full') return [{ pages: [plain, asyncApi], people: [operator] }, operating];
  const people = [...areas.flatMap((area) => area.people), operator];
  return [{ pages: [landing, asyncApi], people }, operating];
}
