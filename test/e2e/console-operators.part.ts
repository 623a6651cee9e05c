/** The console for operators: what is held back is said wherever they look, why, and what ends it. */
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { switchMemoryMs } from '../../lambdas/core/switches/switches.ts';
import { testConsole } from './console-page.ts';
import { testSystem } from './system.ts';

const { system, alice } = testSystem();
const { signedIn, faults } = testConsole(() => system.outputs);

const at = (page: Page, place: string) => page.goto(`${page.url().split('#')[0]}#${place}`);
const menu = (page: Page) => page.getByRole('navigation');
const held = (page: Page) => page.locator('.held');

/** Asks anew now what the page would ask by itself in some seconds. */
const askNow = (page: Page) => page.evaluate('dispatchEvent(new Event("drawbridge:refresh"))');

/** Turns a switch as an operator does elsewhere. */
async function turn(name: string, on: boolean): Promise<void> {
  const { status } = await fetch(`${system.outputs.apiUrl}/v1/operations/switches/${name}`, {
    method: 'PUT',
    headers: { authorization: 'Bearer dk_local_operator', 'content-type': 'application/json' },
    body: JSON.stringify({ on, reason: 'A test of the console.' }),
  });
  expect(status).toBe(200);
}

/** Answers what the API answers, but for what is changed in it. */
const change = (page: Page, path: RegExp, changed: (answer: never) => object) =>
  page.route(path, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ json: changed((await response.json()) as never) });
  });

test('what operators hold back is said on every view, and to the delivery that waits for it', async () => {
  const page = await signedIn('dk_local_alice', 'dk_local_operator');
  await at(page, '/webhooks');
  await page.getByRole('button', { name: 'New endpoint' }).click();
  await page.getByLabel(/^URL/).fill('http://127.0.0.1:9/nobody');
  await page.getByLabel('Events').selectOption('withdrawal.review');
  await page.getByRole('button', { name: 'Add it' }).click();
  await page.getByRole('button', { name: 'Close' }).click();
  await turn('webhook', false);
  await askNow(page);
  await held(page).getByText('“Clients are told”').waitFor();
  await menu(page).getByRole('link', { name: 'Switches 1 switched off' }).waitFor();
  await page.waitForTimeout(switchMemoryMs);
  await page.getByRole('link', { name: 'http://127.0.0.1:9/nobody' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByRole('button', { name: 'Send it' }).click();
  await page.getByRole('link', { name: 'webhook-endpoint.test' }).click();
  await page.getByText('It waits for a switch.').waitFor();
  await turn('webhook', true);
  await askNow(page);
  await held(page).waitFor({ state: 'detached' });
  // It looks again by itself within a minute: until then it says that it is due, or that it was tried.
  await page.getByText(/^It (has not been sent yet|is tried again)\.$/).waitFor();
  expect(await menu(page).locator('.alarms').count()).toBe(0);
  expect(faults()).toEqual([]);
});

test('dead letters, breakers and a stopped processor are counted in the menu', async () => {
  const page = await signedIn('dk_local_operator');
  await change(page, /\/v1\/stats/, (stats: object) => ({ ...stats, deadLetters: { debit: 2 } }));
  await change(page, /\/v1\/circuit-breakers/, ({ data }: { data: object[] }) => ({
    data: data.map((one, index) => (index === 0 ? { ...one, state: 'OPEN' } : one)),
  }));
  await change(page, /\/v1\/processor/, (one: object) => ({ ...one, state: 'STOPPED' }));
  await askNow(page);
  await menu(page).getByRole('link', { name: 'Queues 2 put aside' }).waitFor();
  await menu(page).getByRole('link', { name: 'Providers 1 not asked at the moment' }).waitFor();
  await held(page).getByText('Everything that moves money is stopped.').waitFor();
  await page.unrouteAll();
  await page.route(/\/v1\/stats/, (route) =>
    route.fulfill({ status: 503, json: { code: 'TEMPORARILY_UNAVAILABLE', detail: 'Later.' } }),
  );
  await askNow(page);
  // What cannot be read is not nothing.
  await page.getByText('It cannot be read whether anything is held back. Later.').waitFor();
});

test('whoever watches one end keeps seeing it, and comes back to the list as it was left', async () => {
  await turn('sign', false);
  await new Promise((resolve) => setTimeout(resolve, switchMemoryMs));
  const { body } = await alice.withdraw(await alice.wallet('USDC', '50.00'), { amount: '7.00' });
  const page = await signedIn('dk_local_alice', 'dk_local_operator');
  await page.getByText('all clients, open').click();
  await page.getByRole('button', { name: /^Waiting/ }).click();
  await page.getByRole('link', { name: '7.00 USDC' }).click();
  await page.getByText('An operator has switched off the step that comes next.').waitFor();
  await page.goBack();
  await page.getByRole('button', { name: /^Waiting/, pressed: true }).waitFor();
  expect(await page.getByLabel('all clients, open').isChecked()).toBe(true);

  const watching = await signedIn('dk_local_operator');
  await at(watching, `/withdrawals/${body.id}`);
  await watching.getByText('Add the key of alice to see every line.').waitFor();
  expect(await watching.getByText('debiting').count()).toBe(0);
  await turn('sign', true);
  await watching.getByText('It has ended.').waitFor({ timeout: 60_000 });
  await watching.getByText('alice', { exact: true }).waitFor();
  expect(faults()).toEqual([]);
});

test('what is short on a network is said beside it, with what ends that', async () => {
  const page = await signedIn('dk_local_operator');
  const { data } = await alice.get<{ data: object[] }>('/v1/withdrawals?limit=1');
  const waitingFor = { reason: 'gas-short', since: new Date().toISOString() };
  await page.route(/\/v1\/operations\/withdrawals\?.*RETRYING/, (route) =>
    route.fulfill({
      json: {
        data: data.map((one) => ({
          ...{ ...one, network: 'base', asset: 'USDC', status: 'RETRYING', waitingFor },
        })),
        nextCursor: null,
      },
    }),
  );
  await at(page, '/treasury');
  const base = page.getByRole('region', { name: 'USDC on base', exact: true });
  await base.getByText('Gas is short.').waitFor();
  await base.getByText(/Send the network’s own coin to the gas lanes/).waitFor();
  expect(await page.getByText('Gas is short.').count()).toBe(1);
});

test('a view that the keys do not open says which key would', async () => {
  const reader = await signedIn('dk_local_alice_readonly');
  for (const place of ['/controls', '/queues', '/treasury', '/reconciliation']) {
    await at(reader, place);
    await reader.getByText('This is for operators.').waitFor();
  }
  expect(await reader.getByRole('main').getByRole('button').count()).toBe(0);
  const page = await signedIn('dk_local_operator');
  await at(page, '/wallets');
  await page.getByText(/It needs a key with the scope wallets:read/).waitFor();
});

test('the form says before that there will not be enough', async () => {
  const page = await signedIn('dk_local_alice');
  await at(page, '/make');
  await page.getByLabel('How many').fill('10');
  await page.getByText('The wallet will have enough for 2 of 10').waitFor();
  await page.getByLabel('Put money on it first').fill('1000.00');
  await page.getByText('The wallet will have enough').waitFor({ state: 'detached' });
});
