import { afterAll, beforeAll, expect } from 'bun:test';
import { axeFindings } from '../support/browser/axe.ts';
import { overflowOf, type Page, pageTabs, settledPage, signInAs } from '../support/browser/pages.ts';
import { needs } from '../support/processes/components.ts';
import { startPagesService } from '../support/services/pages-service.ts';
import type { TestService } from '../support/services/service.ts';

/** Every page that the product declares, on a phone and on a desk, in both themes and languages, and by keyboard. */

const test = needs('chromium');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
let service: TestService;

beforeAll(async () => {
  service = opened.use(await startPagesService());
});
afterAll(() => opened.disposeAsync());

interface Declared {
  readonly path: string;
  readonly title: string;
}

async function declaredPages(): Promise<readonly Declared[]> {
  const { body } = await service.get('/', { accept: 'application/json' });
  return (body as { pages: readonly Declared[] }).pages;
}

const looks = (['light', 'dark'] as const).flatMap((scheme) =>
  [320, 1280].flatMap((width) =>
    (['en', 'fil'] as const).map((language) => ({
      scheme,
      width,
      language,
      // Two of the eight have each theme, width and language once, so that nothing axe-core judges is left out.
      isJudged: (scheme === 'dark') === (width === 320) && (width === 320) === (language === 'fil'),
    })),
  ),
);

/** Presses Tab until the focus is back where it began; returns what had no visible focus, and what never had any. */
async function keyboardFindings(page: Page): Promise<readonly string[]> {
  const findings: string[] = [];
  for (let press = 0; press < mostPresses; press++) {
    await page.keyboard.press('Tab');
    const { isOut, isUnseen, name } = await page.evaluate(() => {
      const focused = document.activeElement as HTMLElement | null;
      if (!focused || focused === document.body) return { isOut: true, isUnseen: false, name: '' };
      focused.dataset['walked'] = '';
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      const { width, height } = focused.getBoundingClientRect();
      return {
        isOut: false,
        isUnseen: outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2 || width * height === 0,
        name: focused.outerHTML.slice(0, 200),
      };
    });
    if (isOut) return [...findings, ...(await neverFocused(page))];
    if (isUnseen) findings.push(`no visible focus on ${name}`);
  }
  return [...findings, 'the focus never leaves the page'];
}

const mostPresses = 400;

/** The keyboard reaches one of the radio buttons with one name by Tab and the others by arrows. */
function neverFocused(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary')]
      .filter((each) => each.checkVisibility() && !each.matches(':disabled, [type=radio], [tabindex="-1"]'))
      .filter((each) => each.dataset['walked'] === undefined)
      .map((each) => `no way by Tab to ${each.outerHTML.slice(0, 200)}`),
  );
}

test('every page fits, passes axe-core and breaks no policy in each theme, width and language', async () => {
  const pages = await declaredPages();
  expect(pages.map(({ path }) => path)).toContain('/');
  for (const { path } of pages) {
    await using tab = await openTab(service.url + path);
    const { page, faults } = tab;
    const name = path === '/' ? 'landing' : path.slice(1).replaceAll('/', '-');
    await settledPage(page);
    const findings: string[] = [];
    const look = async (stage: string) => {
      for (const { scheme, width, language, isJudged } of looks) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: width === 320 ? 640 : 800 });
        await page.locator('header select').selectOption(language);
        await settledPage(page);
        const of = `${path} ${stage} ${scheme} ${width} ${language}`;
        const overflow = await overflowOf(page);
        if (overflow > 0) findings.push(`${of}: ${overflow} px too wide`);
        if (!isJudged) continue;
        findings.push(...(await axeFindings(page)).map((each) => `${of}: ${each}`));
        await tab.picture(`${name}-${stage}-${scheme}-${width}-${language}`);
      }
    };
    const asks = (await page.locator('.people').count()) > 0;
    if (asks) {
      findings.push(...(await axeFindings(page)).map((each) => `${path} signing in: ${each}`));
      await tab.picture(`${name}-signing-in`);
      await signInAs(page, 0);
      await settledPage(page);
    }
    await look('open');
    findings.push(...(await keyboardFindings(page)).map((each) => `${path}: ${each}`));
    expect(findings).toEqual([]);
    expect(faults).toEqual([]);
  }
}, 180_000);
