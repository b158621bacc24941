import type { PageFacts } from '../../../../src/gateways/pages/page-document.ts';

/** The facts that the server wrote into the page. */
export const facts: PageFacts = JSON.parse(document.getElementById('facts')?.textContent ?? '{}');

/** The root of the server, without a slash at its end: behind a proxy it may have a path. */
export const serverUrl = new URL(facts.root, location.href).href.replace(/[?#].*$/, '').replace(/\/$/, '');
