import { expect, test } from '@jest/globals';
import { solanaAttemptOf } from '../../lambdas/core/rails/solana/attempt.ts';
import type { SolanaChain } from '../../lambdas/core/rails/solana/chain.ts';
import { shared } from '../support/shared.ts';
import { anyWallet, payoutsOn, startSolana } from '../support/solana.ts';
import { minorOf } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);
const solana = shared(startSolana);

const wanted = (asset: 'USDC' | 'SOL', value: bigint, destination = anyWallet()) =>
  world.reserved({
    ...{ currency: asset, asset, network: 'solana', destination, amount: minorOf(value) },
  });
const setUp = (around?: (chain: SolanaChain) => SolanaChain) => payoutsOn(solana, world, around);

test('USDC is paid to a wallet that has no token account yet, with its id as the memo', async () => {
  const { broadcast, confirm } = await setUp();
  const { id, destination } = await wanted('USDC', 5_000_000n);
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 1 });
  expect(solana.tokensOf(destination)).toBe(5_000_000n);
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('broadcast');
  solana.final();
  await confirm([id]);
  const attempt = await world.store.attempt(id, 1);
  expect(await world.now(id)).toMatchObject({
    stage: 'confirmed',
    txId: attempt && solanaAttemptOf(attempt).signature,
  });
  expect(attempt && solanaAttemptOf(attempt).asked.transfer).toMatchObject({ memo: id });
});

test('SOL is paid', async () => {
  const { broadcast, confirm } = await setUp();
  const { id, destination } = await wanted('SOL', 2_000_000_000n);
  await broadcast([id]);
  solana.final();
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('confirmed');
  expect(solana.lamportsOf(destination)).toBe(2_000_000_000n);
});
