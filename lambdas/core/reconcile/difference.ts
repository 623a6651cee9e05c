/** What reconciliation finds: one fact in which two of our truths do not agree. Nothing is ever corrected by it. */

import type { WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';

/**
 *   unknown-payout       the treasury paid on chain, and no withdrawal has that payout
 *   missing-payout       a withdrawal says where it was paid, and the chain has nothing there
 *   wrong-payout         it was paid another amount, to another address, or elsewhere than it says
 *   unrecorded-payout    it is paid on chain for long, and does not know
 *   paid-and-given-back  it is paid on chain, and its money was given back too
 *   transfer-claimed-twice, transfer-unclaimed, transfer-missing
 *                        an on-ramp transfer of two withdrawals, of none, or one that the on-ramp does not have
 *   transfer-differs     its amounts or destination are others than we have
 *   transfer-state       its end at the on-ramp is not the one that the withdrawal went on from
 *   deposit-differs      the on-ramp says that it paid our treasury, and the chain has less, more or nothing
 *   deposit-claimed-twice  two transfers of the on-ramp say that the same log on chain paid them
 *   journal-unknown      the brokerage moved cash to or from the firm's account, or may, and no withdrawal asked for it
 *   journal-missing      a journal that the brokerage had taken is not there any more
 *   journal-twice        the cash of a withdrawal was moved twice in one direction
 *   journal-differs      another amount than was asked for, or between other accounts
 *   journal-state        what the brokerage moved for a withdrawal is not what our ledger says: undone later, or not noticed
 *   wire-unknown         the brokerage wired the firm's cash away, or may, and no conversion asked for it
 *   wire-claimed-twice   one memo is recorded for the wires of two conversions
 *   wire-twice           the dollars of one conversion were wired more than once
 *   wire-missing         a wire that a conversion relies on is not at the brokerage
 *   wire-differs         another amount than was asked for, or to another bank
 *   wire-state           it came back and we went on, stands although we took it for one that is back, or never arrived
 *   state-without-effect the withdrawal is in a stage that nothing we recorded leads to
 *   ledger-block         a block is missing, or its hash or its sums do not hold
 *   wallet-balance       a wallet's balance is not its last block's
 *   hold                 what is held for a withdrawal is not what its stage says
 *   unreadable           a row of ours that cannot be what we wrote
 */
export const differenceKinds = [
  'unknown-payout',
  'missing-payout',
  'wrong-payout',
  'unrecorded-payout',
  'paid-and-given-back',
  'transfer-claimed-twice',
  'transfer-unclaimed',
  'transfer-missing',
  'transfer-differs',
  'transfer-state',
  'deposit-differs',
  'deposit-claimed-twice',
  'journal-unknown',
  'journal-missing',
  'journal-twice',
  'journal-differs',
  'journal-state',
  'wire-unknown',
  'wire-claimed-twice',
  'wire-twice',
  'wire-missing',
  'wire-differs',
  'wire-state',
  'state-without-effect',
  'ledger-block',
  'wallet-balance',
  'hold',
  'unreadable',
] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

export type Difference = {
  kind: DifferenceKind;
  /** Where to look: a log, a transfer, a block, a row. With the kind it is the same in every report. */
  what: string;
  withdrawalId?: WithdrawalId;
  walletId?: WalletId;
  /** The on-ramp's id of a transfer, or the brokerage's of a journal or wire. */
  providerId?: string;
  expected: string;
  found: string;
  /** The first report that had it. */
  firstSeenAt?: Instant;
};

export type Period = { from: Instant; to: Instant };
export type Report = { period: Period; checkedAt: Instant; differences: readonly Difference[] };

/** Facts side by side: those that differ, as text; `null` when all agree. */
export function unlike(
  expected: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
): { expected: string; found: string } | null {
  const names = Object.keys(expected).filter((name) => expected[name] !== found[name]);
  if (names.length === 0) return null;
  const text = (facts: Readonly<Record<string, unknown>>) =>
    names.map((name) => `${name} ${String(facts[name])}`).join(', ');
  return { expected: text(expected), found: text(found) };
}
