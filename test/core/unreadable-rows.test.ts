/** A row that cannot be read, of newer code or of nobody, holds up no other withdrawal of its wallet, batch or treasury. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { showLetters } from '../../lambdas/core/operations/dead-letters.ts';
import { orphanMs } from '../../lambdas/core/rails/ether/limits.ts';
import type { Address } from '../../lambdas/core/rails/evm/hex.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { etherHeld, startEther } from '../support/ether.ts';
import { listedWalletIn, nameOf } from '../support/listed-wallet.ts';
import { nonceOf, startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { at, destination } from '../support/things.ts';
import { convertedIn, startWorld, type TestWorld } from '../support/world.ts';

const world = shared(async (): Promise<TestWorld & TestDatabase> => {
  const database = await startDatabase();
  return { ...database, ...(await startWorld(database)), stop: database.stop };
});
const contract: Address = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const minute = 60_000;

/** What makes a row one that this code cannot read. */
const odds = [
  ['of newer code', { format: 99 }],
  ['that nobody can read', { updatedAt: 'yesterday' }],
] as const;
type Odd = (typeof odds)[number][1];

async function spoil(key: { pk: string; sk: string }, odd: Odd | { createdAt: string }) {
  for (const [name, value] of Object.entries(odd))
    await world.client.send(
      new UpdateCommand({
        TableName: world.tables.money,
        Key: key,
        UpdateExpression: 'SET #name = :value',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value },
      }),
    );
}

/** So many payouts that were sent as one batch. */
async function startTogether(count: number, given = startPayouts(world)) {
  given.state.contract = { is: 'ready', address: contract };
  const ids: WithdrawalId[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await convertedIn(world, {})).id);
  await given.broadcast(ids);
  return {
    ...given,
    ids: ids as [WithdrawalId, WithdrawalId, ...WithdrawalId[]],
    pay: (some: readonly WithdrawalId[]) => {
      for (const id of some) given.mine(nonceOf(id), paid);
      given.state.latest += 200;
    },
  };
}
const paid = {
  kind: 'used',
  transfer: { to: destination, value: 99_500_000n, logIndex: 1 },
} as const;
const stageOf = async (id: WithdrawalId) => (await world.now(id)).stage;

test.each(odds)('a withdrawal %s lets those behind it be held', async (_, odd) => {
  const { accept, ring, wallet, forget } = await listedWalletIn(world);
  const [before, behind] = [await accept(), await accept()];
  await spoil(keyOf.withdrawal(before.id), odd);
  forget();
  await ring([wallet.id, nameOf(behind)]);
  expect(await stageOf(behind.id)).toBe('reserved');
});

test.each(odds.flatMap(([name, odd]) => [2, 3].map((many) => [name, many, odd] as const)))(
  'a member %s of a batch of %i lets the verdicts of the others be saved',
  async (_, many, odd) => {
    const { ids, pay, confirm } = await startTogether(many);
    pay(ids);
    const [rung, spoilt, ...others] = ids;
    await spoil(keyOf.withdrawal(spoilt), odd);
    await confirm([rung]);
    for (const id of [rung, ...others]) expect(await stageOf(id)).toBe('confirmed');
  },
);

test('a batch that nobody can read is told of, and its members are confirmed as they are rung for', async () => {
  const { ids, pay, confirm } = await startTogether(2);
  pay(ids);
  const { payoutBatch } = (await world.now(ids[0])) as { payoutBatch?: string };
  if (payoutBatch === undefined) throw new Error('they were not sent together');
  await spoil(keyOf.batch(payoutBatch), { createdAt: 'yesterday' });
  for (const id of ids) {
    await expect(confirm([id])).rejects.toThrow();
    expect(await stageOf(id)).toBe('confirmed');
  }
});

test.each(odds)('a batch with a member %s is replaced for the others', async (_, odd) => {
  const given = startPayouts(world);
  given.answer('underpriced');
  const { ids, clock, state, broadcast } = await startTogether(3, given);
  const [one, spoilt, other] = ids;
  await spoil(keyOf.withdrawal(spoilt), odd);
  given.answer('underpriced');
  clock.advance(5 * minute);
  state.latestAt += 5 * minute;
  await broadcast([one]);
  for (const id of [one, other as WithdrawalId])
    expect(await world.now(id)).toMatchObject({ attempts: 2 });
});

test.each(odds)('a payout %s stays promised, and the treasury pays others', async (_, odd) => {
  const given = startPayouts(world);
  given.state.balance = 3n * 100_000_000n;
  const ids: WithdrawalId[] = [];
  for (let made = 0; made < 3; made += 1) ids.push((await convertedIn(world, {})).id);
  for (const id of ids) await given.broadcast([id]);
  const [spoilt, ...others] = ids as [WithdrawalId, ...WithdrawalId[]];
  for (const id of others) given.mine(nonceOf(id), paid);
  given.state.latest += 200;
  await given.confirm(others);
  await spoil(keyOf.withdrawal(spoilt), odd);
  const next = await convertedIn(world, {});
  await given.broadcast([next.id]);
  expect(await stageOf(next.id)).toBe('broadcast');
});

test.each(odds)(
  'the nonce of an ether payout %s is not taken for one that is nobody’s',
  async (_, odd) => {
    const made = startEther(world);
    made.answer('unknown', 'unknown');
    const [first, next] = [await etherHeld(world), await etherHeld(world)];
    for (const { id } of [first, next]) await made.broadcast([id]);
    await spoil(keyOf.withdrawal(first.id), odd);
    for (const _ of [1, 2]) {
      made.clock.advance(3 * orphanMs);
      await made.broadcast([next.id]);
    }
    expect(made.sends().map(({ nonce }) => nonce)).toEqual(expect.arrayContaining([0, 1]));
    expect(made.sends().filter(({ to }) => to === made.payer)).toEqual([]);
  },
);

test('operators see the dead letters of a wallet with a withdrawal that nobody can read', async () => {
  const { accept, wallet } = await listedWalletIn(world);
  const [spoilt, readable] = [await accept(), await accept()];
  await spoil(keyOf.withdrawal(spoilt.id), { updatedAt: 'yesterday' });
  const ids = [spoilt.id, readable.id, wallet.id];
  const times = { sentAt: at(0), firstReceivedAt: at(0) };
  const letter = { messageId: 'one', body: JSON.stringify({ ids }), receives: 5, ...times };
  const boxes = { look: async () => ({ letters: [letter], about: 1 }), failures: async () => [] };
  const { data } = await showLetters(world.store, boxes, [], 'debit');
  expect(data).toMatchObject([{ messageId: 'one', ids, withdrawals: [{ id: readable.id }] }]);
});
