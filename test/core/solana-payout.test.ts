import { expect, test } from '@jest/globals';
import { UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { payoutStuckMs } from '../../lambdas/core/kernel/limits.ts';
import { cancelledByUs } from '../../lambdas/core/payout/ending.ts';
import { solanaAttemptOf } from '../../lambdas/core/rails/solana/attempt.ts';
import type { SolanaChain } from '../../lambdas/core/rails/solana/chain.ts';
import { messageFor } from '../../lambdas/core/rails/solana/instructions.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { fresh, shared } from '../support/shared.ts';
import { anyWallet, freezing, keyOf, payoutsOn, startSolana } from '../support/solana.ts';
import { minorOf } from '../support/things.ts';
import { endPayout, startWorld } from '../support/world.ts';

const world = shared(startWorld);
const solana = fresh(startSolana);

const wanted = (asset: 'USDC' | 'SOL', value: bigint, destination = anyWallet()) =>
  world.reserved({
    ...{ currency: asset, asset, network: 'solana', destination, amount: minorOf(value) },
  });
type Sends = 'take' | 'lose' | 'drop' | 'force';
/** `lose`: the node takes it and the answer is lost. `drop`: it takes it, and no block does. `force`: it is not tried before. */
const setUp = async (...sends: Sends[]) => {
  const sent: Uint8Array[] = [];
  const around = (chain: SolanaChain): SolanaChain => ({
    ...chain,
    send: async (raw) => {
      sent.push(raw);
      const how = sends.shift() ?? 'take';
      if (how === 'drop') return 'accepted';
      if (how === 'take') return chain.send(raw);
      solana.engine.execute(raw);
      return how === 'force' ? 'accepted' : 'unknown';
    },
  });
  return { sent, sends, ...(await payoutsOn(solana, world, around)) };
};
const end = (id: WithdrawalId) => endPayout(world, id, solana.clock.now());
const attemptOf = async (id: WithdrawalId, number = 1) => {
  const saved = await world.store.attempt(id, number);
  if (saved === null) throw new Error(`${id} has no attempt ${number}`);
  return solanaAttemptOf(saved);
};
/** Lets so much time pass that whatever waits is looked at. */
const later = (ms = payoutStuckMs + 1_000) => solana.pass(Math.ceil(ms / 400));

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
  const { signature, asked } = await attemptOf(id);
  expect(asked.transfer).toMatchObject({ memo: id });
  expect(await world.now(id)).toMatchObject({ stage: 'confirmed', txId: signature });
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

test('a node that has not the block of one payout any more holds up no other', async () => {
  let forgotten = -1;
  const { broadcast, confirm } = await payoutsOn(solana, world, (chain) => ({
    ...chain,
    blockAt: async (slot) => {
      if (slot === forgotten) throw new UnavailableError(`solana: getBlock: cleaned up (-32001)`);
      return chain.blockAt(slot);
    },
  }));
  const [first, second] = [await wanted('USDC', 1n), await wanted('USDC', 2n)];
  await broadcast([first.id]);
  forgotten = solana.engine.slot();
  solana.pass(3);
  await broadcast([second.id]);
  solana.final();
  await confirm([first.id, second.id]);
  const stages = async () => [
    (await world.now(first.id)).stage,
    (await world.now(second.id)).stage,
  ];
  expect(await stages()).toEqual(['broadcast', 'confirmed']);
  // Alone it says what stands in the way; another node may have the block.
  await expect(confirm([first.id])).rejects.toThrow(UnavailableError);
  forgotten = -1;
  await confirm([first.id]);
  expect(await stages()).toEqual(['confirmed', 'confirmed']);
});

test('what a treasury of before has signed waits visibly to be ended where its key is missing, and is ended where it is there', async () => {
  const { broadcast } = await setUp('drop');
  const { id } = await wanted('USDC', 5n);
  await broadcast([id]);
  await end(id);
  const other = {
    ...solana,
    treasuryName: 'another treasury',
    treasury: keyOf('another treasury').address,
  };
  const without = await payoutsOn(other, world);
  await without.broadcast([id]);
  expect(waitReasonOf(await world.now(id))).toBe('payer-key-missing');
  later(600_000);
  const withIt = await payoutsOn({ ...other, formerName: solana.treasuryName }, world);
  await withIt.broadcast([id]);
  await withIt.broadcast([id]);
  solana.final();
  await withIt.confirm([id]);
  expect((await world.now(id)).stage).toBe('refunding');
});

test('after a lost answer the chain is asked, and nothing is sent again', async () => {
  const { broadcast, confirm, sent } = await setUp('lose');
  const { id, destination } = await wanted('USDC', 7_000_000n);
  await broadcast([id]);
  expect((await world.now(id)).stage).toBe('signed');
  solana.pass(3);
  await broadcast([id]);
  solana.final();
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('confirmed');
  expect([sent.length, solana.tokensOf(destination)]).toEqual([1, 7_000_000n]);
});

test('what no block takes is sent again as it was, and later at a higher price on the same nonce: one of all pays', async () => {
  const { broadcast, confirm, sent } = await setUp('drop', 'drop', 'drop');
  const { id, destination } = await wanted('USDC', 7_000_000n);
  await broadcast([id]);
  later();
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 2 });
  const [first, second] = [await attemptOf(id, 1), await attemptOf(id, 2)];
  expect([second.asked.nonceAccount, second.asked.nonce]).toEqual([
    first.asked.nonceAccount,
    first.asked.nonce,
  ]);
  expect(second.asked.unitPrice).toBeGreaterThan(first.asked.unitPrice);
  await broadcast([id]);
  // All of them come back at once, the oldest first.
  for (const raw of [...sent, ...sent.toReversed()]) solana.engine.execute(raw);
  solana.final();
  await confirm([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'confirmed', txId: first.signature });
  expect(solana.tokensOf(destination)).toBe(7_000_000n);
});

test('what is cancelled is given back when its nonce is finally used, and never comes back', async () => {
  const { broadcast, confirm, sent } = await setUp('drop');
  const { id, destination } = await wanted('USDC', 7_000_000n);
  await broadcast([id]);
  await end(id);
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ attempts: 2 });
  solana.pass(2);
  await broadcast([id]);
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('broadcast');
  solana.final();
  await confirm([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'refunding', proof: { proof: 'cancelled' } });
  const [payout] = sent;
  expect(payout && solana.engine.execute(payout).error).toBe('BlockhashNotFound');
  expect(solana.tokensOf(destination)).toBe(0n);
});

test('a payout that comes before its cancellation is paid', async () => {
  const { broadcast, confirm, sent } = await setUp('drop', 'drop');
  const { id, destination } = await wanted('USDC', 7_000_000n);
  await broadcast([id]);
  await end(id);
  await broadcast([id]);
  expect(sent).toHaveLength(2);
  for (const raw of sent) solana.engine.execute(raw);
  solana.final();
  await broadcast([id]);
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('confirmed');
  expect(solana.tokensOf(destination)).toBe(7_000_000n);
});

test('a nonce that somebody else has used leads to a person, and not to a refund', async () => {
  const { broadcast, confirm, signer } = await setUp('drop');
  const { id } = await wanted('USDC', 7_000_000n);
  await broadcast([id]);
  const { asked } = await attemptOf(id);
  const { raw } = await signer.sign({ ...asked, transfer: null, unitPrice: 5n });
  expect(solana.engine.execute(raw).error).toBeNull();
  solana.final();
  later();
  await broadcast([id]);
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('review');
});

test('that a payout is not found proves nothing by a node whose history begins after it was signed', async () => {
  const { broadcast, confirm, signer } = await setUp('drop');
  const { id } = await wanted('USDC', 7_000_000n);
  await broadcast([id]);
  const { asked, slot } = await attemptOf(id);
  const { raw } = await signer.sign({ ...asked, transfer: null, unitPrice: 5n });
  solana.engine.execute(raw);
  solana.final();
  solana.engine.forgetBefore(slot + 1);
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('broadcast');
  solana.engine.forgetBefore(slot);
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('review');
});

test('a transaction that fails on chain uses its nonce up; another value of one pays, once, when it may', async () => {
  const { broadcast, confirm } = await setUp('drop', 'force');
  const { id, destination } = await wanted('USDC', 7_000_000n);
  await broadcast([id]);
  await solana.open(destination);
  const { raw, asked: first } = await attemptOf(id);
  await freezing(solana, destination, true);
  expect(solana.engine.execute(raw).error).not.toBeNull();
  solana.final();
  later();
  await broadcast([id]);
  expect(waitReasonOf(await world.now(id))).toBe('payee-refused');
  await freezing(solana, destination, false);
  later();
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ attempts: 2 });
  const { asked: second } = await attemptOf(id, 2);
  expect(second.nonce).not.toBe(first.nonce);
  await broadcast([id]);
  solana.final();
  await broadcast([id]);
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('confirmed');
  expect(solana.tokensOf(destination)).toBe(7_000_000n);
});

test('what failed on chain and is ended is given back', async () => {
  const { broadcast, confirm } = await setUp('drop');
  const { id, destination } = await wanted('USDC', 7_000_000n);
  await broadcast([id]);
  await solana.open(destination);
  await freezing(solana, destination, true);
  solana.engine.execute((await attemptOf(id)).raw);
  await end(id);
  solana.final();
  later();
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ attempts: 2 });
  solana.pass(1);
  await broadcast([id]);
  solana.final();
  await confirm([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'refunding', failure: cancelledByUs });
  expect(solana.tokensOf(destination)).toBe(0n);
});

test('workers side by side bind each slot once', async () => {
  const { broadcast } = await setUp();
  const all = await Promise.all(Array.from({ length: 6 }, () => wanted('USDC', 1_000_000n)));
  const ids = all.map(({ id }) => id);
  await Promise.all([broadcast(ids), broadcast(ids.toReversed()), broadcast(ids.slice(2))]);
  const bound = await Promise.all(ids.map(async (id) => (await attemptOf(id)).asked.nonceAccount));
  expect(new Set(bound).size).toBe(6);
  for (const { id, destination } of all) {
    expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 1 });
    expect(solana.tokensOf(destination)).toBe(1_000_000n);
  }
});

test('when all slots are in use payouts wait, and go on when they are final', async () => {
  const { broadcast } = await setUp();
  const all = await Promise.all(Array.from({ length: 22 }, () => wanted('SOL', 10_000_000n)));
  const ids = all.map(({ id }) => id);
  await broadcast(ids);
  const waiting = (await Promise.all(ids.map(world.now))).filter(
    ({ stage }) => stage === 'reserved',
  );
  expect(waiting.map(waitReasonOf)).toEqual(['slots-short', 'slots-short']);
  solana.final();
  later(120_000);
  await broadcast(ids);
  for (const { destination } of all) expect(solana.lamportsOf(destination)).toBe(10_000_000n);
});

const tellsClient: Record<string, string> = {
  'the destination’s account is frozen': 'The token does not allow',
  'an amount of SOL that is too little to open an account': 'The amount is less',
  'a destination that belongs to a program': 'The address is one that does not take',
};

test.each([
  ['the destination’s account is frozen', 'payee'],
  ['the treasury’s account is frozen', 'transfers-refused'],
  ['the treasury has too little', 'treasury-short'],
  ['an amount of SOL that is too little to open an account', 'payee'],
  ['a destination that belongs to a program', 'payee'],
] as const)('nothing is signed when it would be refused: %s', async (what, why) => {
  const { broadcast } = await setUp();
  const destination = anyWallet();
  if (what.includes('destination’s')) {
    await solana.open(destination);
    await freezing(solana, destination, true);
  }
  if (what.includes('treasury’s')) await freezing(solana, solana.treasury, true);
  const isProgram = what.includes('program');
  const to = isProgram ? await solana.open(destination) : destination;
  const { id } = what.includes('SOL')
    ? await wanted('SOL', 1_000n, to)
    : await wanted('USDC', what.includes('too little') ? 10n ** 15n : 1_000_000n, to);
  await broadcast([id]);
  const now = await world.now(id);
  expect(await world.store.attempt(id, 1)).toBeNull();
  expect(now.stage).toBe('reserved');
  expect(why === 'payee' ? now.retryCount : waitReasonOf(now)).toBe(why === 'payee' ? 1 : why);
  const told = tellsClient[what];
  if (told !== undefined) expect(now.history.at(-1)?.detail).toContain(told);
});

test('what our books have forgotten is not paid again: its id stands at the destination', async () => {
  const { broadcast } = await setUp();
  const destination = anyWallet();
  const { id } = await wanted('USDC', 1_000_000n, destination);
  const { chain, signer } = await setUp();
  const [slot] = (await chain.slots()).slots;
  if (slot === undefined) throw new Error('there are slots');
  const transfer = { to: destination, value: 1_000_000n, mint: solana.mint, decimals: 6, memo: id };
  const forgotten = {
    payer: solana.treasury,
    ...slot,
    unitLimit: 120_000,
    unitPrice: 1n,
    transfer,
  };
  solana.engine.execute((await signer.sign(forgotten)).raw);
  solana.pass(2);
  await broadcast([id]);
  expect(waitReasonOf(await world.now(id))).toBe('signed-before');
  expect(solana.tokensOf(destination)).toBe(1_000_000n);
});

test('the same bytes are the same transaction: its signature is known before it is sent', async () => {
  const { broadcast, sent } = await setUp();
  const { id } = await wanted('USDC', 1_000_000n);
  await broadcast([id]);
  const { asked, raw } = await attemptOf(id);
  expect([...raw.slice(65)]).toEqual([...messageFor(asked)]);
  expect(sent).toEqual([raw]);
});
