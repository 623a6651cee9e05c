/** What a world of bitcoin shows the auditor, and what must hold of bitcoin besides (rails/audit.ts has what holds of every rail). */
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import { scriptOf, toHex } from '../../../lambdas/core/rails/bitcoin/address.ts';
import { bitcoinAttemptOf } from '../../../lambdas/core/rails/bitcoin/attempt.ts';
import { type Outpoint, readTransaction } from '../../../lambdas/core/rails/bitcoin/wire.ts';
import type { PayoutAttempt } from '../../../lambdas/core/store/attempt.ts';
import type { Withdrawal } from '../../../lambdas/core/withdrawal/withdrawal.ts';
import type { Engine } from '../../../local/chains/bitcoin/engine.ts';
import { type Moment, violationsOf } from '../rails/audit.ts';
import type { Violation } from '../rails/scripts.ts';
import type { memoryBooks } from './books.ts';

export type Saved = ReturnType<typeof savedOf>;
export const savedOf = (attempt: PayoutAttempt) => ({
  ...{ id: attempt.withdrawalId, number: attempt.number, ends: attempt.ends === true },
  ...bitcoinAttemptOf(attempt),
});

type Watched = {
  books: ReturnType<typeof memoryBooks>;
  engine: Engine;
  sent: readonly string[];
  /** Transactions of somebody else who has our key. */
  thefts: ReadonlySet<string>;
  /** The blocks up to this height were there before anything was paid. */
  firstHeight: number;
  finalityBlocks: number;
  /** In satoshi for 1,000 virtual bytes. */
  cap: bigint;
};

export function bitcoinViolations(watched: Watched, moment: Moment): Violation[] {
  const { books, engine, sent, thefts, firstHeight, finalityBlocks } = watched;
  const saved = books.written.map(savedOf);
  const paid = new Map<string, bigint[]>();
  const found: Violation[] = [];
  const known = new Set(saved.map(({ txId }) => txId));
  for (let height = firstHeight + 1; height <= engine.head().height; height += 1)
    for (const { transaction } of engine.blockAt(height)?.transactions.slice(1) ?? []) {
      const { txId, outputs } = transaction;
      if (thefts.has(txId)) continue;
      if (!known.has(txId)) found.push(`${txId} spends of ours and was never saved`);
      for (const { script, amount } of outputs)
        paid.set(toHex(script), [...(paid.get(toHex(script)) ?? []), amount]);
    }
  return [
    ...found,
    ...attemptsIn(saved, books.withdrawals, watched.cap),
    ...violationsOf(
      {
        ...{ withdrawals: books.withdrawals, forgotten: books.forgotten, sent },
        paidTo: ({ destination }) => paid.get(toHex(scriptOf(destination, 'regtest'))) ?? [],
        isFinalAt: (txId, { height, block }) => {
          const at = engine.blockAt(height);
          const isThere = at?.transactions.some(({ transaction }) => transaction.txId === txId);
          return (
            at?.hash === block &&
            isThere === true &&
            engine.head().height - height + 1 >= finalityBlocks
          );
        },
        saved: new Set(saved.map(({ raw }) => toHex(raw))),
        bound: books.boundOutputs(),
        isUnused: (outpoint) => engine.coins.has(outpoint as Outpoint),
      },
      moment,
    ),
  ];
}

/** All attempts of a payout spend the same outputs, which no other payout spends, and none pays what it should not. */
function attemptsIn(
  saved: readonly Saved[],
  withdrawals: ReadonlyMap<WithdrawalId, Withdrawal>,
  cap: bigint,
): Violation[] {
  const found: Violation[] = [];
  const owners = new Map<string, WithdrawalId>();
  const inputsOf = ({ inputs }: Saved): string =>
    inputs
      .map(({ outpoint }) => outpoint)
      .toSorted()
      .join();
  for (const one of saved) {
    const { id, inputs, fee, change, payer, raw, ends } = one;
    for (const { outpoint } of inputs) {
      const owner = owners.get(outpoint) ?? id;
      owners.set(outpoint, owner);
      if (owner !== id) found.push(`${outpoint} is spent by ${owner} and by ${id}`);
    }
    if (saved.some((other) => other.id === id && inputsOf(other) !== inputsOf(one)))
      found.push(`the attempts of ${id} spend other inputs`);
    if (fee * 1_000n > cap * BigInt(68 * inputs.length + 60 + 31 * (change.length + 1)) + 400_000n)
      found.push(`${id} pays a fee above the cap: ${fee}`);
    const own = toHex(scriptOf(payer, 'regtest'));
    const others = readTransaction(raw).outputs.filter(({ script }) => toHex(script) !== own);
    const { destination = '', amount = 0n } = withdrawals.get(id) ?? {};
    const isRight =
      others.length === (ends ? 0 : 1) &&
      others.every(
        (paid) =>
          paid.amount === amount && toHex(paid.script) === toHex(scriptOf(destination, 'regtest')),
      );
    if (!isRight) found.push(`attempt ${one.number} of ${id} pays what it should not`);
  }
  return found;
}
