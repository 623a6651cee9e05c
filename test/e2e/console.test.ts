/** The console in a real browser, against `npm start`: the main ways through it, by mouse, by keyboard, and when things go wrong. */
import './console-operators.part.ts';
import { expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { switchMemoryMs } from '../../lambdas/core/switches/switches.ts';
import { testReceivers } from '../support/receiver.ts';
import { accessFaults, keepPicture, testConsole } from './console-page.ts';
import { testSystem } from './system.ts';

jest.setTimeout(120_000);

const { system, alice } = testSystem();
const { opened, signedIn, faults } = testConsole(() => system.outputs);
const receiver = testReceivers();

const inMain = (page: Page) => page.locator('main');

test('a stranger is led to the console, makes a withdrawal and sees it paid', async () => {
  const page = await opened('/');
  await page.getByRole('heading', { name: 'Drawbridge pays money out, exactly once.' }).waitFor();
  await page.getByRole('button', { name: /^alice a client/ }).click();
  await page.getByRole('link', { name: 'Make one' }).first().click();
  await page.getByLabel('Put money on it first').fill('250.00');
  await page.getByLabel('Reference').fill('the stranger’s');
  await page.getByRole('button', { name: 'Withdraw', exact: true }).click();

  await page.getByText('It is final on chain').waitFor({ timeout: 30_000 });
  const timeline = page.getByRole('region', { name: 'Timeline' });
  expect((await timeline.locator('strong').allInnerTexts()).slice(0, 3)).toEqual([
    'requested',
    'reserved',
    'converting',
  ]);
  await timeline.getByText('settled', { exact: true }).waitFor();
  const ledger = page.getByRole('region', { name: 'Ledger' });
  await ledger.getByText('FEE', { exact: true }).waitFor();
  expect(await ledger.locator('strong').allInnerTexts()).toEqual(['HOLD', 'PAYOUT', 'FEE']);

  await page.getByRole('link', { name: 'The whole wallet' }).click();
  await page.getByRole('button', { name: 'Check the chain' }).click();
  await page.getByText(/3 blocks computed again: the chain is whole/).waitFor();
  expect(faults()).toEqual([]);
});

test('whatever can be paid is made by the form, with what it comes to said before', async () => {
  const page = await signedIn('dk_local_alice');
  await page.goto(`${page.url().split('#')[0]}#/make`);
  const comesTo = page.getByRole('region', { name: 'What it comes to' });
  await comesTo.getByText('99.50').waitFor();
  await comesTo.getByText('The on-ramp keeps').waitFor();
  await page.getByLabel('It holds').selectOption('BTC');
  const networks = page.getByLabel('Network').locator('option');
  // An option is never visible: it is drawn by the browser's own list.
  await networks.filter({ hasText: 'bitcoin' }).waitFor({ state: 'attached' });
  expect(await networks.allInnerTexts()).toEqual(['bitcoin']);
  await comesTo.getByText('Network fee, paid by us').waitFor();
  await page.getByLabel('To the address').fill('bc1qnonsense');
  await page.locator('.field .wrong').waitFor();
  await page.getByLabel('It holds').selectOption('SOL');
  await page.getByLabel('To the address').fill('');
  await page.getByLabel('To the address').fill('AyjDxMKxJEqKTzmpphGMjXN8CZLsXrqggQE1GGsDVfea');
  await page.locator('.field .wrong').waitFor({ state: 'detached' });
  await page.getByLabel('How many').fill('3');
  await page.getByRole('button', { name: 'Withdraw 3 times' }).click();
  await page.getByText('3 of 3 are accepted.').waitFor();
  const batch = (await page.locator('.notice code').getAttribute('title')) ?? '';
  await page.getByRole('link', { name: 'Watch them move' }).click();
  await page.getByLabel('Find by id').fill(batch);
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText(/^A batch of 3: /).waitFor();
  expect(faults()).toEqual([]);
});

test('the page comes packed to whoever takes that, and plain to others', async () => {
  const page = (encoding: string): Promise<Response> =>
    fetch(`${system.outputs.consoleUrl}`, { headers: { 'accept-encoding': encoding } });
  const [packed, plain] = await Promise.all([page('gzip, br'), page('gzip;q=0, identity')]);
  expect([packed, plain].map(({ headers }) => headers.get('content-encoding'))).toEqual([
    'gzip',
    null,
  ]);
  expect(await packed.text()).toBe(await plain.text());
  expect(plain.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('why it stands still is said where it is seen, and what ends it is done there', async () => {
  const page = await signedIn('dk_local_alice', 'dk_local_operator');
  await page.goto(`${page.url().split('#')[0]}#/controls`);
  const sign = page.getByRole('listitem').filter({ hasText: 'Payouts are signed' });
  await sign.getByRole('button', { name: 'Switch off' }).click();
  await page.getByText('What is signed already is still sent').waitFor();
  await page.getByLabel(/^Why/).fill('We look at the gas first.');
  await page.getByRole('button', { name: 'Switch it off' }).click();
  await sign.getByText('We look at the gas first.').waitFor();

  // A step that has just read the switch may still begin what comes next.
  await page.waitForTimeout(switchMemoryMs);
  const { body } = await alice.withdraw(await alice.wallet('USDC', '50.00'), { amount: '7.00' });
  const itsPlace = `#/withdrawals/${body.id}`;
  await page.getByRole('link', { name: 'Withdrawals' }).first().click();
  await page.getByText('all clients, open').click();
  await page.getByText('Held by a switch').first().waitFor();
  await page.getByRole('button', { name: /^Waiting/ }).click();
  await page.getByRole('link', { name: '7.00 USDC' }).click();
  const why = page.getByText('An operator has switched off the step that comes next.');
  await why.waitFor();
  // The list is left as it was, for whoever comes back to it.
  await page.goBack();
  await page.getByRole('button', { name: /^Waiting/, pressed: true }).waitFor();
  expect(await page.getByLabel('all clients, open').isChecked()).toBe(true);
  await page.goForward();

  const watching = await signedIn('dk_local_operator');
  await watching.goto(`${watching.url().split('#')[0]}${itsPlace}`);
  await watching.getByText('Its client can still cancel it').waitFor();
  expect(await watching.getByText('debiting').count()).toBe(0);
  await why.waitFor();
  await inMain(page).locator('.why-list').getByRole('link', { name: 'Switches' }).click();
  await sign.getByRole('button', { name: 'Switch on' }).click();
  await page.getByLabel(/^Why/).fill('It was nothing.');
  await page.getByRole('button', { name: 'Switch it on' }).click();
  await page.goto(`${page.url().split('#')[0]}${itsPlace}`);
  await page.getByText('It is final on chain').waitFor({ timeout: 30_000 });
  // Whoever watches it with an operator’s key alone sees it end, and everything of it after that.
  await watching.getByText('It is final on chain').waitFor({ timeout: 30_000 });
  const timeline = watching.getByRole('region', { name: 'Timeline' });
  await timeline.getByText('settled', { exact: true }).waitFor();
  await watching.getByText('alice', { exact: true }).waitFor();
  const attempts = watching.getByRole('region', { name: 'Attempts at the payout' });
  await attempts.getByText('on chain').waitFor();
  expect(await attempts.locator('code').count()).toBe(1);
  expect(faults()).toEqual([]);
});

test('what a client’s server answered is seen, and it is delivered once more', async () => {
  const { url, told } = await receiver({ status: 500, body: 'the orders are locked' });
  const page = await signedIn('dk_local_alice');
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByRole('button', { name: 'New endpoint' }).click();
  await page.getByLabel(/^URL/).fill(url);
  // A test is sent whatever the endpoint is told of, and nothing else comes between.
  await page.getByLabel('Events').selectOption('withdrawal.review');
  await page.getByRole('button', { name: 'Add it' }).click();
  await page.getByText(/^whsec_/).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('link', { name: url }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByRole('button', { name: 'Send it' }).click();
  await page.getByRole('link', { name: 'webhook-endpoint.test' }).click();
  await page.getByText('the orders are locked').waitFor();
  await page.getByText('Delivered', { exact: true }).waitFor({ timeout: 20_000 });
  await page.getByRole('button', { name: 'Deliver again' }).click();
  await page.getByRole('button', { name: 'Deliver it', exact: true }).click();
  await page.getByText('delivered again 1×').waitFor();
  await alice.until(
    async () => told.length,
    (count) => count >= 3,
  );
  expect(new Set(told.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(faults()).toEqual([]);
});

test('a key sees what it may see: one that reads has nothing to press, and another client’s is not there', async () => {
  const { body } = await alice.withdraw(await alice.wallet('USD', '20.00'));
  const page = await signedIn('dk_local_alice_readonly');
  await page.goto(`${page.url().split('#')[0]}#/withdrawals/${body.id}`);
  await page.getByRole('region', { name: 'Timeline' }).getByText('requested').waitFor();
  expect(await page.getByRole('button', { name: /Cancel|Retry/ }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Make one' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Switches' }).count()).toBe(0);

  const other = await signedIn('dk_local_bob');
  await other.getByText('No withdrawal yet.').waitFor();
  await other.goto(`${other.url().split('#')[0]}#/withdrawals/${body.id}`);
  await other.getByText('These keys see no such withdrawal.').waitFor();

  const unknown = await opened();
  await unknown.getByLabel('API key').fill('dk_nobody');
  await unknown.getByRole('button', { name: 'Sign in' }).click();
  await unknown.getByText('The API does not know this key.').waitFor();
});

test('the key is in the page’s memory only', async () => {
  const page = await signedIn('dk_local_alice');
  const kept = await page.evaluate(
    'JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state])',
  );
  expect(kept).not.toContain('dk_local');
  await page.reload();
  await page.getByLabel('API key').waitFor();
});

test('while the API is away the page says so and keeps what it knew, and goes on when it is back', async () => {
  const page = await signedIn('dk_local_alice');
  await page.getByRole('region', { name: 'List' }).getByRole('row').nth(1).waitFor();
  await page.route('**/v1/**', (route) => route.abort());
  await page.getByText('The API does not answer').waitFor();
  expect(await page.getByRole('region', { name: 'List' }).getByRole('row').count()).toBeGreaterThan(
    1,
  );
  await page.unroute('**/v1/**');
  await page.getByRole('button', { name: 'Ask now' }).click();
  await page.getByText('The API does not answer').waitFor({ state: 'hidden' });
});

test('it is asked ever less often while nothing moves', async () => {
  const page = await signedIn('dk_local_bob');
  await page.getByText('No withdrawal yet.').waitFor();
  await page.clock.install();
  await page.reload();
  await page.getByLabel('API key').fill('dk_local_bob');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('No withdrawal yet.').waitFor();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  for (let second = 0; second < 60; second += 1) {
    await page.clock.runFor(1_000);
    // What was asked is answered in real time.
    await page.waitForTimeout(20);
  }
  expect(asked.length).toBeGreaterThan(3);
  expect(asked.length).toBeLessThan(20);
});

test('ten thousand withdrawals are a list like any other', async () => {
  const made = await alice.withdraw(await alice.wallet('USD', '20.00'));
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    ...made.body,
    id: `wd_${String(index).padStart(26, '0')}`,
    status: 'COMPLETED',
    stage: 'settled',
    createdAt: new Date(Date.now() - index * 1_000).toISOString(),
  }));
  const page = await opened();
  await page.route(/\/v1\/withdrawals\?/, async (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const data = many.slice(from, from + 100);
    const nextCursor = from + 100 < many.length ? String(from + 100) : null;
    await route.fulfill({ json: { data, nextCursor } });
  });
  await page.getByLabel('API key').fill('dk_local_alice');
  await page.getByRole('button', { name: 'Sign in' }).click();
  const list = page.getByRole('region', { name: 'List' });
  await list.getByText('50 of 100 loaded, and there are older ones').waitFor();
  // Each press shows fifty more, and loads a hundred when they are needed.
  for (let press = 0; press < 6; press += 1)
    await list.getByRole('button', { name: 'Show more' }).click();
  await list.getByText(/^350 of 400/).waitFor();
  expect(await list.getByRole('row').count()).toBe(351);
});

test('it is gone through by keyboard', async () => {
  const { body } = await alice.withdraw(await alice.wallet('USDC', '20.00'), { amount: '5.00' });
  const page = await signedIn('dk_local_alice', 'dk_local_operator');
  await page.goto(`${page.url().split('#')[0]}#/controls`);
  await page.getByRole('heading', { name: 'Switches', level: 1 }).waitFor();
  const off = page.getByRole('button', { name: 'Stop everything' });
  await off.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByLabel(/^Why/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await page.evaluate('document.activeElement?.textContent')).toBe('Stop everything');
  await page.reload();
  await page.keyboard.press('Tab');
  await page.keyboard.type('dk_local_alice');
  await page.keyboard.press('Enter');
  await page.locator('.bar').waitFor();
  await page.locator('body').press('Tab');
  await page.getByRole('button', { name: 'Skip to the content' }).press('Enter');
  expect(await page.evaluate('document.activeElement?.id')).toBe('content');
  await page.goto(`${page.url().split('#')[0]}#/withdrawals/${body.id}`);
  await page.getByRole('region', { name: 'Timeline' }).waitFor();
  expect(await page.evaluate('document.activeElement?.tagName')).toBe('H1');
});

test('every view is accessible and fits a phone, light and dark', async () => {
  const { data } = await alice.get<{ data: { id: string; walletId: string }[] }>(
    '/v1/withdrawals?limit=1',
  );
  const [one] = data;
  const endpoints = await alice.get<{ data: { id: string }[] }>('/v1/webhook-endpoints?limit=1');
  const views = [
    ...['/', '/make', '/wallets', '/webhooks', '/queues/debit', '/providers', '/treasury'],
    ...['/controls', '/reconciliation', '/nowhere'],
    ...[
      `/withdrawals/${one?.id}`,
      `/wallets/${one?.walletId}`,
      `/webhooks/${endpoints.data[0]?.id}`,
    ],
  ];
  const looks = [
    { width: 375, height: 812, colorScheme: 'dark' as const },
    { width: 1_440, height: 900, colorScheme: 'light' as const },
  ];
  // Each look is a browser's page of its own, and two of them are looked at as fast as one.
  const found = await Promise.all(
    looks.map(async (look) => {
      const page = await signedIn.as(look, 'dk_local_alice', 'dk_local_operator');
      const faultsThere: string[] = [];
      for (const view of views) {
        await page.goto(`${page.url().split('#')[0]}#${view}`);
        await page.locator('.loading').first().waitFor({ state: 'detached' });
        faultsThere.push(...(await accessFaults(page, `${view} at ${look.width}`)));
        await keepPicture(page, `${view} ${look.width} ${look.colorScheme}`);
      }
      return faultsThere;
    }),
  );
  const welcome = await opened();
  found.push(await accessFaults(welcome, 'the welcome'));
  expect(found.flat()).toEqual([]);
});
