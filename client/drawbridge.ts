// @ts-nocheck
/**
 * Drawbridge
 * 1.0.0
 * DO NOT MODIFY - This file has been generated using oazapfts.
 * See https://www.npmjs.com/package/oazapfts
 */
import * as Oazapfts from "@oazapfts/runtime";
import * as QS from "@oazapfts/runtime/query";
export const defaults: Oazapfts.Defaults<Oazapfts.CustomHeaders> = {
    headers: {},
    baseUrl: "/"
};
const oazapfts = Oazapfts.runtime(defaults);
export const servers = {
    server1: "/"
};
export type CreateWithdrawal = {
    walletId: string;
    /** A decimal string in the major unit of its currency, more than zero and with at most as many decimals as the currency has. */
    amount: string;
    asset: string;
    network: string;
    /** By the rules of its network. EVM: mixed case must satisfy its EIP-55 checksum. Solana: the wallet, not its token account. */
    destinationAddress: string;
    /** Your own name for it. Withdrawals can be found by it. */
    reference?: string | null;
    metadata?: {
        [key: string]: string;
    };
    /** How often a step whose failure is proven harmless is tried again. */
    maxRetries?: number;
};
export type WithdrawalFailure = {
    code: "INSUFFICIENT_FUNDS" | "BROKERAGE_REJECTED" | "ON_RAMP_REJECTED" | "PAYOUT_REVERTED" | "PAYOUT_EXPIRED" | "PAYOUT_CANCELLED" | "CANCELLED_BY_CLIENT" | "RETRIES_EXHAUSTED" | "OUTCOME_UNKNOWN";
    message: string;
    retryable: boolean;
};
export type Withdrawal = {
    /** Id of a withdrawal */
    id: string;
    /** Id of a wallet */
    walletId: string;
    status: "PENDING" | "PROCESSING" | "RETRYING" | "COMPLETED" | "FAILED" | "CANCELLED" | "REVIEW";
    stage: "requested" | "debiting" | "reserved" | "converting" | "converted" | "signed" | "broadcast" | "confirmed" | "settled" | "refunding" | "refunded" | "rejected" | "cancelled" | "review";
    /** A decimal string in the major unit of its currency. */
    amount: string;
    currency: "USD" | "USDC" | "ETH" | "SOL" | "BTC";
    asset: "USDC" | "ETH" | "SOL" | "BTC";
    network: "ethereum" | "base" | "polygon" | "arbitrum" | "solana" | "bitcoin";
    destinationAddress: string;
    payout: {
        /** A decimal string in the major unit of its currency. */
        amount: string;
        asset: "USDC" | "ETH" | "SOL" | "BTC";
    } | null;
    fees: {
        "type": "on-ramp";
        /** A decimal string in the major unit of its currency. */
        amount: string;
        currency: "USD" | "USDC" | "ETH" | "SOL" | "BTC";
    }[];
    txHash: string | null;
    explorerUrl: string | null;
    confirmations: number;
    retryCount: number;
    maxRetries: number;
    nextAttemptAt: string | null;
    failure: WithdrawalFailure | null;
    reference: string | null;
    metadata: {
        [key: string]: string;
    };
    idempotencyKey: string;
    createdAt: string;
    updatedAt: string;
    completedAt: string | null;
};
export type Problem = {
    "type": string;
    title: string;
    status: number;
    detail: string;
    code: "INVALID_REQUEST" | "IDEMPOTENCY_KEY_REQUIRED" | "IDEMPOTENCY_KEY_INVALID" | "INVALID_AMOUNT" | "INVALID_ADDRESS" | "INVALID_CURSOR" | "UNAUTHORIZED" | "FORBIDDEN" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "RATE_LIMITED" | "NOT_RETRYABLE" | "TOO_LATE_TO_CANCEL" | "CONFLICT" | "IDEMPOTENCY_KEY_REUSED" | "NETWORK_NOT_SUPPORTED" | "WALLET_SUSPENDED" | "CURRENCY_MISMATCH" | "LIMIT_EXCEEDED" | "INSUFFICIENT_FUNDS" | "ACCOUNT_INACTIVE" | "WEBHOOK_URL_NOT_ALLOWED" | "TEMPORARILY_UNAVAILABLE";
    requestId: string;
    errors?: {
        /** Where it is: a JSON Pointer into the body, or the name of a parameter. */
        pointer: string;
        code: string;
        detail: string;
    }[];
    limit?: string | null;
    remaining?: string | null;
    resetsAt?: string | null;
};
export type WithdrawalPage = {
    data: Withdrawal[];
    /** Where the list goes on; null at its end. */
    nextCursor: string | null;
};
export type Timeline = {
    sequence: number;
    stage: "requested" | "debiting" | "reserved" | "converting" | "converted" | "signed" | "broadcast" | "confirmed" | "settled" | "refunding" | "refunded" | "rejected" | "cancelled" | "review";
    status: "PENDING" | "PROCESSING" | "RETRYING" | "COMPLETED" | "FAILED" | "CANCELLED" | "REVIEW";
    at: string;
    detail?: string;
    attempt?: number;
}[];
export type CreateWallet = {
    currency: "USD" | "USDC" | "ETH" | "SOL" | "BTC";
    funding?: {
        "type": "ledger";
    } | {
        "type": "alpaca";
        accountId: string;
    };
    /** Your own name for it. Withdrawals can be found by it. */
    reference?: string | null;
    metadata?: {
        [key: string]: string;
    };
};
export type Wallet = {
    /** Id of a wallet */
    id: string;
    currency: "USD" | "USDC" | "ETH" | "SOL" | "BTC";
    /** A decimal string in the major unit of its currency. */
    available: string;
    /** A decimal string in the major unit of its currency. */
    held: string;
    status: "ACTIVE" | "SUSPENDED";
    funding: {
        "type": "ledger";
    } | {
        "type": "alpaca";
        accountId: string;
    };
    reference: string | null;
    metadata: {
        [key: string]: string;
    };
    createdAt: string;
    updatedAt: string;
};
export type WalletPage = {
    data: Wallet[];
    /** Where the list goes on; null at its end. */
    nextCursor: string | null;
};
export type UpdateWallet = {
    status: "ACTIVE" | "SUSPENDED";
};
export type CreateTransaction = {
    "type": "CREDIT" | "DEBIT";
    /** A decimal string in the major unit of its currency, more than zero and with at most as many decimals as the currency has. */
    amount: string;
    /** Your own name for it. Withdrawals can be found by it. */
    reference?: string | null;
    metadata?: {
        [key: string]: string;
    };
};
export type TransactionFailure = {
    code: "INSUFFICIENT_FUNDS" | "BALANCE_LIMIT";
    message: string;
    retryable: boolean;
};
export type Transaction = {
    /** Id of a wallet transaction */
    id: string;
    /** Id of a wallet */
    walletId: string;
    "type": "CREDIT" | "DEBIT";
    /** A decimal string in the major unit of its currency. */
    amount: string;
    currency: "USD" | "USDC" | "ETH" | "SOL" | "BTC";
    status: "PENDING" | "PROCESSED" | "FAILED";
    failure: TransactionFailure | null;
    reference: string | null;
    metadata: {
        [key: string]: string;
    };
    createdAt: string;
    processedAt: string | null;
};
export type TransactionPage = {
    data: Transaction[];
    /** Where the list goes on; null at its end. */
    nextCursor: string | null;
};
export type WalletOperation = {
    id: string;
    /** Id of a wallet */
    walletId: string;
    "type": "CREDIT" | "DEBIT" | "WITHDRAWAL";
    /** A decimal string in the major unit of its currency. */
    amount: string;
    status: "PENDING" | "PROCESSING" | "RETRYING" | "COMPLETED" | "FAILED" | "CANCELLED" | "REVIEW" | "PROCESSED";
    processedAt?: string;
    failure?: WithdrawalFailure | TransactionFailure;
};
export type Entry = {
    sequence: number;
    kind: "CREDIT" | "DEBIT" | "HOLD" | "PAYOUT" | "FEE" | "RELEASE" | "FUND" | "RETURN";
    debit: "wallet:available" | "wallet:held" | "external:deposit" | "external:brokerage" | "external:payout" | "fees";
    credit: "wallet:available" | "wallet:held" | "external:deposit" | "external:brokerage" | "external:payout" | "fees";
    /** A decimal string in the major unit of its currency. */
    amount: string;
    /** A decimal string in the major unit of its currency. */
    availableAfter: string;
    /** A decimal string in the major unit of its currency. */
    heldAfter: string;
    sourceId: string;
    /** When its block was written. */
    at: string;
    /** The SHA-256 of its block, which has the hash of the block before it (docs/console.md): whoever has all entries can compute the chain again. */
    blockHash: string;
};
export type EntryPage = {
    data: Entry[];
    /** Where the list goes on; null at its end. */
    nextCursor: string | null;
};
export type CreateWebhookEndpoint = {
    /** https, on the public internet, without credentials, at most 2048 characters. */
    url: string;
    /** Events by name, `withdrawal.*` and the like for all of a kind, `*` for all. `+credit` and `-debit` are other names of `wallet.credited` and `wallet.debited`. */
    events: ("withdrawal.requested" | "withdrawal.reserved" | "withdrawal.converted" | "withdrawal.broadcast" | "withdrawal.retrying" | "withdrawal.completed" | "withdrawal.failed" | "withdrawal.cancelled" | "withdrawal.review" | "wallet.credited" | "wallet.debited" | "webhook-endpoint.disabled" | "+credit" | "-debit" | "withdrawal.*" | "wallet.*" | "webhook-endpoint.*" | "*")[];
    /** A GET has no body: the event is in its query. */
    method?: "POST" | "GET";
    /** The query parameters of a GET: templates over the event's data, such as `{amount}` or `{payout.amount}`; `{event.id}`, `{event.type}`, `{event.timestamp}` and `{event.sequence}` are the event's own. Without any, each plain field of the data is a parameter, besides `event_id` and `event_type`. */
    urlParams?: {
        [key: string]: string;
    } | null;
    description?: string | null;
};
export type CreatedWebhookEndpoint = {
    /** Id of a webhook endpoint */
    id: string;
    url: string;
    method: "POST" | "GET";
    urlParams: {
        [key: string]: string;
    } | null;
    events: ("withdrawal.requested" | "withdrawal.reserved" | "withdrawal.converted" | "withdrawal.broadcast" | "withdrawal.retrying" | "withdrawal.completed" | "withdrawal.failed" | "withdrawal.cancelled" | "withdrawal.review" | "wallet.credited" | "wallet.debited" | "webhook-endpoint.disabled" | "+credit" | "-debit" | "withdrawal.*" | "wallet.*" | "webhook-endpoint.*" | "*")[];
    description: string | null;
    enabled: boolean;
    /** Why we have disabled it: `RECEIVER_GONE`, its receiver answered 410; `FAILING`, every attempt of five days failed. Null also when you have disabled it. */
    disabledReason: ("RECEIVER_GONE" | "FAILING") | null;
    createdAt: string;
    /** Shown this once. */
    secret: string;
};
export type WebhookEndpoint = {
    /** Id of a webhook endpoint */
    id: string;
    url: string;
    method: "POST" | "GET";
    urlParams: {
        [key: string]: string;
    } | null;
    events: ("withdrawal.requested" | "withdrawal.reserved" | "withdrawal.converted" | "withdrawal.broadcast" | "withdrawal.retrying" | "withdrawal.completed" | "withdrawal.failed" | "withdrawal.cancelled" | "withdrawal.review" | "wallet.credited" | "wallet.debited" | "webhook-endpoint.disabled" | "+credit" | "-debit" | "withdrawal.*" | "wallet.*" | "webhook-endpoint.*" | "*")[];
    description: string | null;
    enabled: boolean;
    /** Why we have disabled it: `RECEIVER_GONE`, its receiver answered 410; `FAILING`, every attempt of five days failed. Null also when you have disabled it. */
    disabledReason: ("RECEIVER_GONE" | "FAILING") | null;
    createdAt: string;
};
export type WebhookEndpointPage = {
    data: WebhookEndpoint[];
    /** Where the list goes on; null at its end. */
    nextCursor: string | null;
};
export type UpdateWebhookEndpoint = {
    /** https, on the public internet, without credentials, at most 2048 characters. */
    url?: string;
    /** Events by name, `withdrawal.*` and the like for all of a kind, `*` for all. `+credit` and `-debit` are other names of `wallet.credited` and `wallet.debited`. */
    events?: ("withdrawal.requested" | "withdrawal.reserved" | "withdrawal.converted" | "withdrawal.broadcast" | "withdrawal.retrying" | "withdrawal.completed" | "withdrawal.failed" | "withdrawal.cancelled" | "withdrawal.review" | "wallet.credited" | "wallet.debited" | "webhook-endpoint.disabled" | "+credit" | "-debit" | "withdrawal.*" | "wallet.*" | "webhook-endpoint.*" | "*")[];
    /** A GET has no body: the event is in its query. */
    method?: "POST" | "GET";
    /** The query parameters of a GET: templates over the event's data, such as `{amount}` or `{payout.amount}`; `{event.id}`, `{event.type}`, `{event.timestamp}` and `{event.sequence}` are the event's own. Without any, each plain field of the data is a parameter, besides `event_id` and `event_type`. */
    urlParams?: {
        [key: string]: string;
    } | null;
    description?: string | null;
    enabled?: boolean;
};
export type WebhookDeliveryAttempt = {
    "number": number;
    startedAt: string;
    completedAt: string | null;
    durationMs: number | null;
    httpStatus: number | null;
    /** Its first 4 KiB. */
    responseBody: string | null;
    /** Why there is no answer. `SENT_UNKNOWN`: its end was never seen, so the receiver may have got it. */
    error: string | null;
    /** Of a GET: the query that was sent. */
    query: string | null;
};
export type WebhookDelivery = {
    /** Id of a delivery: of one event to one endpoint */
    id: string;
    /** Id of a webhook endpoint */
    endpointId: string;
    /** Id of an event: the `webhook-id` of all that is sent of it */
    eventId: string;
    "type": string;
    status: "PENDING" | "PROCESSING" | "COMPLETED" | "FAILED";
    /** Why it was given up. */
    failure: ("EXHAUSTED" | "RECEIVER_GONE" | "ENDPOINT_DISABLED" | "ENDPOINT_DELETED") | null;
    nextAttemptAt: string | null;
    /** The event, as each POST sends it. */
    body: string;
    attempts: WebhookDeliveryAttempt[];
    /** How often it was delivered once more; `attempts` are those of the last time. */
    redeliveries: number;
    /** The attempts of the times before, where one delivery is asked for. */
    earlierAttempts: WebhookDeliveryAttempt[][];
    createdAt: string;
};
export type WebhookDeliveryPage = {
    data: WebhookDelivery[];
    /** Where the list goes on; null at its end. */
    nextCursor: string | null;
};
export type ReplayWebhooks = {
    since: string;
};
export type WebhookReplay = {
    id: string;
    total: number;
    done: number;
};
export type SendWebhook = {
    event_type: string;
    /** Your name for it: the same is sent to an endpoint once. */
    event_id: string;
    config_id: string;
    /** The data of the event. */
    url_params?: {
        [key: string]: any;
    };
};
export type WebhookStats = {
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    attempts: number;
    /** Of the deliveries that have ended. */
    successRate: number;
    /** Half of the attempts took no longer. */
    p50Ms: number | null;
    p95Ms: number | null;
    byEndpoint: {
        /** Id of a webhook endpoint */
        endpointId: string;
        pending: number;
        processing: number;
        completed: number;
        failed: number;
        attempts: number;
        /** Of the deliveries that have ended. */
        successRate: number;
        /** Half of the attempts took no longer. */
        p50Ms: number | null;
        p95Ms: number | null;
    }[];
};
export type GraphqlAnswer = {
    data?: {
        [key: string]: any;
    } | null;
    errors?: {
        message: string;
        extensions: {
            code: string;
            status: number;
            [key: string]: any;
        };
        [key: string]: any;
    }[];
};
export type Reconciliation = {
    "from": string;
    to: string;
    /** When the comparison began. */
    checkedAt: string;
    /** When all sides had been compared. */
    finishedAt: string;
    differences: {
        kind: "unknown-payout" | "missing-payout" | "wrong-payout" | "unrecorded-payout" | "paid-and-given-back" | "transfer-claimed-twice" | "transfer-unclaimed" | "transfer-missing" | "transfer-differs" | "transfer-state" | "deposit-differs" | "deposit-claimed-twice" | "journal-unknown" | "journal-missing" | "journal-twice" | "journal-differs" | "journal-state" | "wire-unknown" | "wire-claimed-twice" | "wire-twice" | "wire-missing" | "wire-differs" | "wire-state" | "state-without-effect" | "ledger-block" | "wallet-balance" | "hold" | "unreadable";
        /** Where to look. With the kind the same in every report. */
        what: string;
        /** Id of a withdrawal */
        withdrawalId?: string;
        /** Id of a wallet */
        walletId?: string;
        providerId?: string;
        expected: string;
        found: string;
        firstSeenAt?: string;
    }[];
};
export type ReconciliationAsked = {
    requestedAt: string;
};
export type OpenWithdrawal = {
    /** Id of a withdrawal */
    id: string;
    /** Id of a wallet */
    walletId: string;
    status: "PENDING" | "PROCESSING" | "RETRYING" | "COMPLETED" | "FAILED" | "CANCELLED" | "REVIEW";
    stage: "requested" | "debiting" | "reserved" | "converting" | "converted" | "signed" | "broadcast" | "confirmed" | "settled" | "refunding" | "refunded" | "rejected" | "cancelled" | "review";
    /** A decimal string in the major unit of its currency. */
    amount: string;
    currency: "USD" | "USDC" | "ETH" | "SOL" | "BTC";
    asset: "USDC" | "ETH" | "SOL" | "BTC";
    network: "ethereum" | "base" | "polygon" | "arbitrum" | "solana" | "bitcoin";
    destinationAddress: string;
    payout: {
        /** A decimal string in the major unit of its currency. */
        amount: string;
        asset: "USDC" | "ETH" | "SOL" | "BTC";
    } | null;
    fees: {
        "type": "on-ramp";
        /** A decimal string in the major unit of its currency. */
        amount: string;
        currency: "USD" | "USDC" | "ETH" | "SOL" | "BTC";
    }[];
    txHash: string | null;
    explorerUrl: string | null;
    confirmations: number;
    retryCount: number;
    maxRetries: number;
    nextAttemptAt: string | null;
    failure: WithdrawalFailure | null;
    reference: string | null;
    metadata: {
        [key: string]: string;
    };
    idempotencyKey: string;
    createdAt: string;
    updatedAt: string;
    completedAt: string | null;
    tenant: string;
    /** The stage from which it went to REVIEW. */
    heldFrom: ("requested" | "debiting" | "reserved" | "converting" | "converted" | "signed" | "broadcast" | "confirmed" | "settled" | "refunding" | "refunded" | "rejected" | "cancelled" | "review") | null;
    /** null once it has ended. */
    waitingFor: {
        /** What is not the usual course, by name; `retry`: the next try of a step; `review`: a person; else the step that is to act or asks how far the outside world is. */
        reason: "treasury-short" | "transfers-refused" | "gas-short" | "gas-above-cap" | "fee-above-cap" | "payee-refused" | "payout-late" | "being-cancelled" | "payer-key-missing" | "node-away" | "wrong-chain" | "on-ramp-away" | "on-ramp-account" | "on-ramp-decides" | "dollars-late" | "conversion-late" | "payment-unnamed" | "payment-unseen" | "brokerage-away" | "debit-unclear" | "debits-ahead" | "cash-unclear" | "not-given-back" | "switch" | "processor-stopped" | "switch-unread" | "retry" | "review" | "journal" | "debit" | "on-ramp" | "broadcast" | "confirm" | "refund";
        since: string;
        until?: string;
    } | null;
    /** What another principal may confirm now. */
    proposals: {
        /** Id of a withdrawal */
        withdrawalId: string;
        resolution: "resume" | "refund" | "cancel-payout";
        status: "PROPOSED" | "CONFIRMED";
        proposed: {
            /** The principal. */
            by: string;
            reason: string;
            at: string;
        };
        confirmed: {
            /** The principal. */
            by: string;
            reason: string;
            at: string;
        } | null;
        /** A proposal that nobody has confirmed by then is void. */
        expiresAt: string;
    }[];
};
export type OpenPage = {
    data: OpenWithdrawal[];
    /** Where the list goes on; null at its end. */
    nextCursor: string | null;
};
export type Trace = {
    /** Id of a withdrawal */
    withdrawalId: string;
    /** As W3C Trace Context writes it, and OpenTelemetry. */
    traceId: string;
    /** The same id as AWS X-Ray writes it. */
    xrayTraceId: string;
    /** `timeline`: these are the spans of its stages; what was asked of whom meanwhile is in X-Ray or wherever traces are sent, under `traceId`. */
    source: "spans" | "timeline";
    spans: {
        spanId: string;
        /** null: the span of its whole life. */
        parentId: string | null;
        /** `withdrawal`, the name of a stage, or what was asked of whom. */
        name: string;
        status: "OK" | "ERROR";
        startedAt: string;
        /** null: it goes on. */
        endedAt: string | null;
        durationMs: number | null;
        attributes: {
            [key: string]: string | number | boolean;
        };
    }[];
};
export type Resolve = {
    /** What was found, in one line. Clients never see it. */
    reason: string;
};
export type Resolution = {
    /** Id of a withdrawal */
    withdrawalId: string;
    resolution: "resume" | "refund" | "cancel-payout";
    status: "PROPOSED" | "CONFIRMED";
    proposed: {
        /** The principal. */
        by: string;
        reason: string;
        at: string;
    };
    confirmed: {
        /** The principal. */
        by: string;
        reason: string;
        at: string;
    } | null;
    /** A proposal that nobody has confirmed by then is void. */
    expiresAt: string;
    withdrawal: OpenWithdrawal;
};
export type Switch = {
    name: "accept" | "debit" | "on-ramp" | "sign" | "broadcast" | "webhook";
    on: boolean;
    /** The principal; null: nobody has turned it yet. */
    by: string | null;
    reason: string | null;
    at: string | null;
};
export type Switches = {
    data: Switch[];
    /** The newest turns, those of the processor among them, newest first. */
    history: {
        name: "accept" | "debit" | "on-ramp" | "sign" | "broadcast" | "webhook" | "processor";
        on: boolean;
        by: string;
        reason: string;
        at: string;
    }[];
};
export type TurnSwitch = {
    on: boolean;
    /** Why, in one line. It is kept. */
    reason: string;
};
export type Processor = {
    state: "RUNNING" | "STOPPED";
    /** The principal; null: nobody has turned it yet. */
    by: string | null;
    reason: string | null;
    at: string | null;
};
export type TurnProcessor = {
    /** Why, in one line. It is kept. */
    reason?: string;
};
export type Stats = {
    /** Withdrawals that have ended. */
    processed: number;
    succeeded: number;
    failed: number;
    retries: number;
    inFlight: number;
    /** Of those that succeeded or failed; 1 while there are none. */
    successRate: number;
    queueDepth: {
        [key: string]: number;
    };
    deadLetters: {
        [key: string]: number;
    };
};
export type DeadLetters = {
    data: {
        messageId: string;
        "from": "journal" | "debit" | "on-ramp" | "broadcast" | "confirm" | "refund" | "webhook" | "webhook-retry" | "relay";
        /** What it rings for. */
        ids: string[];
        /** Those that it is about, as they are now. */
        withdrawals: {
            /** Id of a withdrawal */
            id: string;
            tenant: string;
            status: "PENDING" | "PROCESSING" | "RETRYING" | "COMPLETED" | "FAILED" | "CANCELLED" | "REVIEW";
            stage: "requested" | "debiting" | "reserved" | "converting" | "converted" | "signed" | "broadcast" | "confirmed" | "settled" | "refunding" | "refunded" | "rejected" | "cancelled" | "review";
            updatedAt: string;
        }[];
        /** What the step said the last time; null: nobody knows any more. */
        why: string | null;
        failedAt: string | null;
        sentAt: string;
        firstReceivedAt: string | null;
        receives: number;
    }[];
    /** Roughly, as SQS counts. */
    total: number;
};
export type Redriven = {
    step: "journal" | "debit" | "on-ramp" | "broadcast" | "confirm" | "refund" | "webhook" | "webhook-retry" | "relay";
    /** `RUNNING`: it was under way already. `NOTHING`: the relay has no dead letters. */
    status: "STARTED" | "RUNNING" | "NOTHING";
};
export type Treasury = {
    data: {
        network: "ethereum" | "base" | "polygon" | "arbitrum" | "solana" | "bitcoin";
        asset: "USDC" | "ETH" | "SOL" | "BTC";
        treasury: {
            address: string | null;
            balance: string | null;
            /** Why it is not known; null: it is. */
            "unknown": string | null;
        };
        signedNotFinal: {
            count: number;
            /** A decimal string. */
            amount: string;
            oldestSince: string | null;
        };
        waitsForMoney: {
            count: number;
            /** A decimal string. */
            amount: string;
            oldestSince: string | null;
        };
        gasLanes: {
            address: string;
            balance: string | null;
            nextNonce: number | null;
            oldestUnconfirmed: {
                /** Id of a withdrawal */
                withdrawalId: string;
                nonce: number;
                since: string;
            } | null;
            /** Why it is not known; null: it is. */
            "unknown": string | null;
        }[];
        /** Why it is not known; null: it is. */
        gasLanesUnknown: string | null;
        /** Whether payouts that wait together share one transaction, and why not; null: unknown. */
        payoutContract: {
            address: string | null;
            inUse: boolean | null;
            why: string | null;
        };
    }[];
    /** False: so many are in flight that the sums are those of the oldest of them. */
    complete: boolean;
};
export type CircuitBreakers = {
    data: {
        provider: "brokerage" | "on-ramp" | "ethereum" | "base" | "polygon" | "arbitrum" | "solana" | "bitcoin";
        operation: "journal" | "quote" | "read" | "send" | "transfer";
        state: "CLOSED" | "OPEN" | "HALF_OPEN";
        /** Since when it is not closed. */
        since: string | null;
        /** In a row, without a success between. */
        failures: number;
    }[];
};
export type Health = {
    status: "ok" | "down";
    checks: {
        database: "ok" | "down";
        queues: "ok" | "down";
    };
};
/**
 * Withdraw money to an address on a chain
 */
export function createWithdrawal(idempotencyKey: string, createWithdrawal: CreateWithdrawal, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Withdrawal;
    } | {
        status: 202;
        data: Withdrawal;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/withdrawals", oazapfts.json({
        ...opts,
        method: "POST",
        body: createWithdrawal,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "Idempotency-Key": idempotencyKey
        })
    }));
}
/**
 * List withdrawals
 */
export function listWithdrawals({ walletId, status, reference, idempotencyKey, limit, cursor }: {
    walletId?: string;
    status?: "PENDING" | "PROCESSING" | "RETRYING" | "COMPLETED" | "FAILED" | "CANCELLED" | "REVIEW";
    reference?: string;
    idempotencyKey?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WithdrawalPage;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/withdrawals${QS.query(QS.explode({
        walletId,
        status,
        reference,
        idempotencyKey,
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * A withdrawal as it is now
 */
export function getWithdrawal(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Withdrawal;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/withdrawals/${encodeURIComponent(id)}`, {
        ...opts
    });
}
/**
 * The timeline of a withdrawal
 */
export function getWithdrawalEvents(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Timeline;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/withdrawals/${encodeURIComponent(id)}/events`, {
        ...opts
    });
}
/**
 * Take a withdrawal up again
 */
export function retryWithdrawal(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 202;
        data: Withdrawal;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/withdrawals/${encodeURIComponent(id)}/retry`, {
        ...opts,
        method: "POST"
    });
}
/**
 * Cancel a withdrawal
 */
export function cancelWithdrawal(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Withdrawal;
    } | {
        status: 202;
        data: Withdrawal;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/withdrawals/${encodeURIComponent(id)}/cancel`, {
        ...opts,
        method: "POST"
    });
}
/**
 * Create a wallet
 */
export function createWallet(createWallet: CreateWallet, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 201;
        data: Wallet;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/wallets", oazapfts.json({
        ...opts,
        method: "POST",
        body: createWallet
    }));
}
/**
 * List wallets
 */
export function listWallets({ limit, cursor }: {
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WalletPage;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/wallets${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * A wallet with its balance
 */
export function getWallet(walletId: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Wallet;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/wallets/${encodeURIComponent(walletId)}`, {
        ...opts
    });
}
/**
 * Suspend a wallet, or make it active again
 */
export function updateWallet(walletId: string, updateWallet: UpdateWallet, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Wallet;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/wallets/${encodeURIComponent(walletId)}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body: updateWallet
    }));
}
/**
 * Credit or debit a wallet
 */
export function createWalletTransaction(walletId: string, idempotencyKey: string, createTransaction: CreateTransaction, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Transaction;
    } | {
        status: 202;
        data: Transaction;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/wallets/${encodeURIComponent(walletId)}/transactions`, oazapfts.json({
        ...opts,
        method: "POST",
        body: createTransaction,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "Idempotency-Key": idempotencyKey
        })
    }));
}
/**
 * List the credits and debits of a wallet
 */
export function listWalletTransactions(walletId: string, { limit, cursor }: {
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: TransactionPage;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/wallets/${encodeURIComponent(walletId)}/transactions${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * A credit or debit as it is now
 */
export function getWalletTransaction(walletId: string, transactionId: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Transaction;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/wallets/${encodeURIComponent(walletId)}/transactions/${encodeURIComponent(transactionId)}`, {
        ...opts
    });
}
/**
 * Any operation on a wallet, in one shape
 */
export function getWalletOperation(walletId: string, id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WalletOperation;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/wallets/${encodeURIComponent(walletId)}/operations/${encodeURIComponent(id)}`, {
        ...opts
    });
}
/**
 * The ledger of a wallet
 */
export function listWalletEntries(walletId: string, { order, limit, cursor }: {
    order?: "newest" | "oldest" | "desc" | "asc";
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: EntryPage;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/wallets/${encodeURIComponent(walletId)}/entries${QS.query(QS.explode({
        order,
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Register a webhook endpoint
 */
export function createWebhookEndpoint(createWebhookEndpoint: CreateWebhookEndpoint, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 201;
        data: CreatedWebhookEndpoint;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/webhook-endpoints", oazapfts.json({
        ...opts,
        method: "POST",
        body: createWebhookEndpoint
    }));
}
/**
 * List webhook endpoints
 */
export function listWebhookEndpoints({ limit, cursor }: {
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WebhookEndpointPage;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-endpoints${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * A webhook endpoint
 */
export function getWebhookEndpoint(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WebhookEndpoint;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-endpoints/${encodeURIComponent(id)}`, {
        ...opts
    });
}
/**
 * Change a webhook endpoint
 */
export function updateWebhookEndpoint(id: string, updateWebhookEndpoint: UpdateWebhookEndpoint, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WebhookEndpoint;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-endpoints/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body: updateWebhookEndpoint
    }));
}
/**
 * Delete a webhook endpoint
 */
export function deleteWebhookEndpoint(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 204;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-endpoints/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    });
}
/**
 * Replace the secret of a webhook endpoint
 */
export function rotateWebhookSecret(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: CreatedWebhookEndpoint;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-endpoints/${encodeURIComponent(id)}/rotate-secret`, {
        ...opts,
        method: "POST"
    });
}
/**
 * Send a webhook endpoint a test event
 */
export function testWebhookEndpoint(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 202;
        data: WebhookDelivery;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-endpoints/${encodeURIComponent(id)}/test`, {
        ...opts,
        method: "POST"
    });
}
/**
 * List the deliveries to a webhook endpoint
 */
export function listWebhookDeliveries(id: string, { status, $type, createdAfter, createdBefore, limit, cursor }: {
    status?: "PENDING" | "PROCESSING" | "COMPLETED" | "FAILED";
    $type?: string;
    createdAfter?: string;
    createdBefore?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WebhookDeliveryPage;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-endpoints/${encodeURIComponent(id)}/deliveries${QS.query(QS.explode({
        status,
        "type": $type,
        createdAfter,
        createdBefore,
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Deliver everything since a time once more
 */
export function replayWebhooks(id: string, replayWebhooks: ReplayWebhooks, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 202;
        data: WebhookReplay;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-endpoints/${encodeURIComponent(id)}/replay`, oazapfts.json({
        ...opts,
        method: "POST",
        body: replayWebhooks
    }));
}
/**
 * Deliver once more
 */
export function redeliverWebhook(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 202;
        data: WebhookReplay;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-deliveries/${encodeURIComponent(id)}/redeliver`, {
        ...opts,
        method: "POST"
    });
}
/**
 * Send an endpoint an event of your own
 */
export function sendWebhook(sendWebhook: SendWebhook, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 202;
        data: WebhookDelivery;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/webhooks", oazapfts.json({
        ...opts,
        method: "POST",
        body: sendWebhook
    }));
}
/**
 * How deliveries go
 */
export function getWebhookStats(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WebhookStats;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/webhooks/stats", {
        ...opts
    });
}
/**
 * A delivery with its attempts
 */
export function getWebhookDelivery(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WebhookDelivery;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/webhook-deliveries/${encodeURIComponent(id)}`, {
        ...opts
    });
}
/**
 * The same operations as GraphQL
 */
export function graphql(body: {
    query: string;
    operationName?: string | null;
    variables?: {
        [key: string]: any;
    } | null;
    extensions?: {
        [key: string]: any;
    } | null;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: GraphqlAnswer;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/graphql", oazapfts.json({
        ...opts,
        method: "POST",
        body
    }));
}
/**
 * Whether all books agree
 */
export function getReconciliation(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Reconciliation;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/reconciliation", {
        ...opts
    });
}
/**
 * Compare all books now
 */
export function startReconciliation(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 202;
        data: ReconciliationAsked;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/reconciliation", {
        ...opts,
        method: "POST"
    });
}
/**
 * What withdrawals of all tenants wait for
 */
export function listOpenWithdrawals({ stage, status, olderThan, tenant, limit, cursor }: {
    stage?: "requested" | "debiting" | "reserved" | "converting" | "converted" | "signed" | "broadcast" | "confirmed" | "settled" | "refunding" | "refunded" | "rejected" | "cancelled" | "review";
    status?: "PENDING" | "PROCESSING" | "RETRYING" | "COMPLETED" | "FAILED" | "CANCELLED" | "REVIEW";
    olderThan?: string;
    tenant?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: OpenPage;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/operations/withdrawals${QS.query(QS.explode({
        stage,
        status,
        olderThan,
        tenant,
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * The way of a withdrawal, as the spans of its trace
 */
export function getWithdrawalTrace(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Trace;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/operations/withdrawals/${encodeURIComponent(id)}/trace`, {
        ...opts
    });
}
/**
 * Have a withdrawal in REVIEW asked again
 */
export function resumeWithdrawal(id: string, resolve: Resolve, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Resolution;
    } | {
        status: 202;
        data: Resolution;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/operations/withdrawals/${encodeURIComponent(id)}/resume`, oazapfts.json({
        ...opts,
        method: "POST",
        body: resolve
    }));
}
/**
 * Give back the money of a withdrawal in REVIEW
 */
export function refundWithdrawal(id: string, resolve: Resolve, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Resolution;
    } | {
        status: 202;
        data: Resolution;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/operations/withdrawals/${encodeURIComponent(id)}/refund`, oazapfts.json({
        ...opts,
        method: "POST",
        body: resolve
    }));
}
/**
 * Have a signed payout cancelled on the chain
 */
export function cancelPayout(id: string, resolve: Resolve, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Resolution;
    } | {
        status: 202;
        data: Resolution;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/operations/withdrawals/${encodeURIComponent(id)}/cancel-payout`, oazapfts.json({
        ...opts,
        method: "POST",
        body: resolve
    }));
}
/**
 * What is held back, by whom and why
 */
export function listSwitches(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Switches;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/operations/switches", {
        ...opts
    });
}
/**
 * Hold a step back, or let it go on
 */
export function turnSwitch(name: "accept" | "debit" | "on-ramp" | "sign" | "broadcast" | "webhook", turnSwitch: TurnSwitch, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Switch;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/operations/switches/${encodeURIComponent(name)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body: turnSwitch
    }));
}
/**
 * Whether payouts are made
 */
export function getProcessor(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Processor;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/processor", {
        ...opts
    });
}
/**
 * Begin nothing more that moves money
 */
export function stopProcessor(turnProcessor?: TurnProcessor, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Processor;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/processor/stop", oazapfts.json({
        ...opts,
        method: "POST",
        body: turnProcessor
    }));
}
/**
 * Make payouts again
 */
export function startProcessor(turnProcessor?: TurnProcessor, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Processor;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/processor/start", oazapfts.json({
        ...opts,
        method: "POST",
        body: turnProcessor
    }));
}
/**
 * What was done, and what waits
 */
export function getStats(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Stats;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/stats", {
        ...opts
    });
}
/**
 * Messages that were put aside, and why
 */
export function getDeadLetters(step: "journal" | "debit" | "on-ramp" | "broadcast" | "confirm" | "refund" | "webhook" | "webhook-retry" | "relay", opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: DeadLetters;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/dead-letters/${encodeURIComponent(step)}`, {
        ...opts
    });
}
/**
 * Ring once more for what was put aside
 */
export function redriveDeadLetters(step: "journal" | "debit" | "on-ramp" | "broadcast" | "confirm" | "refund" | "webhook" | "webhook-retry" | "relay", opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 202;
        data: Redriven;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/dead-letters/${encodeURIComponent(step)}/redrive`, {
        ...opts,
        method: "POST"
    });
}
/**
 * Where our money stands on each network
 */
export function getTreasury(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Treasury;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/operations/treasury", {
        ...opts
    });
}
/**
 * Which providers are taken to be well
 */
export function listCircuitBreakers(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: CircuitBreakers;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/circuit-breakers", {
        ...opts
    });
}
/**
 * The on-ramp's events
 */
export function receiveDueEvent(body: {
    id: string;
    "type": string;
    [key: string]: any;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: {
            received: true;
        };
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/providers/due/events", oazapfts.json({
        ...opts,
        method: "POST",
        body
    }));
}
/**
 * This document
 */
export function getOpenApi(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: {
            openapi: string;
            [key: string]: any;
        };
    } | {
        status: 503;
        data: Problem;
    }>("/openapi.json", {
        ...opts
    });
}
/**
 * This document as a page to read and try
 */
export function getDocs(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: string;
    } | {
        status: 503;
        data: Problem;
    }>("/docs", {
        ...opts
    });
}
/**
 * The console, a page on which money is seen to move
 */
export function getConsole(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: string;
    } | {
        status: 503;
        data: Problem;
    }>("/console", {
        ...opts
    });
}
/**
 * The console, for whoever has only the address of the API
 */
export function getStart(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: string;
    } | {
        status: 503;
        data: Problem;
    }>("/", {
        ...opts
    });
}
/**
 * Whether the service works
 */
export function getHealth(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Health;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 503;
        data: Health;
    }>("/health", {
        ...opts
    });
}
