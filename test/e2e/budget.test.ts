import { expect, jest, test } from '@jest/globals';
import { totalOf, usageIn } from '../../local/lambda/usage.ts';
import { isFinished } from './client.ts';
import { testSystem } from './system.ts';

jest.setTimeout(120_000);

const { dataDir, system, alice } = testSystem();

const together = 100;
type Page = { data: { blockHash: string }[]; nextCursor: string | null };

/** What a block costs: the balance, which a transaction writes at two units; and its wallet's visit reads the list and the inbox. A row of blocks is counted with the others. */
const perBlock = { writeUnits: 2, awsCalls: 7 };

/**
 * Counts can be budgets, for they do not depend on the machine, but for one: how many operations share a block of the wallet
 * follows from how close together they arrive. So what the blocks cost is taken off.
 */
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
  const blocks = new Set<string>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page = await alice.get<Page>(`/v1/wallets/${walletId}/entries?limit=100${query}`);
    for (const { blockHash } of page.data) blocks.add(blockHash);
    cursor = page.nextCursor;
  }
  await system.stop();

  const usage = usageIn(dataDir);
  // Reads by the client are the client's; what it takes to carry a withdrawal is ours.
  for (const name of ['withdrawals', 'wallets', 'health']) usage.delete(name);
  // The bus takes many changes in one run, and has no use for the tables (docs/decisions/0039-events-on-a-bus.md).
  const bus = usage.get('bus');
  expect(bus).toMatchObject({ writeUnits: 0, readUnits: 0 });
  // It runs once a second at most, so how often it runs for each follows from how long all of them take.
  expect((bus?.invocations ?? 0) / together).toBeLessThanOrEqual(1);
  expect((bus?.awsCalls ?? 0) / together).toBeLessThanOrEqual(1.5);
  usage.delete('bus');
  const { invocations, writeUnits, awsCalls } = totalOf(usage);
  const each = {
    writeUnits: (writeUnits - perBlock.writeUnits * blocks.size) / together,
    invocations: invocations / together,
    awsCalls: (awsCalls - perBlock.awsCalls * blocks.size) / together,
  };
  if (process.env['SHOW_BUDGET']) console.log(each);
  // At most one is what is counted of it for statistics, which a batch of the relay shares, with a read and a write.
  // Two of them are the entry of the index `open`, which comes and goes (docs/decisions/0015-lists.md); one is what the treasury promises.
  // Those that are paid in one visit share the row of what was signed (docs/decisions/0043-payouts-together.md).
  expect(each.writeUnits).toBeLessThanOrEqual(31);
  expect(each.invocations).toBeLessThanOrEqual(5);
  expect(each.awsCalls).toBeLessThanOrEqual(14);
});
