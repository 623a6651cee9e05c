import { beforeAll, expect, jest, test } from '@jest/globals';
import type { Stats } from '../../client/src/generated/types.ts';
import { type FunctionUsage, totalOf, usageIn } from '../../local/lambda/usage.ts';
import { type Client, clientOf, isFinished } from './client.ts';
import { testSystem } from './system.ts';

jest.setTimeout(180_000);

const { dataDir, system, alice } = testSystem();
let operator: Client;
beforeAll(async () => {
  operator = await clientOf(system.outputs, 'dk_local_operator');
});

/** Reads by the client are the client's, the minute of sweep is of all withdrawals, and the bus has a budget of its own. */
const notOfOne = [
  'withdrawals',
  'wallets',
  'health',
  'sweep',
  'bus',
  'authorizer',
  'provider-events',
  'queues',
];

type Used = FunctionUsage;
async function usedFor(count: number, work: () => Promise<void>): Promise<Used> {
  const before = usageIn(dataDir);
  await work();
  const after = usageIn(dataDir);
  for (const name of notOfOne) for (const usage of [before, after]) usage.delete(name);
  const each = (field: keyof Used): number =>
    (totalOf(after)[field] - totalOf(before)[field]) / count;
  if (process.env['SHOW_BUDGET'])
    for (const [name, one] of after) {
      const was = before.get(name);
      console.log(
        count,
        name,
        Object.fromEntries(
          (['invocations', 'writeUnits', 'readUnits', 'awsCalls'] as const).map((field) => [
            field,
            (one[field] - (was?.[field] ?? 0)) / count,
          ]),
        ),
      );
    }
  return {
    writeUnits: each('writeUnits'),
    readUnits: each('readUnits'),
    awsCalls: each('awsCalls'),
    invocations: each('invocations'),
  };
}

let ended = 0;
async function carried(walletIds: readonly string[], each: number): Promise<void> {
  const made = await Promise.all(
    walletIds.flatMap((id) => Array.from({ length: each }, () => alice.withdraw(id))),
  );
  for (const id of walletIds)
    await alice.until(
      () => alice.get<{ held: string; available: string }>(`/v1/wallets/${id}`),
      ({ held, available }) => Number(held) === 0 && Number(available) === 0,
    );
  const ends = await Promise.all(made.map(({ body }) => alice.withdrawal(body.id)));
  expect(ends.every(isFinished)).toBe(true);
  ended += made.length;
  // The relay counts an end when it has done everything else for it, so nothing of these is counted with the next.
  await operator.until(
    () => operator.get<Stats>('/v1/stats'),
    ({ processed }) => processed === ended,
  );
}

async function funded(amount: string): Promise<string> {
  const walletId = await alice.wallet('USDC', amount);
  await alice.until(
    () => alice.get<{ available: string }>(`/v1/wallets/${walletId}`),
    ({ available }) => Number(available) === Number(amount),
  );
  return walletId;
}

test('a withdrawal of USDC stays within its budget: alone, many of many wallets, a hundred of one', async () => {
  const [first, ...lone] = await Promise.all(Array.from({ length: 4 }, () => funded('10.00')));
  const many = await Promise.all(Array.from({ length: 40 }, () => funded('20.00')));
  const one = await funded('1000.00');
  // The first of all has the chain noted that is paid on, and the functions begin with it.
  await carried([first ?? ''], 1);
  const ones: Used[] = [];
  for (const id of lone) ones.push(await usedFor(1, () => carried([id], 1)));
  const spread = await usedFor(80, () => carried(many, 2));
  const together = await usedFor(100, () => carried([one], 100));
  if (process.env['SHOW_BUDGET']) console.log({ ones, spread, together });
  // docs/decisions/0048-what-a-withdrawal-writes.md says what each of them is made of, and what stands in the way of less.
  expect(together.writeUnits).toBeLessThanOrEqual(16);
  expect(together.awsCalls).toBeLessThanOrEqual(9);
  expect(together.invocations).toBeLessThanOrEqual(3);
  // On a busy machine fewer come together, and each then carries more of what a batch shares.
  expect(spread.writeUnits).toBeLessThanOrEqual(22);
  expect(spread.awsCalls).toBeLessThanOrEqual(14);
  expect(spread.invocations).toBeLessThanOrEqual(5);
  // The middle one: a look at the chain that comes too early is a call and an invocation more, and what was read too long ago, a call.
  const alone = (field: keyof Used) => ones.map((one) => one[field]).sort((a, b) => a - b)[1];
  expect(alone('writeUnits')).toBeLessThanOrEqual(25);
  expect(alone('awsCalls')).toBeLessThanOrEqual(22);
  expect(alone('invocations')).toBeLessThanOrEqual(12);
});
