import { expect, jest, test } from '@jest/globals';
import { totalOf, usageIn } from '../../local/lambda/usage.ts';
import { isFinished } from './client.ts';
import { testSystem } from './system.ts';

jest.setTimeout(120_000);

const { dataDir, system, alice } = testSystem();

const together = 100;

/** Counts do not depend on the machine, so they can be budgets. */
test('a hundred withdrawals together stay within the budget of each', async () => {
  const walletId = await alice.wallet('USD', '1000.00');
  await alice.until(
    () => alice.get<{ available: string }>(`/v1/wallets/${walletId}`),
    ({ available }) => available === '1000.00',
  );
  const made = await Promise.all(Array.from({ length: together }, () => alice.withdraw(walletId)));
  // The balance says when all have ended, without an invocation for each.
  await alice.until(
    () => alice.get<{ held: string; available: string }>(`/v1/wallets/${walletId}`),
    ({ held, available }) => held === '0.00' && available === '0.00',
  );
  const ends = await Promise.all(made.map(({ body }) => alice.withdrawal(body.id)));
  expect(ends.every(isFinished)).toBe(true);
  await system.stop();

  const usage = usageIn(dataDir);
  // Reads by the client are the client's; what it takes to carry a withdrawal is ours.
  for (const name of ['withdrawals', 'wallets', 'health']) usage.delete(name);
  const { invocations, writeUnits, awsCalls } = totalOf(usage);
  const each = {
    writeUnits: writeUnits / together,
    invocations: invocations / together,
    awsCalls: awsCalls / together,
  };
  expect(each.writeUnits).toBeLessThanOrEqual(30);
  expect(each.invocations).toBeLessThanOrEqual(7);
  expect(each.awsCalls).toBeLessThanOrEqual(18);
});
