/** A function reads the brokerage's settings, and its errors name settings that cannot be right. */
import { afterEach, expect, test } from '@jest/globals';
import { bootBrokerage } from '../../lambdas/boot/brokerage.ts';
import { brokerageOwners } from '../../lambdas/boot/requests.ts';

const account = 'a11ce000-0000-4000-8000-000000000001';
const firm = 'f1a90000-0000-4000-8000-000000000001';
const complete = {
  ALPACA_BASE_URL: 'http://127.0.0.1:1/',
  ALPACA_KEY_ID: 'k',
  ALPACA_SECRET_KEY: 's',
  ALPACA_FIRM_ACCOUNT_ID: firm,
  ALPACA_ACCOUNTS: `alice:${account}`,
};
const names = Object.keys(complete);
const told = (settings: Record<string, string>): void => {
  for (const name of names) delete process.env[name];
  Object.assign(process.env, settings);
};
afterEach(() => told({}));

test('told of none, there is no brokerage, and nobody owns an account', async () => {
  told({});
  expect(await bootBrokerage()).toBeNull();
  expect(brokerageOwners().size).toBe(0);
});

test('told of one, its firm account and the owners of the others are known', async () => {
  told(complete);
  expect((await bootBrokerage())?.firm).toBe(firm);
  expect([...brokerageOwners()]).toEqual([[account, 'alice']]);
});

test.each(['ALPACA_KEY_ID', 'ALPACA_SECRET_KEY', 'ALPACA_FIRM_ACCOUNT_ID'])(
  'told of one without %s, it says what is missing',
  async (name) => {
    told({ ...complete, [name]: '' });
    await expect(bootBrokerage()).rejects.toThrow(name);
  },
);

test('a list of owners that is none is an error with its name', () => {
  told({ ALPACA_ACCOUNTS: 'alice' });
  expect(brokerageOwners).toThrow(/^ALPACA_ACCOUNTS must be tenants and their accounts/);
});
