/** What a world of Solana shows the auditor, and what must hold of Solana besides (rails/audit.ts has what holds of every rail). */
import { base58 } from '@scure/base';
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import { solanaAttemptOf } from '../../../lambdas/core/rails/solana/attempt.ts';
import { type Asked, askedIn } from '../../../lambdas/core/rails/solana/instructions.ts';
import { readTransaction } from '../../../lambdas/core/rails/solana/message.ts';
import { tokenAccountOf } from '../../../lambdas/core/rails/solana/programs.ts';
import type { PayoutAttempt } from '../../../lambdas/core/store/attempt.ts';
import type { Withdrawal } from '../../../lambdas/core/withdrawal/withdrawal.ts';
import type { Engine } from '../../../local/chains/solana/engine.ts';
import { testMint } from '../../../local/chains/solana/mint.ts';
import { isDecided, type Moment, violationsOf } from '../rails/audit.ts';
import type { Violation } from '../rails/scripts.ts';
import type { memoryBooks } from './books.ts';

export type Saved = ReturnType<typeof savedOf>;
export const savedOf = (attempt: PayoutAttempt) => ({
  ...{ id: attempt.withdrawalId, number: attempt.number, ends: attempt.ends === true },
  ...solanaAttemptOf(attempt),
});
export const hexOf = (raw: Uint8Array): string => Buffer.from(raw).toString('hex');

type Watched = {
  books: ReturnType<typeof memoryBooks>;
  engine: Engine;
  sent: readonly Uint8Array[];
  treasuries: readonly string[];
  /** Transactions of somebody else who has our key. */
  thefts: ReadonlySet<string>;
  /** The most that is paid for the place of one in a block, in millionths of a lamport. */
  offerMax: bigint;
};

export function solanaViolations(watched: Watched, moment: Moment): Violation[] {
  const { books, engine, sent, treasuries, thefts } = watched;
  const saved = books.written.map(savedOf);
  const known = new Set(saved.map(({ raw }) => hexOf(raw)));
  const ownerOf = new Map(saved.map(({ id, asked }) => [resourceOf(asked), id]));
  const found: Violation[] = [];
  for (const treasury of treasuries)
    for (const { raw, signature } of engine.state.touching(treasury))
      if (!known.has(hexOf(raw)) && !thefts.has(hexOf(raw)))
        found.push(`${signature} spends of ours and was never saved`);
  const isOver = [...books.withdrawals.values()].every(isDecided);
  if (moment === 'settled' && isOver && books.promises().some((sum) => sum !== 0n))
    found.push(`${books.promises()} stays promised to nobody`);
  return [
    ...found,
    ...treasuries.flatMap((treasury) => unpromisedIn(books, treasury)),
    ...attemptsIn(saved, books.withdrawals, watched.offerMax),
    ...[...books.withdrawals.values()].flatMap((one) => holdingsOf(engine, one)),
    ...violationsOf(
      {
        ...{ withdrawals: books.withdrawals, forgotten: books.forgotten },
        paidTo: (one) => paymentsTo(engine, one),
        isFinalAt: (txId, { height, block }) => {
          const landed = engine.state.landed(txId);
          return (
            landed?.slot === height &&
            landed.error === null &&
            engine.blockhash(height) === block &&
            height <= engine.slot('finalized')
          );
        },
        ...{ sent: sent.map(hexOf), saved: known },
        bound: new Map(books.bindings().map((one) => [one, ownerOf.get(one) ?? null])),
        isUnused: (resource) => {
          const [address = ''] = resource.split('/');
          const account = engine.account(address, 'finalized');
          return (
            account !== null &&
            resource === resourceOf({ nonceAccount: address, nonce: nonceIn(account.data) })
          );
        },
      },
      moment,
    ),
  ];
}

/** What a treasury has signed and may still have to pay is promised, so that nothing else is signed for it. */
const unpromisedIn = (books: Watched['books'], treasury: string): Violation[] =>
  (['USDC', 'SOL'] as const).flatMap((asset) => {
    const signed = [...books.withdrawals.values()].reduce(
      (sum, one) =>
        (one.stage === 'signed' || one.stage === 'broadcast') &&
        one.asset === asset &&
        one.payer === treasury &&
        one.ending === undefined
          ? sum + one.payout
          : sum,
      0n,
    );
    const promised = books.promisedBy(treasury, asset === 'SOL' ? 'SOL' : testMint);
    return signed <= promised ? [] : [`${treasury} has signed ${signed} ${asset} of ${promised}`];
  });

const resourceOf = ({ nonceAccount, nonce }: Pick<Asked, 'nonceAccount' | 'nonce'>): string =>
  `${nonceAccount}/${nonce}`;
const nonceIn = (data: Uint8Array): string => base58.encode(data.slice(40, 72));

const placeOf = ({ destination, asset }: Withdrawal): string =>
  asset === 'SOL' ? destination : tokenAccountOf(destination, testMint);

/** What was carried out for this destination without an error. */
const paymentsTo = (engine: Engine, one: Withdrawal): bigint[] =>
  engine.state.touching(placeOf(one)).flatMap(({ raw, error }) => {
    const read = readTransaction(raw);
    const transfer = read && askedIn(read.message, read.signed)?.transfer;
    const isIts =
      transfer?.to === one.destination && (transfer.mint === null) === (one.asset === 'SOL');
    return error === null && isIts ? [transfer.value] : [];
  });

/** What it holds is what the transactions say. */
function holdingsOf(engine: Engine, one: Withdrawal): Violation[] {
  const account = engine.account(placeOf(one));
  const held =
    account === null
      ? 0n
      : one.asset === 'SOL'
        ? account.lamports
        : Buffer.from(account.data).readBigUInt64LE(64);
  const paid = paymentsTo(engine, one).reduce((sum, value) => sum + value, 0n);
  return held === paid ? [] : [`${one.id} was paid ${paid}, and its destination holds ${held}`];
}

/** A value of a nonce account is of one payout, and no attempt pays what it should not. */
function attemptsIn(
  saved: readonly Saved[],
  withdrawals: ReadonlyMap<WithdrawalId, Withdrawal>,
  offerMax: bigint,
): Violation[] {
  const found: Violation[] = [];
  const owners = new Map<string, WithdrawalId>();
  for (const { id, asked, ends, number } of saved) {
    const resource = resourceOf(asked);
    const owner = owners.get(resource) ?? id;
    owners.set(resource, owner);
    if (owner !== id) found.push(`${resource} is bound to ${owner} and to ${id}`);
    if (asked.unitPrice * BigInt(asked.unitLimit) > offerMax)
      found.push(`${id} offers more than the cap`);
    const { transfer } = asked;
    const one = withdrawals.get(id);
    const isRight =
      transfer === null
        ? ends
        : !ends &&
          transfer.memo === id &&
          transfer.to === one?.destination &&
          transfer.value === one.amount;
    if (!isRight) found.push(`attempt ${number} of ${id} pays what it should not`);
  }
  return found;
}
