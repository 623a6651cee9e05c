/** The console of a running system in a browser, and what a page must never do. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Outputs } from '../../local/outputs.ts';
import { startBrowser } from '../support/browser.ts';

const axe = readFileSync(
  path.join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'),
  'utf8',
);

type Look = { width: number; height: number; colorScheme: 'light' | 'dark' };
type SignedIn = ((...keys: string[]) => Promise<Page>) & {
  as(look: Look, ...keys: string[]): Promise<Page>;
};

type TestConsole = ReturnType<typeof startedForAll>;
let shared: TestConsole | undefined;

/** One browser for all parts of a suite. `outputs` is asked for when the system has started. */
export function testConsole(outputs: () => Outputs): TestConsole {
  shared ??= startedForAll(outputs);
  return shared;
}

function startedForAll(outputs: () => Outputs) {
  // It starts while the system does. Why it could not is said by the first that needs it.
  const starting = startBrowser();
  starting.catch(() => {});
  let browser: Browser | undefined;
  let said: string[] = [];
  beforeAll(async () => {
    browser = await starting;
  });
  afterAll(() => browser?.close());

  /** A new reader's page: nobody else's keys or storage. Pages whose test has ended are closed, and ask nothing any more. */
  const opened = async (at = '/console', look?: Look): Promise<Page> => {
    if (browser === undefined) throw new Error('There is no browser.');
    const options: BrowserContextOptions =
      look === undefined
        ? {}
        : { viewport: { width: look.width, height: look.height }, colorScheme: look.colorScheme };
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const { apiUrl } = outputs();
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('console', (message) => {
      // Chromium tells of each answer that is no success, which a refused key is meant to get.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) said.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(apiUrl) && !request.url().startsWith('data:'))
        said.push(`asked ${request.url()}`);
    });
    await page.goto(apiUrl + at);
    return page;
  };

  const as = async (look: Look | undefined, ...keys: string[]): Promise<Page> => {
    const page = await opened('/console', look);
    for (const [index, key] of keys.entries()) {
      if (index > 0) await page.getByRole('button', { name: /^Keys/ }).click();
      await page.getByLabel('API key').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('.bar').waitFor();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    return page;
  };
  const signedIn: SignedIn = Object.assign((...keys: string[]) => as(undefined, ...keys), {
    as: (look: Look, ...keys: string[]) => as(look, ...keys),
  });
  /** What a page has said on its console, thrown, or asked of others than the API. */
  const faults = (): string[] => {
    const all = said;
    said = [];
    return all;
  };
  return { opened, signedIn, faults };
}

type Violation = { id: string; help: string; nodes: { html: string }[] };

/** What axe finds against WCAG 2.2 AA, and whether the page is wider than its window. */
export async function accessFaults(page: Page, view: string): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe);
  const violations = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then((found) => found.violations)`,
  )) as Violation[];
  const wide = (await page.evaluate(
    'document.documentElement.scrollWidth - window.innerWidth',
  )) as number;
  return [
    ...violations.map(
      ({ id, help, nodes }) =>
        `${view}: ${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
    ),
    ...(wide > 0 ? [`${view}: wider than the window by ${wide} px`] : []),
  ];
}

/** Keeps a picture of the whole page in the folder `SCREENSHOTS`, for somebody to look at, if there is to be one. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined) return;
  const file = `${name.replaceAll(/[^\w-]+/g, '-').replace(/^-/, '')}.png`;
  await page.screenshot({ path: path.join(folder, file), fullPage: true });
}
