import { expect, test } from '@jest/globals';
import { dynamoReports } from '../../lambdas/adapters/dynamo/reports.ts';
import type { Difference } from '../../lambdas/core/reconcile/difference.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { shared } from '../support/shared.ts';
import { at } from '../support/things.ts';

const database = shared(startDatabase);

test.each([
  ['few', 3, 20, 3],
  ['many short ones', 2_000, 20, 500],
  ['many long ones', 500, 2_000, 31],
])('a report with %s differences fits into its item', async (_what, count, length, kept) => {
  const reports = dynamoReports(database.client, database.tables);
  const differences = Array.from(
    { length: count },
    (_, index): Difference => ({
      kind: 'unknown-payout',
      what: `difference ${index}`,
      expected: 'nothing',
      found: '€'.repeat(length),
    }),
  );
  const period = { from: at(1), to: at(2) };
  await reports.keep({ period, checkedAt: at(3), differences });
  expect((await reports.last())?.differences).toEqual(differences.slice(0, kept));
});
