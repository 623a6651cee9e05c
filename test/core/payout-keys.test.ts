/** Keys that do not sign, or not all that is asked for: nothing that was signed is thrown away, and the rest waits visibly. */
import { expect, test } from '@jest/globals';
import type { Budget } from '../../lambdas/core/kernel/budget.ts';
import { KeysAwayError } from '../../lambdas/core/kernel/errors.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { makeBroadcast } from '../../lambdas/core/payout/broadcast.ts';
import type { Address } from '../../lambdas/core/rails/evm/hex.ts';
import { evmRails } from '../../lambdas/core/rails/evm/rail.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { convertedIn, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);
const contract: Address = '0x5FbDB2315678afecb367f032d93F642f64180aa3';

/** Three payouts, and a key that signs so many before it refuses: the numbers are for one asking after the other. */
async function startWith(...signs: number[]) {
  const given = startPayouts(world);
  given.state.contract = { is: 'ready', address: contract };
  const { authorize } = given.signer;
  let asked = 0;
  let left = signs.shift() ?? 0;
  given.signer.authorize = async (...what) => {
    asked += 1;
    if (left > 0) {
      left -= 1;
      return authorize(...what);
    }
    throw new KeysAwayError('KMS did not answer: ThrottlingException');
  };
  const { head } = given.chain;
  given.chain.head = async () => {
    const said = await head();
    if (asked > 0) left = signs.shift() ?? left;
    return said;
  };
  const ids: WithdrawalId[] = [];
  for (let made = 0; made < 3; made += 1) ids.push((await convertedIn(world, {})).id);
  return {
    ...given,
    ids,
    asked: () => asked,
    stages: () => Promise.all(ids.map(async (id) => (await world.now(id)).stage)),
    heal: () => {
      left = Number.POSITIVE_INFINITY;
    },
    /** The same step with as much time as `budget` says. */
    within: (budget: Budget) => {
      const own = { ...stepWorld(world.store, given.clock), budget };
      const rails = evmRails(async () => given.chain, { ...own, signer: given.signer });
      return makeBroadcast({ ...own, rails });
    },
  };
}

test('what was signed is sent, and only the rest is signed anew, in the same visit', async () => {
  const { ids, broadcast, stages, asked, sent } = await startWith(2, 1);
  await broadcast(ids);
  expect(await stages()).toEqual(['broadcast', 'broadcast', 'broadcast']);
  expect(asked()).toBe(3 + 1);
  expect(sent).toHaveLength(2);
});

test('what gets no signature waits visibly, and is signed as soon as the keys sign', async () => {
  const { ids, broadcast, stages, clock, heal, sent } = await startWith(0);
  await expect(broadcast(ids)).rejects.toMatchObject({ name: 'KeysAwayError' });
  for (const id of ids) {
    const now = await world.now(id);
    expect([statusOf(now), waitReasonOf(now)]).toEqual(['RETRYING', 'keys-away']);
  }
  expect(sent).toEqual([]);
  heal();
  clock.advance(60_000);
  await broadcast(ids);
  expect(await stages()).toEqual(['broadcast', 'broadcast', 'broadcast']);
});

test('without time to sign and send once more the rest is for another visit', async () => {
  const { ids, within, stages, asked } = await startWith(2, 1);
  const broadcast = within({ remainingMs: () => 10_000, allows: () => false });
  await expect(broadcast(ids)).rejects.toMatchObject({ name: 'KeysAwayError' });
  expect((await stages()).toSorted()).toEqual(['broadcast', 'broadcast', 'converted']);
  expect(asked()).toBe(3);
  const left = await Promise.all(ids.map(world.now));
  expect(left.filter((one) => waitReasonOf(one) === 'keys-away')).toMatchObject([
    { stage: 'converted' },
  ]);
});

test('what was signed before goes on while the keys do not sign, and waits for no reason of theirs', async () => {
  const { ids, broadcast, answer, clock, sent } = await startWith(1);
  const [signed, ...others] = ids as [WithdrawalId, ...WithdrawalId[]];
  answer('unknown');
  await broadcast([signed]);
  expect((await world.now(signed)).stage).toBe('signed');
  clock.advance(60_000);
  await expect(broadcast(ids)).rejects.toMatchObject({ name: 'KeysAwayError' });
  expect(sent).toHaveLength(2);
  expect((await world.now(signed)).stage).toBe('broadcast');
  for (const id of others) expect(waitReasonOf(await world.now(id))).toBe('keys-away');
});
