/**
 * READ THIS FIRST. A withdrawal is one payout to one address. It moves down this list, once per line:
 *
 *   requested   the client asked                                        [1-create-withdrawal]
 *   debiting    a brokerage was asked for the customer's cash           [2-journal, for wallets at a brokerage]
 *   reserved    the ledger holds the money                              [2-debit]
 *   converting  the on-ramp was asked to turn USD into USDC             [3-on-ramp]
 *   converted   the USDC is in our treasury                             [3-on-ramp]
 *   signed      the payout is signed and its bytes are saved            [4-broadcast]
 *   broadcast   a node has taken the bytes                              [4-broadcast]
 *   confirmed   the chain has the final verdict: paid                   [5-confirm]
 *   settled     the hold is spent                                       [2-debit, the wallet's one writer]
 *
 * and leaves it early as `rejected` (nothing was taken), by way of `refunding` as `refunded` (everything was given back; by
 * 6-refund at a brokerage), or as `cancelled`. A wallet that holds the asset itself goes from `reserved` straight to `signed`.
 * `review` is where an outcome that could not be proven waits for a person, the money still held.
 *
 * The one rule: once somebody was asked to move money, only proof may say that it did not move. A timeout is not a verdict.
 */
import type { WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Asset, Currency, Minor } from '../kernel/money.ts';
import type { Address, Network, Place } from '../kernel/networks.ts';
import type { Step } from '../kernel/steps.ts';
import type { Instant } from '../kernel/time.ts';
import { dueAfter } from './due.ts';
import type { Proof } from './proof.ts';
import { withLine } from './timeline.ts';

export const statuses = [
  'PENDING',
  'PROCESSING',
  'RETRYING',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'REVIEW',
] as const;
export type Status = (typeof statuses)[number];

type StageRules = {
  status: Status;
  /** The step that acts on a withdrawal in this stage; `null` when nothing does. */
  step: Step | null;
  /** Whether the step is rung at once. If not, the withdrawal waits for the outside world, and sweep rings when it is due. */
  rings: boolean;
  /** The event that clients are sent, as `withdrawal.<event>`; `null`: none. */
  event: string | null;
  /** The stages that may follow, besides `review`. */
  next: readonly Stage[];
};

export type Stage =
  | 'requested'
  | 'debiting'
  | 'reserved'
  | 'converting'
  | 'converted'
  | 'signed'
  | 'broadcast'
  | 'confirmed'
  | 'settled'
  | 'refunding'
  | 'refunded'
  | 'rejected'
  | 'cancelled'
  | 'review';

/** The table of stages: the relay, sweep, the API and the tests all read it here. */
// biome-ignore format: columns are the point
export const stages: Record<Stage, StageRules> = {
  requested:  { status: 'PENDING',    step: 'debit',     rings: true,  event: 'requested', next: ['debiting', 'reserved', 'rejected', 'cancelled'] },
  debiting:   { status: 'PROCESSING', step: 'journal',   rings: false, event: null,        next: ['reserved', 'rejected', 'refunding', 'cancelled'] },
  reserved:   { status: 'PROCESSING', step: 'on-ramp',   rings: true,  event: 'reserved',  next: ['converting', 'signed', 'refunding'] },
  converting: { status: 'PROCESSING', step: 'on-ramp',   rings: false, event: null,        next: ['converted', 'refunding'] },
  converted:  { status: 'PROCESSING', step: 'broadcast', rings: true,  event: 'converted', next: ['signed', 'refunding'] },
  signed:     { status: 'PROCESSING', step: 'broadcast', rings: false, event: null,        next: ['broadcast'] },
  broadcast:  { status: 'PROCESSING', step: 'confirm',   rings: false, event: 'broadcast', next: ['confirmed', 'refunding'] },
  confirmed:  { status: 'PROCESSING', step: 'debit',     rings: true,  event: null,        next: ['settled'] },
  settled:    { status: 'COMPLETED',  step: null,        rings: false, event: 'completed', next: [] },
  refunding:  { status: 'PROCESSING', step: 'debit',     rings: true,  event: null,        next: ['refunded', 'cancelled'] },
  refunded:   { status: 'FAILED',     step: null,        rings: false, event: 'failed',    next: ['requested'] },
  rejected:   { status: 'FAILED',     step: null,        rings: false, event: 'failed',    next: ['requested'] },
  cancelled:  { status: 'CANCELLED',  step: null,        rings: false, event: 'cancelled', next: [] },
  review:     { status: 'REVIEW',     step: null,        rings: false, event: 'review',    next: ['debiting', 'converting', 'converted', 'broadcast', 'refunding', 'rejected', 'cancelled'] },
};

export const failureCodes = [
  'INSUFFICIENT_FUNDS',
  'BROKERAGE_REJECTED',
  'ON_RAMP_REJECTED',
  'PAYOUT_REVERTED',
  'PAYOUT_EXPIRED',
  'PAYOUT_CANCELLED',
  'CANCELLED_BY_CLIENT',
  'RETRIES_EXHAUSTED',
  'OUTCOME_UNKNOWN',
] as const;
/** Why a withdrawal failed, as clients see it. `retryable`: the client may retry it. */
export type Failure = { code: (typeof failureCodes)[number]; message: string; retryable: boolean };

/** One line of the timeline. `attempt` numbers the retry within the stage that the line tells of; 0: a wait, which is no retry. */
export type TimelineEvent = {
  stage: Stage;
  at: Instant;
  attempt?: number;
  detail?: string;
  /** The reason that a person gave (core/operations/review.ts). Clients do not see it. */
  note?: string;
};

/** What is known when a withdrawal is accepted, and the bookkeeping that every stage has. */
export type Request = {
  id: WithdrawalId;
  tenant: string;
  walletId: WalletId;
  atBrokerage: boolean; // Its wallet's money is.
  amount: Minor;
  currency: Currency;
  asset: Asset;
  network: Network;
  destination: Address;
  reference: string | null;
  metadata: Record<string, string>;
  maxRetries: number;
  idempotencyKey: string;
  /** SHA-256 of the validated request: the same key with another hash is refused. */
  requestHash: string;
  createdAt: Instant;
  updatedAt: Instant;
  acceptedAt: Instant; // Or last taken up again: its place among what waits in the wallet.
  listed?: true; // While it is requested: it waits in the list of its wallet's withdrawals, without an entry in the inbox.
  strayDue?: true; // Its row was read with an entry in the list of what is due that older code, or the slow scan, has given it.
  /** The day (`YYYY-MM-DD`, UTC) whose limits it was counted against; `null` when there were none. */
  countedOn: string | null;
  /** The client cancelled while the journal was at the brokerage: it ends once the journal's outcome is known. */
  cancelRequested: boolean;
  takeUps: number; // How often the client has retried it (core/requests/take-up.ts).
  version: number; // Counts the writes of this item; each one is conditional on the version before.
  history: readonly TimelineEvent[];
  /** Retries so far, over all steps (shown to clients), and in the present stage (held against `maxRetries`). */
  retryCount: number;
  stageRetries: number;
  nextAttemptAt: Instant | null;
  /** Sweep looks at it from then on; `null`: nothing is left to do. It may be early, for moving it costs index writes. */
  dueAt: Instant | null;
  /**
   * OPEN until a refund is decided. No payout is signed once it is CLOSED. It opens again only when a client retries a
   * refunded withdrawal for which nothing was ever signed (core/requests/take-up.ts).
   */
  payoutBarrier: 'OPEN' | 'CLOSED';
};

/** What the destination gets, in the asset's smallest unit, and what the conversion cost, in the wallet currency's. */
export type Converted = { payout: Minor; fee: Minor };
/** `attempts` counts the saved payout attempts; `txId` is that of the latest. At the height `readFrom` the chain is read first. */
export type Signed = Converted & {
  attempts: number;
  txId: string;
  readFrom: number;
  payoutBatch?: string; // Its latest attempt, if it was not submitted alone (core/store/attempt.ts).
  /** Whose the exclusive resource is, in small letters. What was signed before payers were kept has it in its attempt only. */
  payer?: Address;
  /** It is being ended on chain, and nothing is signed for it any more but that: why it fails, if the chain agrees. */
  ending?: Failure;
};
/** `txId` is the transaction that paid, whoever sent it, and `place` is where its exact transfer stands in the final chain. */
export type Paid = Signed & { place: Place; confirmations: number };

/** What is known in each stage beyond the request. A stage without its facts does not compile. */
type FactsOf = {
  requested: object;
  /** The brokerage's journal, once the brokerage is known to have it. */
  debiting: { journalId: string | null };
  reserved: object;
  converting: object;
  converted: Converted;
  signed: Signed;
  broadcast: Signed;
  confirmed: Paid;
  settled: Paid;
  refunding: { failure: Failure; proof: Proof };
  refunded: { failure: Failure; proof: Proof };
  rejected: { failure: Failure; proof?: Proof };
  cancelled: { failure: Failure; proof?: Proof };
  review: Partial<Signed> & {
    failure: Failure;
    heldFrom: Stage;
    journalId?: string | null;
    /** Of a refund that went to REVIEW: why the money is given back, and the proof. */
    refundFor?: Failure;
    proof?: Proof;
  };
};

/** A withdrawal in one of these stages. */
export type In<S extends Stage> = { [K in S]: Request & FactsOf[K] & { stage: K } }[S];
export type Withdrawal = In<Stage>;

/**
 * The withdrawal in its next stage, with the facts of that stage (`from` itself where it has them all already). Throws on
 * a move that `stages` does not have and on signing behind a closed payout barrier: both are defects.
 */
export function moveTo<S extends Stage>(
  from: Request & { stage: Stage },
  stage: S,
  facts: FactsOf[S],
  at: Instant,
  detail?: string,
): In<S> {
  if (stage !== 'review' && !stages[from.stage].next.includes(stage))
    throw new Error(`no move from ${from.stage} to ${stage} (${from.id})`);
  if (stage === 'signed' && from.payoutBarrier !== 'OPEN')
    throw new Error(`payout barrier of ${from.id} is closed`);
  return {
    ...from,
    ...(stage === 'review' && from.stage === 'refunding' ? heldRefund(from) : {}),
    ...facts,
    stage,
    version: from.version + 1,
    updatedAt: at,
    history: withLine(from.history, { stage, at, ...(detail === undefined ? {} : { detail }) }),
    nextAttemptAt: null,
    stageRetries: 0,
    dueAt: stages[stage].step === null ? null : dueAfter(from, at),
    payoutBarrier: stage === 'refunding' ? 'CLOSED' : from.payoutBarrier,
  } as In<S>;
}

/** In REVIEW `failure` says why it is there, so the failure that the refund was for is kept beside it. */
const heldRefund = (from: object): { refundFor?: Failure } => {
  const { failure }: { failure?: Failure } = from;
  return failure === undefined ? {} : { refundFor: failure };
};

/** The status that clients see: RETRYING while a retry is scheduled, else that of the stage. */
export const statusOf = (withdrawal: { stage: Stage; nextAttemptAt: Instant | null }): Status =>
  withdrawal.nextAttemptAt === null ? stages[withdrawal.stage].status : 'RETRYING';

/** Whether the wallet holds another currency than the asset, so that the on-ramp has to convert it. */
export const needsOnRamp = (withdrawal: Pick<Request, 'currency' | 'asset'>): boolean =>
  withdrawal.currency !== withdrawal.asset;

type Standing = Pick<Withdrawal, 'stage' | 'currency' | 'asset' | 'atBrokerage'>;
/** The step that acts on this withdrawal now; `null` when none does. */
export function stepFor({ stage, atBrokerage, ...rest }: Standing): Step | null {
  if (atBrokerage && stage === 'requested') return 'journal';
  if (atBrokerage && stage === 'refunding') return 'refund';
  return stage === 'reserved' && !needsOnRamp(rest) ? 'broadcast' : stages[stage].step;
}
