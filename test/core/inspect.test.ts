/** What operators see of one withdrawal: every attempt under the id that its chain knows, and what may be decided about it. */
import { expect, test } from '@jest/globals';
import { makeResolve } from '../../lambdas/core/operations/four-eyes.ts';
import type { Principal } from '../../lambdas/core/operations/principal.ts';
import { txIdOf } from '../../lambdas/core/rails/tx-id.ts';
import { makeInspect } from '../../lambdas/core/requests/inspect.ts';
import { moveTo } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { shared } from '../support/shared.ts';
import { at, testClock } from '../support/things.ts';
import { convertedIn, move, startWorld } from '../support/world.ts';

const world = shared(startWorld);
const [ada, grace] = ['ada', 'grace'] as unknown as [Principal, Principal];
const hash = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits.repeat(32), 'hex'));

test('every attempt is shown under the hash of its transaction, and the last may pay nothing', async () => {
  const explorers = new Map([['base', 'https://explorer.example/tx/']] as const);
  const clock = testClock(6_000);
  const { store, proposals } = world;
  const inspect = makeInspect({ store, proposals, clock, explorers });
  const converted = await convertedIn(world, {});
  const facts = { payout: converted.payout, fee: converted.fee };
  const more = { ...facts, attempts: 3, txId: `0x${'cd'.repeat(32)}`, readFrom: 7 } as const;
  const signed = await move(store, converted, moveTo(converted, 'signed', more, at(5_000)));
  const attempt = { withdrawalId: converted.id, createdAt: at(5_000) };
  await store.commit([
    { change: 'attempt', attempt: { ...attempt, number: 1, details: { hash: hash('ab') } } },
    // What was saved of the second is not what its rail would have written.
    { change: 'attempt', attempt: { ...attempt, number: 2, details: { raw: hash('00') } } },
    {
      change: 'attempt',
      attempt: { ...attempt, number: 3, ends: true, details: { hash: hash('cd') } },
    },
  ]);

  const seen = await inspect(signed.id, ada);
  expect(seen).toMatchObject({ id: signed.id, tenant: signed.tenant, stage: 'signed' });
  expect(seen?.timeline.at(-1)).toMatchObject({ stage: 'signed' });
  const explorerOf = explorers.get(signed.network as 'base');
  expect(seen?.payouts.map(({ number, pays, txHash }) => [number, pays, txHash])).toEqual([
    [1, true, `0x${'ab'.repeat(32)}`],
    [2, true, null],
    [3, false, `0x${'cd'.repeat(32)}`],
  ]);
  expect(seen?.payouts[0]?.explorerUrl).toBe(
    explorerOf === undefined ? null : `${explorerOf}0x${'ab'.repeat(32)}`,
  );

  const why = (of: typeof seen) =>
    Object.fromEntries(of?.resolutions.map((one) => [one.resolution, one.whyNot]) ?? []);
  expect(why(seen)).toEqual({
    resume: 'It is not in REVIEW, it is signed.',
    refund: 'It is not in REVIEW, it is signed.',
    'cancel-payout': null,
  });

  const resolve = makeResolve({ store, proposals, clock, dueAfterMs: 1_000 });
  await resolve(signed.id, 'cancel-payout', {
    principal: ada,
    callerId: 'a',
    reason: 'It is late.',
  });
  const own = async (principal: Principal | null) =>
    (await inspect(signed.id, principal))?.resolutions.find(
      ({ resolution }) => resolution === 'cancel-payout',
    )?.proposedByYou;
  expect([await own(ada), await own(grace), await own(null)]).toEqual([true, false, false]);
  expect((await inspect(signed.id, ada))?.proposals).toHaveLength(1);
  expect(await inspect('wd_00000000000000000000000000' as typeof signed.id, ada)).toBeNull();
});

test('the id of a transaction is read as the chain of each rail writes it', () => {
  expect(txIdOf('ethereum', { details: { hash: hash('ab') } })).toBe(`0x${'ab'.repeat(32)}`);
  expect(txIdOf('ethereum', { details: { hash: `0x${'ab'.repeat(32)}` } })).toBe(
    `0x${'ab'.repeat(32)}`,
  );
  expect(txIdOf('bitcoin', { details: { txId: hash('ef') } })).toBe('ef'.repeat(32));
  for (const network of ['ethereum', 'bitcoin', 'solana'] as const)
    expect(txIdOf(network, { details: { raw: hash('00') } })).toBeNull();
});
