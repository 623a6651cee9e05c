/**
 * Every limit of the system with its unit in its name. Infrastructure (lib/) and runtime (lambdas/) import this
 * same file, so they cannot disagree; the assertions at the end hold the numbers against each other.
 */
import assert from 'node:assert/strict';
import type { Step } from './steps.ts';

/** One outgoing HTTP or JSON-RPC call. Past this we stop waiting and the outcome is unknown. */
export const callTimeoutMs = 8_000;
/** What a step keeps of its invocation's time to record the outcome of its last call. */
export const recordReserveMs = 3_000;

/** Messages in one invocation of a step: the most that SQS FIFO gives to Lambda. */
export const stepBatchMax = 10;
/** Withdrawal ids in one doorbell. */
export const doorbellIdsMax = 100;
/** One step invocation. */
export const stepTimeoutSeconds = 30;
/** AWS asks for at least six times the function's timeout (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
export const stepVisibilitySeconds = 6 * stepTimeoutSeconds;
/** Deliveries of one message before it goes to the dead-letter queue. Never 1: SQS may count a delivery that nobody saw. */
export const stepReceivesMax = 5;
/** A failed message is shown again after this long, times its receive count, instead of the whole visibility timeout. */
export const stepRedeliverySeconds = 5;
/** Queues and dead-letter queues keep a message for 14 days, the most SQS allows. */
export const queueRetentionSeconds = 14 * 24 * 3600;

/** Invocations of one step at the same time (`MaximumConcurrency` of its event source mapping). */
export const stepConcurrencyMax = {
  debit: 50,
  'on-ramp': 20,
  broadcast: 10,
  confirm: 10,
  settle: 50,
  refund: 10,
  webhook: 50,
} as const satisfies Record<Step, number>;

/** Lanes of a wallet where order does not matter: message groups `walletId#lane`. */
export const lanesPerWallet = 16;
/** Partitions of a wallet's inbox index, so that one busy wallet is not one hot partition. */
export const inboxShards = 4;
/** Partitions of the index of what is due. */
export const dueShards = 4;

/** Actions in one DynamoDB transaction (AWS: TransactWriteItems, 100). */
export const transactionActionsMax = 100;
/** Operations of a wallet applied in one transaction. With balance and block they stay well below 100 actions and 400 KB a block. */
export const debitBatchMax = 45;
/**
 * An operation waits this long before it is applied, so that one accepted a moment earlier on another machine
 * has become visible in the inbox index; what arrives meanwhile shares its transaction.
 */
export const inboxSettleMs = 200;
/** And then for company: each transaction on a wallet covers at least this much time, or is full. */
export const inboxGatherMs = 200;
/** How long to wait for an inbox index that still shows what is no longer there. */
export const inboxStaleMs = 100;

/** Stream records in one run of the relay. */
export const relayBatchMax = 100;
export const relayRetriesMax = 10;
export const relayRecordAgeMaxSeconds = 3600;
export const relayTimeoutSeconds = 30;

/** EventBridge starts the sweep this often; one run makes passes until its time is nearly over. */
export const sweepEverySeconds = 60;
export const sweepTimeoutSeconds = 70;
export const sweepRunMs = 56_000;
/** Reconciliation compares the last so many hours, this often. */
export const reconcileEverySeconds = 3_600;
export const reconcilePeriodMs = 26 * 3_600_000;
export const reconcileTimeoutSeconds = 900;
/** A report that is asked for: API Gateway waits 29 s. */
export const reconciliationTimeoutSeconds = 28;
/** Money may be under way for this long before it is a difference: longer than the slowest chain takes to be final. */
export const reconcileInFlightMs = 60 * 60_000;
/** A report that is no older is as good as a new one. */
export const reconcileFreshMs = 60_000;
export const differencesKeptMax = 500;
/** Default time between two passes (`SWEEP_PASS_MS`). */
export const sweepPassMs = 5_000;
/** Moving `dueAt` costs two index writes, as much as ten looks of the sweep: a wait must spare more than those. */
export const dueAtWorthMovingMs = 10 * sweepPassMs;
/** A withdrawal that stands in a stage nobody waits in for this long has lost its doorbell. */
export const lostDoorbellMs = 10_000;
/** How often the on-ramp is asked about a transfer when its events do not come (`POLL_MS` locally). */
export const onRampPollMs = 15_000;
/** A transfer request whose answer was lost may still take effect for this long; only then is it looked up. */
export const onRampSettleMs = 15_000;
/** A quote is not used in the last moments before it expires. */
export const quoteMarginMs = 5_000;
/** Difference allowed between a provider's clock and ours. */
export const providerClockSkewMs = 10_000;
/** A journal whose answer was lost shows in the brokerage's lists within this. */
export const journalSettleMs = 15_000;
/**
 * Only when two looks so far apart say so is it believed that nothing came of a journal whose answer was lost, or of one
 * that was sent again (reliability.md §4.5). The same for a transfer of the on-ramp (§4.6).
 */
export const journalProofMs = 15 * 60_000;
export const onRampProofMs = 30 * 60_000;
/** A conversion whose fate is not known after this long is for a person. */
export const onRampReviewMs = 6 * 3_600_000;
/** For so long the brokerage is trusted to know a journal's key again (reliability.md §4.5: its own word is not known). */
export const journalKeyLifeMs = 12 * 3_600_000;
/** Whether the cash of a journal is still there is asked for so long before each payout; then a person has to. */
export const journalReviewMs = 12 * 3_600_000;
/** A virtual account at the on-ramp that has no bank details yet is asked about again after this at the earliest. */
export const accountWaitMinMs = 1_000;
/** A wire whose answer was lost shows in the brokerage's list within this. */
export const wireSettleMs = 15_000;
/** There is no key for wires: only when there is none after so long, the same is wired again. What is unclear for longer is for a person. */
export const wireProofMs = 30 * 60_000;
export const wireReviewMs = 12 * 3_600_000;
/** A wire that is sent has arrived within this: Fedwire takes two hours (providers.md §2.6), and reconciliation is patient. */
export const wireArrivalMs = 24 * 3_600_000;
/** The longest that anything waits before it is looked at again, whatever a provider says: some journals wait for a day. */
export const journalPollMaxMs = 300_000;
/** A payout may exceed what was taken from the wallet, at par, by at most this: past it the provider's answer is wrong. */
export const payoutAbovePercentMax = 2n;
/**
 * And a quote may fall short of it by at most this: the on-ramp's fees are a fraction of a percent or 5.00 of 1,000.00
 * (providers.md §2.7), so one that keeps more is wrong, or nothing that a client would agree to.
 */
export const payoutBelowPercentMax = 5n;
/** Of a small amount a fixed fee is a large part: so many cents may always be missing. */
export const payoutBelowAlwaysCents = 100n;
/** How long a signed payout may be submitted. Signed again, with the same nonce, when it runs out unused. */
export const authorizationSeconds = 6 * 3600;
/** An authorization is signed again when it has less than this left. */
export const authorizationMarginSeconds = 600;
/** Payouts signed in one transaction: each takes two of its actions, the gas lane one. */
export const payoutBatchMax = 45;
/** A replacement must raise both fees by 10 % at least (geth's rule); we raise them by this. */
export const feeBumpPercent = 25n;
/** The least that is offered to who makes the block: what geth's miner asks (miner.DefaultConfig, 0.001 gwei). */
export const tipMin = 1_000_000n;
/** Gas of one transferWithAuthorization: Circle's costs 60,000 to 110,000. */
export const payoutGasLimit = 150_000n;

/** A payout that is not on chain after this long is looked at again by 4-broadcast: sent again, or carried by another transaction. */
export const payoutStuckMs = 30_000;
/** One that is next in its lane and still not on chain after this long is raised whatever the fees are, then after twice as long, and so on. */
export const payoutLostMs = 10 * 60_000;

/** The API's own functions. API Gateway gives up after 29 s; we answer long before. */
export const apiTimeoutSeconds = 10;
/** How long API Gateway may reuse the authorizer's answer for a key: also how long a revoked key may live on. */
export const authorizerCacheSeconds = 10;

/** Waits before the attempts of a step: 1, 2, 4, 8, 16, 30, 30 … s (contract, "Retries of a step"), each ±25 %. */
export const retryDelaysSeconds = [1, 2, 4, 8, 16, 30] as const;
export const retryJitter = 0.25;
/**
 * Faults of a provider's operation in an unbroken row that open its circuit breaker: fewer than the attempts that a
 * withdrawal has by default (`maxRetries` 3), so that an outage opens it before it fails anybody.
 */
export const breakerFaultsMax = 3;
/** How long an open breaker waits before its first probe; doubled after each that fails. */
export const breakerOpenMs = 1_000;
export const breakerOpenMaxMs = 15_000;
/** A probe that was claimed and never reported is claimed again after this long. */
export const breakerProbeMs = 10_000;
/** New calls after an outage: 1, 2, 4 … at once; past this many the breaker is closed. */
export const breakerRampFull = 8;
/** How long a worker believes what it last read of a breaker. */
export const breakerMemoryMs = 1_000;

/** Waits before attempts 1–6 of a webhook (contract, "Seven attempts"). */
export const webhookDelaysSeconds = [1, 2, 4, 8, 16, 32] as const;
export const webhookTimeoutMs = 10_000;
export const webhookResponseBytesMax = 4_096;
export const webhookRetryAfterMaxSeconds = 300;
/** The clock that stamps a new endpoint and the one that stamps an event may differ by so much. */
export const endpointClockSkewMs = 10_000;

/** Request bodies (contract, section 2). */
export const bodyBytesMax = 64 * 1024;
export const jsonDepthMax = 32;
export const referenceLengthMax = 255;
export const metadataEntriesMax = 20;
export const metadataValueLengthMax = 500;
export const metadataKeyLengthMax = 40;

/** A GraphQL document, before anything looks at what it asks for. The standard introspection query has 163. */
export const graphqlTokensMax = 1_000;
/** Fields inside fields. The deepest there are, in a list of withdrawals, are 4 deep. */
export const graphqlDepthMax = 6;
/** Each alias of an operation is one more request: as many as one HTTP request may stand for. */
export const graphqlAliasesMax = 10;
/** Uses of fragments: the work of validation grows exponentially with fragments in fragments. */
export const graphqlSpreadsMax = 20;
/** Values in an answer. A page of 100 withdrawals with every field has 3,500. */
export const graphqlCostMax = 5_000;
/** Lambda answers with at most 6 MB, our answer being a string in it (AWS Lambda guide, "Lambda quotas"). */
export const graphqlAnswerBytesMax = 5 * 1024 * 1024;

/** Items of a list in one answer (contract, "Lists"). */
export const pageDefault = 50;
export const pageMax = 100;
/** Items that one request for a filtered list looks at; what it has found by then is its page. */
export const pageLooksMax = 1_000;
/** Partitions of a tenant's list of withdrawals, so that a busy tenant is not one hot partition. */
export const tenantListShards = 4;
/** How often a client may have one withdrawal taken up again: each time makes its timeline longer. */
export const takeUpsMax = 10;
/** Why a person has resolved a withdrawal in REVIEW, and who attests it. */
export const reasonLengthMax = 500;
/** The daily counters of limits are kept for this long after their day. */
export const counterKeptDays = 40;

assert(6 * stepTimeoutSeconds <= stepVisibilitySeconds);
assert(stepReceivesMax > 1);
// A step may make two calls one after the other and still record the second.
assert(2 * callTimeoutMs + recordReserveMs < stepTimeoutSeconds * 1_000);
assert(onRampSettleMs > callTimeoutMs);
assert(breakerProbeMs > callTimeoutMs);
assert(journalSettleMs > callTimeoutMs && wireSettleMs > callTimeoutMs);
assert(webhookTimeoutMs + recordReserveMs < stepTimeoutSeconds * 1_000);
assert(2 * payoutBatchMax + 1 <= transactionActionsMax);
assert(debitBatchMax + 2 <= transactionActionsMax);
assert(sweepRunMs < sweepEverySeconds * 1_000 && sweepEverySeconds < sweepTimeoutSeconds);
assert(stepReceivesMax * stepVisibilitySeconds < queueRetentionSeconds);
assert(apiTimeoutSeconds < 29);
