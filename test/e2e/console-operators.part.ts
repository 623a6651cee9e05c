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
    // The page asks on after its test has ended, and then nobody may be there to answer.
    const response = await route.fetch().catch(() => null);
    if (response === null) await route.abort();
    else await route.fulfill({ json: changed((await response.json()) as never) });
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

test('what is short on a network is said beside it, with what ends that', async () => {
  const page = await signedIn('dk_local_operator');
  const { body } = await alice.withdraw(await alice.wallet('USD', '20.00'));
  const waitingFor = { reason: 'gas-short', since: new Date().toISOString() };
  await page.route(/\/v1\/operations\/withdrawals\?.*RETRYING/, (route) =>
    route.fulfill({
      json: {
        data: [{ ...body, network: 'base', asset: 'USDC', status: 'RETRYING', waitingFor }],
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

test('what two operators may decide is said before, and nobody confirms their own', async () => {
  const { id } = (await alice.withdraw(await alice.wallet('USD', '20.00'))).body;
  const page = await signedIn('dk_local_operator');
  const proposed = {
    withdrawalId: id,
    resolution: 'resume',
    status: 'PROPOSED',
    proposed: { by: 'operator', reason: 'Due says that it is paid.', at: new Date().toISOString() },
    confirmed: null,
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
  };
  await change(page, new RegExp(`/v1/operations/withdrawals/${id}$`), (one: object) => ({
    ...one,
    ...{ stage: 'review', status: 'REVIEW', heldFrom: 'converting', proposals: [proposed] },
    failure: { code: 'OUTCOME_UNKNOWN', message: 'The on-ramp does not say.', retryable: false },
    resolutions: [
      { resolution: 'resume', whyNot: null, proposedByYou: true },
      {
        resolution: 'refund',
        whyNot: 'What was sent may still take effect.',
        proposedByYou: false,
      },
      { resolution: 'cancel-payout', whyNot: 'There is no signed payout.', proposedByYou: false },
    ],
  }));
  await at(page, `/withdrawals/${id}`);
  const decisions = page.getByRole('region', { name: 'What two operators may decide' });
  await decisions.getByText('Proposed by you').waitFor();
  await decisions.getByText('What was sent may still take effect.').waitFor();
  await page.getByText('You proposed it. Another operator has to confirm').waitFor();
  expect(await page.getByRole('button', { name: /Resume|Refund|Confirm|Cancel/ }).count()).toBe(0);
});

test('an amount of many digits is whole on a phone', async () => {
  const page = await signedIn.as(
    { width: 375, height: 812, colorScheme: 'dark' },
    'dk_local_operator',
  );
  const amount = '999999999999999999.123456789012345678';
  await change(page, /\/v1\/operations\/treasury/, ({ data, ...rest }: { data: object[] }) => ({
    ...rest,
    data: data.map((one) => ({
      ...one,
      asset: 'ETH',
      treasury: { address: null, balance: amount },
    })),
  }));
  await at(page, '/treasury');
  const tile = page.locator('.tiles > div').first();
  await tile.getByText('999,999,999,999,999,999.123456789012345678').waitFor();
  const cut = await page.evaluate(
    '(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector(".tiles > div"))',
  );
  expect(cut).toBe(0);
});
