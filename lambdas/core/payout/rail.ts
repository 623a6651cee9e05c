/**
 * READ SECOND, after withdrawal/withdrawal.ts.
 *
 * A rail is one way to pay one asset on one network. This is what a payout needs of it, in no chain's words. Each rail binds a
 * payout to an exclusive resource of its payer: something that the chain itself lets be used once, whatever is submitted, by whom and
 * how often. So all attempts of a payout exclude each other, and what became of the resource is the only verdict.
 *
 *   funds      what our treasury has that nothing is signed for
 *   refusal    would the chain refuse it now, and whose fault is that
 *   prepare    the signed bytes, bound to the resource                       (saved before they leave)
 *   submit     hands the saved bytes to the chain, once
 *   lookUp     what the chain knows of them, before they are submitted again
 *   replace    other bytes for the same resource, where these cannot succeed any more
 *   cancel     bytes that use the resource up without paying: the only way to end what is signed
 *   verdicts   paid, with its place; cancelled or failed, with its place; or not yet
 */
import type { Found } from '../effect/kind.ts';
import type { KeysAwayError } from '../kernel/errors.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { type Asset, type Minor, minor } from '../kernel/money.ts';
import type { Address, Place, Route } from '../kernel/networks.ts';
import type { Attempted } from '../kernel/outcome.ts';
import type { Instant } from '../kernel/time.ts';
import type { PayoutAttempt, PayoutBatch } from '../store/attempt.ts';
import type { Change } from '../store/change.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import { type Converted, type In, needsOnRamp, type Withdrawal } from '../withdrawal/withdrawal.ts';

/** A withdrawal that may be signed: its money is held, and the asset is in our treasury. */
export type Payable = In<'reserved' | 'converted'>;
/** A withdrawal whose payout is signed and saved: from here on only the chain may say that it was not paid. */
export type SentPayout = In<'signed' | 'broadcast'>;

export const isPayable = (one: Withdrawal): one is Payable =>
  one.stage === 'converted' || (one.stage === 'reserved' && !needsOnRamp(one));
export const isSent = (one: Withdrawal): one is SentPayout =>
  one.stage === 'signed' || one.stage === 'broadcast';

/** What the destination gets, in minor units of the asset. */
export type Payment = {
  withdrawalId: WithdrawalId;
  asset: Asset;
  to: Address;
  value: Minor;
  /** When the withdrawal was made, as our books know it. */
  createdAt: Instant;
};

/** A wallet that holds the asset itself pays the whole amount; of a conversion the payout is what it brought. */
export const convertedOf = (one: Payable): Converted =>
  one.stage === 'converted'
    ? { payout: one.payout, fee: one.fee }
    : { payout: one.amount, fee: minor(0n) };

export const paymentOf = (one: Payable): Payment => ({
  withdrawalId: one.id,
  asset: one.asset,
  to: one.destination,
  value: convertedOf(one).payout,
  createdAt: one.createdAt,
});

/**
 * `amount`: the network carries nothing so small to it for ever, as dust on Bitcoin; `amount-now`: until it has more, as an account of
 * Solana that does not exist yet. `receiver`: it is no wallet, or a contract that does not take it. `ours`: it is one of
 * our own.
 */
export type PayeeWhy = 'amount' | 'amount-now' | 'receiver' | 'ours';

/** Why a payment would not come about now. */
export type Refusal =
  /** It lies with us or the asset's issuer (a pause, a freeze of our treasury), and payments to others would not come about, too. */
  | { by: 'us'; waits: WaitReason }
  /** Our treasury may pay, but not this to that address: the asset's issuer has frozen it, unless `why` says something else. */
  | { by: 'payee'; why?: PayeeWhy }
  /** The chain did not say whether it would refuse, of this payment alone. */
  | { by: 'unsaid' };

/** Signed payments. What is not saved never leaves the process. */
export type Preparation = {
  /** What stands in the way now, although nothing is wrong with the payments: then `bind` binds none. `null`: nothing. */
  waits: WaitReason | null;
  /** Those that got no signature while others did, and why. They are asked for anew, and the others go without them. */
  unsigned?: ReadonlyMap<WithdrawalId, KeysAwayError>;
  /**
   * Binds those of them that it can now to what carries them, and to their exclusive resource where that is chosen only now.
   * `changes` reserve it, and are committed together with the attempts. It is called again for those that are left, as when
   * somebody else was faster; what it leaves out then waits for another visit.
   */
  bind(payments: readonly Payment[]): Promise<{
    changes: readonly Change[];
    bound: readonly Bound[];
    /** What those wait for that are left out, when none is bound. */
    waits?: WaitReason;
  }>;
};

/**
 * What is saved of a payment that was bound: an attempt of its own, or a batch that it shares with others, which the rail
 * saves. Its verdict is looked for from the height `readFrom` on, and below it where its resource was used up before: a
 * restored table has forgotten that it was bound already.
 */
export type Bound = {
  withdrawalId: WithdrawalId;
  txId: string;
  readFrom: number;
  payer: Address;
} & Bytes;
/** The signed bytes: of one payout, or of the batch that it is a member of. */
type Bytes = { details: PayoutAttempt['details']; batch?: never } | { batch: PayoutBatch };

/** Who says that a payout is on its way: a node that has the bytes, or the chain, on which its resource is used. */
export type Taken = 'by-a-node' | 'on-chain';

/** Why a payout that is not final may need other bytes. */
export type Standing =
  | { is: 'pending' }
  | { is: 'refused'; code: string }
  /** Nobody is known to have them: they were lost, or refused in words that mean nothing to us. */
  | { is: 'unanswered' };

/**
 * Other bytes for the same resource, with what has to be saved together with them. Another payer's resource is another one:
 * it is used only when the chain has proven that nothing can come of the first any more.
 */
export type Replacement = {
  changes: readonly Change[];
  txId: string;
  payer: Address;
} & Bytes;

/** Who shares the bytes of an attempt. It is asked for only where it matters: it takes reads of our books and of the chain. */
export type Company = {
  /** The other members of its batch that wait for them, too. */
  others: readonly PayoutAttempt[];
  /** One of them went on with other bytes. What these were carried by is theirs, or used up. */
  isOver: boolean;
  /** Nobody else has these bytes as the latest and is unpaid: nobody else will see to what carries them. */
  isLast: boolean;
};

/** What finally became of a payout's resource. */
export type Verdict =
  | { is: 'paid'; txId: string; place: Place; confirmations: number }
  /** It was used up without a payment: it was not paid and never will be. `byUs`: the last attempt was made for that. */
  | { is: 'cancelled'; byUs: boolean; at: Pick<Place, 'block' | 'index'> }
  /** It was used up by bytes that were to pay and failed, for good: its destination did not take the payment. */
  | { is: 'reverted'; at: Pick<Place, 'block' | 'index'> }
  /** It was used, and not for the payment that it stands for. */
  | { is: 'wrong'; message: string };

/** A rail as 5-confirm reads it. Each call throws UnavailableError when the chain does not answer as it should. */
export type RailView = {
  /** The final verdicts. A payout without one is still on its way, and how long that takes proves nothing. */
  verdicts(sent: readonly In<'broadcast'>[]): Promise<ReadonlyMap<WithdrawalId, Verdict>>;
};

/** A rail as 4-broadcast pays on it. It is made anew for each visit, and may remember what it has read in it. */
export type Rail = RailView & {
  /** How long a payout usually takes to be final: before that nobody needs to ask. */
  finalityMs: number;
  /**
   * What our treasury finally has of the asset and has signed for nobody, in minor units. Not all of it may be known when
   * `wanted` is less.
   */
  funds(wanted: bigint): Promise<bigint>;
  /** Why the chain would refuse this payment now, or what was signed for it; `null` when it would not. */
  refusal(payment: Payment, attempt?: PayoutAttempt): Promise<Refusal | null>;
  prepare(payments: readonly Payment[]): Promise<Preparation>;
  /** One attempt, without a retry of its own. UNKNOWN: the bytes may have been taken. */
  submit(attempt: PayoutAttempt): Promise<Attempted<Taken>>;
  /** Of each: taken; nothing, so that the same bytes may be submitted again; or void, when they have run out unused. */
  lookUp(attempts: readonly PayoutAttempt[]): Promise<readonly Found<Taken>[]>;
  /**
   * `null`: these bytes may still succeed. A reason: better ones cannot be had now. The members of a batch go on together as long
   * as the chain may take it, and then each alone.
   */
  replace(
    attempt: PayoutAttempt,
    standing: Standing,
    company: () => Promise<Company>,
  ): Promise<Replacement | WaitReason | null>;
  /**
   * Bytes that use up the resource of this attempt alone, which cannot be made now for the reason that it answers. They push
   * nobody aside who shares the last ones.
   */
  cancel(
    attempt: PayoutAttempt,
    company: () => Promise<Company>,
  ): Promise<Replacement | WaitReason>;
};

/**
 * The rail of each route that is configured, connected when it is first asked for. One that is not configured, or whose
 * configuration is wrong, throws at whoever pays on it, and touches no other (boot/rails.ts).
 */
export type Rails<R> = (route: Route) => Promise<R>;
