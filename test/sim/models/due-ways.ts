/** What may become of a transfer at Due (due.readme.io/docs/transfer-flow), and how likely each of it is. */
import { day, hour, minute, type Span, type Staleness, type Stop, second } from './parts.ts';

const pay = [
  ['approved', [second, 30 * second]],
  ['payment_submitted', [second, 5 * minute]],
  ['payment_processed', null],
] as const satisfies readonly Stop[];
const returned = [
  ['refund_submitted', [minute, 2 * day]],
  ['refund_processed', null],
] as const satisfies readonly Stop[];

/** What a transfer goes through once its dollars have come. A null: for ever, until somebody decides. */
export const transferCourses = {
  paid: pay,
  'reviewed-paid': [['manual_review', [minute, 3 * day]], ...pay],
  'reviewed-never': [['manual_review', null]],
  'action-paid': [['manual_review', [minute, hour]], ['action_required', [hour, day]], ...pay],
  'action-never': [['action_required', null]],
  refunded: returned,
  'reviewed-refunded': [['manual_review', [minute, 3 * day]], ...returned],
  /** "Manually canceled by the finance team", after the refund is done. */
  canceled: [
    ['manual_review', [minute, day]],
    ['canceled', null],
  ],
  /** A partner's failure: "handled according to internal procedures". */
  failed: [['failed', null]],
  'failed-refunded': [['failed', [minute, 3 * day]], ...returned],
  'failed-paid': [['failed', [minute, 3 * day]], ...pay],
  /** After the payment was submitted already. */
  'failed-late': [...pay.slice(0, 2), ['failed', null]],
  /** A word that nobody knows yet. */
  'unknown-paid': [['compliance_hold', [minute, hour]], ...pay],
  'unknown-refunded': [['compliance_hold', [minute, hour]], ...returned],
} as const satisfies Record<string, readonly Stop[]>;
export type TransferWay = keyof typeof transferCourses;

/** The refusals of a transfer that Due documents (due.readme.io/docs/api-error-codes), one of each kind. */
export const refusals = {
  /** "A validation error requiring a fresh quote" (due.readme.io/docs/quotes). */
  err_validation: [400, 'The quote has to be taken anew'],
  err_policy_transfer_limit_exceeded: [400, 'Transfer limit exceeded'],
  err_insufficient_balance: [400, 'Insufficient balance'],
  err_channel_restricted: [400, 'Channel is restricted in your country'],
  err_aml_risk_score_hit: [403, 'Transaction flagged by compliance check'],
  /** About our account, not about the transfer. */
  err_kyc_not_passed: [400, 'KYC not passed'],
  err_platform_deactivated: [422, 'Platform is deactivated'],
} as const;
export type Refusal = keyof typeof refusals;

type Weights<K extends string> = Readonly<Partial<Record<K, number>>>;
export type DueOptions = {
  ways: Weights<TransferWay>;
  /** Whether it draws the dollars of an `ach` transfer; those of a `wire` are brought (`fund`). */
  funding: Weights<'drawn' | 'never'>;
  fundingMs: Span;
  /** What a payment brings, whatever was quoted; `elsewhere`: on another rail. */
  payouts: Weights<'quoted' | 'less' | 'more' | 'elsewhere'>;
  /** What a transfer that paid another amount shows of it. */
  payoutShown: Weights<'quoted' | 'paid'>;
  /** How a paid transfer names its transaction; `late`: a while after it says that it is paid. */
  confirmations: Weights<'whole' | 'without-index' | 'late' | 'never'>;
  /** From the transaction to `payment_processed`: money may be seen on chain before. */
  paidUnsaidMs: Span;
  refunds: Weights<'full' | 'less'>;
  /** Whether a refund's amount is shown, for which no field is documented. */
  refundShown: Weights<'yes' | 'no'>;
  /** Of a request to make a transfer. */
  refusals: Weights<'none' | Refusal>;
  /** How long the bank takes for the details of a virtual account, and how long until a transfer says how to pay for it. */
  accountMs: Span;
  instructionsMs: Span;
  feeCents: bigint;
  quoteMs: number;
  /** The longest page of a list, whatever was asked for. */
  pageMax: number;
  staleLists: Staleness;
  /** Of one transfer. */
  staleReads: Staleness;
  /** The part of calls after which it answers 429 to all for a while. */
  limited: number;
  limitedMs: Span;
  /** `forged`: a lie beside it that is not signed with the key. Late and out of order is what comes of `eventMs`. */
  /** Rows in each list that are others' affair: other corridors, in shapes that nobody documents. */
  strangers: number;
  /** The part of transfers that are shown with a field that nobody can read. */
  unreadable: number;
  /** The part of quotes whose payout has more decimals than the coin; what is paid is rounded up. */
  surplus: number;
  events: Weights<'once' | 'missing' | 'doubled' | 'forged'>;
  eventMs: Span;
};

/** The happy way. */
export const dueWell: Readonly<DueOptions> = {
  ways: { paid: 1 },
  funding: { drawn: 1 },
  fundingMs: [second, minute],
  payouts: { quoted: 1 },
  payoutShown: { quoted: 1 },
  confirmations: { whole: 1 },
  paidUnsaidMs: [0, 0],
  refunds: { full: 1 },
  refundShown: { yes: 1 },
  refusals: { none: 1 },
  accountMs: [0, 0],
  instructionsMs: [0, 0],
  feeCents: 50n,
  quoteMs: 2 * minute,
  pageMax: 100,
  staleLists: { chance: 0, ms: [second, minute] },
  staleReads: { chance: 0, ms: [second, minute] },
  limited: 0,
  limitedMs: [second, minute],
  strangers: 0,
  unreadable: 0,
  surplus: 0,
  events: { once: 1 },
  eventMs: [0, second],
};
