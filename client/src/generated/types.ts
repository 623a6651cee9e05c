// Generated from the OpenAPI document by `npm run client`. Do not change it by hand.
export type ClientOptions = {
    baseUrl: `${string}://${string}` | (string & {});
};

export type Webhooks = WithdrawalRequestedEventWebhookRequest | WithdrawalReservedEventWebhookRequest | WithdrawalConvertedEventWebhookRequest | WithdrawalBroadcastEventWebhookRequest | WithdrawalRetryingEventWebhookRequest | WithdrawalCompletedEventWebhookRequest | WithdrawalFailedEventWebhookRequest | WithdrawalCancelledEventWebhookRequest | WithdrawalReviewEventWebhookRequest | WalletCreditedEventWebhookRequest | WalletDebitedEventWebhookRequest | WebhookEndpointDisabledEventWebhookRequest | WebhookEndpointTestEventWebhookRequest;

export type CreateWithdrawal = {
    walletId: string;
    /**
     * A decimal string in the major unit of its currency, more than zero and with at most as many decimals as the currency has.
     */
    amount: string;
    asset: string;
    network: string;
    /**
     * By the rules of its network. EVM: mixed case must satisfy its EIP-55 checksum. Solana: the wallet, not its token account.
     */
    destinationAddress: string;
    /**
     * Your own name for it. Withdrawals can be found by it. Without it: `null`.
     */
    reference?: string | null;
    /**
     * Without it: `{}`.
     */
    metadata?: {
        [key: string]: string;
    };
    /**
     * How often a step whose failure is proven harmless is tried again. Without it: `3`.
     */
    maxRetries?: number;
};

export type CreateWithdrawalBatch = {
    withdrawals: Array<WithdrawalBatchLine>;
};

export type WithdrawalBatchLine = {
    walletId: string;
    /**
     * A decimal string in the major unit of its currency, more than zero and with at most as many decimals as the currency has.
     */
    amount: string;
    asset: string;
    network: string;
    /**
     * By the rules of its network. EVM: mixed case must satisfy its EIP-55 checksum. Solana: the wallet, not its token account.
     */
    destinationAddress: string;
    /**
     * Your own name for it. Withdrawals can be found by it. Without it: `null`.
     */
    reference?: string | null;
    /**
     * Without it: `{}`.
     */
    metadata?: {
        [key: string]: string;
    };
    /**
     * How often a step whose failure is proven harmless is tried again. Without it: `3`.
     */
    maxRetries?: number;
    /**
     * The Idempotency-Key of this withdrawal: the same as if it were posted alone under it.
     */
    key: string;
};

export type ValidateAddress = {
    network: string;
    address: string;
};

export type CreateQuote = {
    /**
     * The wallet that would pay. Give this or `currency`, and not both.
     */
    walletId?: string;
    /**
     * The currency of such a wallet.
     */
    currency?: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    /**
     * A decimal string in the major unit of its currency, more than zero and with at most as many decimals as the currency has.
     */
    amount: string;
    asset: string;
    network: string;
};

export type CreateWallet = {
    currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    /**
     * Without it: `{"type":"ledger"}`.
     */
    funding?: {
        type: 'ledger';
    } | {
        type: 'alpaca';
        accountId: string;
    };
    /**
     * Your own name for it. Withdrawals can be found by it. Without it: `null`.
     */
    reference?: string | null;
    /**
     * Without it: `{}`.
     */
    metadata?: {
        [key: string]: string;
    };
};

export type UpdateWallet = {
    status: 'ACTIVE' | 'SUSPENDED';
};

export type CreateTransaction = {
    type: 'CREDIT' | 'DEBIT';
    /**
     * A decimal string in the major unit of its currency, more than zero and with at most as many decimals as the currency has.
     */
    amount: string;
    /**
     * Your own name for it. Withdrawals can be found by it. Without it: `null`.
     */
    reference?: string | null;
    /**
     * Without it: `{}`.
     */
    metadata?: {
        [key: string]: string;
    };
};

export type CreateWebhookEndpoint = {
    /**
     * https, on the public internet, without credentials, at most 2048 characters.
     */
    url: string;
    /**
     * Events by name, `withdrawal.*` and the like for all of a kind, `*` for all. `+credit` and `-debit` are other names of `wallet.credited` and `wallet.debited`.
     */
    events: Array<'withdrawal.requested' | 'withdrawal.reserved' | 'withdrawal.converted' | 'withdrawal.broadcast' | 'withdrawal.retrying' | 'withdrawal.completed' | 'withdrawal.failed' | 'withdrawal.cancelled' | 'withdrawal.review' | 'wallet.credited' | 'wallet.debited' | 'webhook-endpoint.disabled' | '+credit' | '-debit' | 'withdrawal.*' | 'wallet.*' | 'webhook-endpoint.*' | '*'>;
    /**
     * A GET has no body: the event is in its query. Without it: `"POST"`.
     */
    method?: 'POST' | 'GET';
    /**
     * The query parameters of a GET: templates over the event's data, such as `{amount}` or `{payout.amount}`; `{event.id}`, `{event.type}`, `{event.timestamp}` and `{event.sequence}` are the event's own. Without any, each plain field of the data is a parameter, besides `event_id` and `event_type`. Without it: `null`.
     */
    urlParams?: {
        [key: string]: string;
    } | null;
    /**
     * Without it: `null`.
     */
    description?: string | null;
};

export type UpdateWebhookEndpoint = {
    /**
     * https, on the public internet, without credentials, at most 2048 characters.
     */
    url?: string;
    /**
     * Events by name, `withdrawal.*` and the like for all of a kind, `*` for all. `+credit` and `-debit` are other names of `wallet.credited` and `wallet.debited`.
     */
    events?: Array<'withdrawal.requested' | 'withdrawal.reserved' | 'withdrawal.converted' | 'withdrawal.broadcast' | 'withdrawal.retrying' | 'withdrawal.completed' | 'withdrawal.failed' | 'withdrawal.cancelled' | 'withdrawal.review' | 'wallet.credited' | 'wallet.debited' | 'webhook-endpoint.disabled' | '+credit' | '-debit' | 'withdrawal.*' | 'wallet.*' | 'webhook-endpoint.*' | '*'>;
    /**
     * A GET has no body: the event is in its query.
     */
    method?: 'POST' | 'GET';
    /**
     * The query parameters of a GET: templates over the event's data, such as `{amount}` or `{payout.amount}`; `{event.id}`, `{event.type}`, `{event.timestamp}` and `{event.sequence}` are the event's own. Without any, each plain field of the data is a parameter, besides `event_id` and `event_type`.
     */
    urlParams?: {
        [key: string]: string;
    } | null;
    description?: string | null;
    enabled?: boolean;
};

export type ReplayWebhooks = {
    since: string;
};

export type SendWebhook = {
    event_type: string;
    /**
     * Your name for it: the same is sent to an endpoint once.
     */
    event_id: string;
    config_id: string;
    /**
     * The data of the event. Without it: `{}`.
     */
    url_params?: {
        [key: string]: unknown;
    };
};

export type Resolve = {
    /**
     * What was found, in one line. Clients never see it.
     */
    reason: string;
};

export type TurnSwitch = {
    on: boolean;
    /**
     * Why, in one line. It is kept.
     */
    reason: string;
};

export type TurnProcessor = {
    /**
     * Why, in one line. It is kept.
     */
    reason?: string;
};

export type DiscardLetter = {
    /**
     * As the look at them says it.
     */
    messageId: string;
    /**
     * Where it is from, in one line. It is kept.
     */
    reason: string;
};

export type Withdrawal = {
    /**
     * Id of a withdrawal
     */
    id: string;
    /**
     * Id of a wallet
     */
    walletId: string;
    status: 'PENDING' | 'PROCESSING' | 'RETRYING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REVIEW';
    stage: 'requested' | 'debiting' | 'reserved' | 'converting' | 'converted' | 'signed' | 'broadcast' | 'confirmed' | 'settled' | 'refunding' | 'refunded' | 'rejected' | 'cancelled' | 'review';
    /**
     * A decimal string in the major unit of its currency.
     */
    amount: string;
    currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    asset: 'USDC' | 'ETH' | 'SOL' | 'BTC';
    network: 'ethereum' | 'base' | 'polygon' | 'arbitrum' | 'solana' | 'bitcoin';
    destinationAddress: string;
    payout: {
        /**
         * A decimal string in the major unit of its currency.
         */
        amount: string;
        asset: 'USDC' | 'ETH' | 'SOL' | 'BTC';
    } | null;
    fees: Array<{
        type: 'on-ramp';
        /**
         * A decimal string in the major unit of its currency.
         */
        amount: string;
        currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    }>;
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

export type WithdrawalFailure = {
    code: 'INSUFFICIENT_FUNDS' | 'BROKERAGE_REJECTED' | 'ON_RAMP_REJECTED' | 'PAYOUT_REVERTED' | 'PAYOUT_EXPIRED' | 'PAYOUT_CANCELLED' | 'CANCELLED_BY_CLIENT' | 'RETRIES_EXHAUSTED' | 'OUTCOME_UNKNOWN';
    message: string;
    retryable: boolean;
};

/**
 * RFC 9457. `code` is stable, `detail` is for people.
 */
export type Problem = {
    type: string;
    title: string;
    status: number;
    detail: string;
    code: 'INVALID_REQUEST' | 'IDEMPOTENCY_KEY_REQUIRED' | 'IDEMPOTENCY_KEY_INVALID' | 'INVALID_AMOUNT' | 'INVALID_ADDRESS' | 'INVALID_CURSOR' | 'UNAUTHORIZED' | 'FORBIDDEN' | 'NOT_FOUND' | 'METHOD_NOT_ALLOWED' | 'PAYLOAD_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'RATE_LIMITED' | 'NOT_RETRYABLE' | 'TOO_LATE_TO_CANCEL' | 'CONFLICT' | 'IDEMPOTENCY_KEY_REUSED' | 'NETWORK_NOT_SUPPORTED' | 'WALLET_SUSPENDED' | 'CURRENCY_MISMATCH' | 'LIMIT_EXCEEDED' | 'INSUFFICIENT_FUNDS' | 'ACCOUNT_INACTIVE' | 'WEBHOOK_URL_NOT_ALLOWED' | 'TEMPORARILY_UNAVAILABLE';
    requestId: string;
    errors?: Array<{
        /**
         * Where it is: a JSON Pointer into the body, or the name of a parameter.
         */
        pointer: string;
        code: string;
        detail: string;
    }>;
    limit?: string | null;
    remaining?: string | null;
    resetsAt?: string | null;
};

export type WithdrawalPage = {
    data: Array<Withdrawal>;
    /**
     * Where the list goes on; null at its end.
     */
    nextCursor: string | null;
};

/**
 * What happened to the withdrawal, 1..n without a gap.
 */
export type Timeline = Array<{
    sequence: number;
    stage: 'requested' | 'debiting' | 'reserved' | 'converting' | 'converted' | 'signed' | 'broadcast' | 'confirmed' | 'settled' | 'refunding' | 'refunded' | 'rejected' | 'cancelled' | 'review';
    status: 'PENDING' | 'PROCESSING' | 'RETRYING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REVIEW';
    at: string;
    detail?: string;
    attempt?: number;
}>;

export type WithdrawalBatchAnswer = {
    /**
     * Id of a batch of withdrawals
     */
    id: string;
    /**
     * One for each line, in their order.
     */
    results: Array<WithdrawalBatchResult>;
};

/**
 * 202: the withdrawal has just been created. 200: it was there. Anything else: no withdrawal, and `error` says why; its pointers are into the line.
 */
export type WithdrawalBatchResult = {
    /**
     * The key of the line as it was sent; null where it had none.
     */
    key: string | null;
    /**
     * The status with which the line alone would have been answered.
     */
    status: number;
    withdrawal?: Withdrawal;
    error?: Problem;
};

export type WithdrawalBatch = {
    /**
     * Id of a batch of withdrawals
     */
    id: string;
    /**
     * Lines of the batch.
     */
    total: number;
    /**
     * How many lines have a withdrawal of this status; `REFUSED`: a line that was refused. They add up to `total` unless the batch was broken off: then send it again.
     */
    byStatus: {
        [key: string]: number;
    };
    createdAt: string;
};

export type Networks = {
    data: Array<Network>;
};

export type Network = {
    network: 'ethereum' | 'base' | 'polygon' | 'arbitrum' | 'solana' | 'bitcoin';
    assets: Array<'USDC' | 'ETH' | 'SOL' | 'BTC'>;
    /**
     * The id of an EVM chain (EIP-155), where its node says it.
     */
    chainId?: number;
    finality: {
        /**
         * So many blocks make a payout final; without it the network itself says when.
         */
        blocks?: number;
        /**
         * How long that usually takes.
         */
        typicalSeconds: number;
    };
    /**
     * `UP`: payouts go through. `DEGRADED`: some wait, such as those of dollars while the on-ramp is away. `DOWN`: none goes through now; what is accepted waits.
     */
    status: 'UP' | 'DEGRADED' | 'DOWN';
    /**
     * What an address looks like. Nobody has a key to it: send nothing there.
     */
    addressExample: string;
};

export type ValidatedAddress = {
    valid: boolean;
    /**
     * As a withdrawal to it will show it.
     */
    canonical?: string;
    /**
     * Why nothing would be paid to it.
     */
    reason?: string;
};

/**
 * An estimate that binds nobody.
 */
export type Quote = {
    /**
     * What would arrive.
     */
    payout: {
        /**
         * A decimal string in the major unit of its currency.
         */
        amount: string;
        asset: 'USDC' | 'ETH' | 'SOL' | 'BTC';
    };
    /**
     * The on-ramp keeps its fee of the dollars. The network fee, in the coin of the network, is an estimate of what the operator pays; nothing of it is taken from the payout.
     */
    fees: Array<{
        type: 'on-ramp' | 'network';
        /**
         * A decimal string in the major unit of its currency.
         */
        amount: string;
        currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC' | 'POL';
    }>;
    /**
     * From the acceptance to the final payout, as it usually is.
     */
    estimatedSeconds: number;
    /**
     * The on-ramp's own time where dollars are converted; else in a minute.
     */
    expiresAt: string;
};

export type Wallet = {
    /**
     * Id of a wallet
     */
    id: string;
    currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    /**
     * A decimal string in the major unit of its currency.
     */
    available: string;
    /**
     * A decimal string in the major unit of its currency.
     */
    held: string;
    status: 'ACTIVE' | 'SUSPENDED';
    funding: {
        type: 'ledger';
    } | {
        type: 'alpaca';
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
    data: Array<Wallet>;
    /**
     * Where the list goes on; null at its end.
     */
    nextCursor: string | null;
};

export type Transaction = {
    /**
     * Id of a wallet transaction
     */
    id: string;
    /**
     * Id of a wallet
     */
    walletId: string;
    type: 'CREDIT' | 'DEBIT';
    /**
     * A decimal string in the major unit of its currency.
     */
    amount: string;
    currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    status: 'PENDING' | 'PROCESSED' | 'FAILED';
    failure: TransactionFailure | null;
    reference: string | null;
    metadata: {
        [key: string]: string;
    };
    createdAt: string;
    processedAt: string | null;
};

export type TransactionFailure = {
    code: 'INSUFFICIENT_FUNDS' | 'BALANCE_LIMIT';
    message: string;
    retryable: boolean;
};

export type TransactionPage = {
    data: Array<Transaction>;
    /**
     * Where the list goes on; null at its end.
     */
    nextCursor: string | null;
};

/**
 * Its status is that of the withdrawal or transaction.
 */
export type WalletOperation = {
    id: string | string;
    /**
     * Id of a wallet
     */
    walletId: string;
    type: 'CREDIT' | 'DEBIT' | 'WITHDRAWAL';
    /**
     * A decimal string in the major unit of its currency.
     */
    amount: string;
    status: 'PENDING' | 'PROCESSING' | 'RETRYING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REVIEW' | 'PROCESSED';
    processedAt?: string;
    failure?: WithdrawalFailure | TransactionFailure;
};

export type EntryPage = {
    data: Array<Entry>;
    /**
     * Where the list goes on; null at its end.
     */
    nextCursor: string | null;
};

/**
 * One entry of the double-entry ledger.
 */
export type Entry = {
    sequence: number;
    kind: 'CREDIT' | 'DEBIT' | 'HOLD' | 'PAYOUT' | 'FEE' | 'RELEASE' | 'FUND' | 'RETURN';
    debit: 'wallet:available' | 'wallet:held' | 'external:deposit' | 'external:brokerage' | 'external:payout' | 'fees';
    credit: 'wallet:available' | 'wallet:held' | 'external:deposit' | 'external:brokerage' | 'external:payout' | 'fees';
    /**
     * A decimal string in the major unit of its currency.
     */
    amount: string;
    /**
     * A decimal string in the major unit of its currency.
     */
    availableAfter: string;
    /**
     * A decimal string in the major unit of its currency.
     */
    heldAfter: string;
    sourceId: string;
    /**
     * When its block was written.
     */
    at: string;
    /**
     * The SHA-256 of its block, which has the hash of the block before it (docs/console.md): whoever has all entries can compute the chain again.
     */
    blockHash: string;
};

export type CreatedWebhookEndpoint = {
    /**
     * Id of a webhook endpoint
     */
    id: string;
    url: string;
    method: 'POST' | 'GET';
    urlParams: {
        [key: string]: string;
    } | null;
    events: Array<'withdrawal.requested' | 'withdrawal.reserved' | 'withdrawal.converted' | 'withdrawal.broadcast' | 'withdrawal.retrying' | 'withdrawal.completed' | 'withdrawal.failed' | 'withdrawal.cancelled' | 'withdrawal.review' | 'wallet.credited' | 'wallet.debited' | 'webhook-endpoint.disabled' | '+credit' | '-debit' | 'withdrawal.*' | 'wallet.*' | 'webhook-endpoint.*' | '*'>;
    description: string | null;
    /**
     * What happens while it is false is not recorded for this endpoint and never sent to it, by a replay neither.
     */
    enabled: boolean;
    /**
     * Why we have disabled it: `RECEIVER_GONE`, its receiver answered 410; `FAILING`, every attempt of five days failed. Null also when you have disabled it.
     */
    disabledReason: 'RECEIVER_GONE' | 'FAILING' | null;
    createdAt: string;
    /**
     * Shown this once.
     */
    secret: string;
};

export type WebhookEndpointPage = {
    data: Array<WebhookEndpoint>;
    /**
     * Where the list goes on; null at its end.
     */
    nextCursor: string | null;
};

export type WebhookEndpoint = {
    /**
     * Id of a webhook endpoint
     */
    id: string;
    url: string;
    method: 'POST' | 'GET';
    urlParams: {
        [key: string]: string;
    } | null;
    events: Array<'withdrawal.requested' | 'withdrawal.reserved' | 'withdrawal.converted' | 'withdrawal.broadcast' | 'withdrawal.retrying' | 'withdrawal.completed' | 'withdrawal.failed' | 'withdrawal.cancelled' | 'withdrawal.review' | 'wallet.credited' | 'wallet.debited' | 'webhook-endpoint.disabled' | '+credit' | '-debit' | 'withdrawal.*' | 'wallet.*' | 'webhook-endpoint.*' | '*'>;
    description: string | null;
    /**
     * What happens while it is false is not recorded for this endpoint and never sent to it, by a replay neither.
     */
    enabled: boolean;
    /**
     * Why we have disabled it: `RECEIVER_GONE`, its receiver answered 410; `FAILING`, every attempt of five days failed. Null also when you have disabled it.
     */
    disabledReason: 'RECEIVER_GONE' | 'FAILING' | null;
    createdAt: string;
};

export type WebhookDelivery = {
    /**
     * Id of a delivery: of one event to one endpoint
     */
    id: string;
    /**
     * Id of a webhook endpoint
     */
    endpointId: string;
    /**
     * Id of an event: the `webhook-id` of all that is sent of it
     */
    eventId: string;
    type: string;
    status: 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'FAILED';
    /**
     * Why it was given up.
     */
    failure: 'EXHAUSTED' | 'RECEIVER_GONE' | 'ENDPOINT_DISABLED' | 'ENDPOINT_DELETED' | null;
    nextAttemptAt: string | null;
    /**
     * The event, as each POST sends it.
     */
    body: string;
    attempts: Array<WebhookDeliveryAttempt>;
    /**
     * How often it was delivered once more; `attempts` are those of the last time.
     */
    redeliveries: number;
    /**
     * The attempts of the times before, where one delivery is asked for.
     */
    earlierAttempts: Array<Array<WebhookDeliveryAttempt>>;
    createdAt: string;
};

export type WebhookDeliveryAttempt = {
    number: number;
    startedAt: string;
    completedAt: string | null;
    durationMs: number | null;
    httpStatus: number | null;
    /**
     * Its first 4 KiB.
     */
    responseBody: string | null;
    /**
     * Why there is no answer. `SENT_UNKNOWN`: its end was never seen, so the receiver may have got it.
     */
    error: string | null;
    /**
     * Of a GET: the query that was sent.
     */
    query: string | null;
};

export type WebhookDeliveryPage = {
    data: Array<WebhookDelivery>;
    /**
     * Where the list goes on; null at its end.
     */
    nextCursor: string | null;
};

/**
 * How many deliveries are made once more, and how many of them are on their way.
 */
export type WebhookReplay = {
    id: string;
    total: number;
    done: number;
};

export type WebhookStats = {
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    attempts: number;
    /**
     * Of the deliveries that have ended. While none has: 0 once there were attempts, and 1 before.
     */
    successRate: number;
    /**
     * Half of the attempts took no longer.
     */
    p50Ms: number | null;
    p95Ms: number | null;
    byEndpoint: Array<{
        /**
         * Id of a webhook endpoint
         */
        endpointId: string;
        pending: number;
        processing: number;
        completed: number;
        failed: number;
        attempts: number;
        /**
         * Of the deliveries that have ended. While none has: 0 once there were attempts, and 1 before.
         */
        successRate: number;
        /**
         * Half of the attempts took no longer.
         */
        p50Ms: number | null;
        p95Ms: number | null;
    }>;
};

export type GraphqlAnswer = {
    data?: {
        [key: string]: unknown;
    } | null;
    errors?: Array<{
        message: string;
        extensions: {
            code: string;
            status: number;
            [key: string]: unknown;
        };
        [key: string]: unknown;
    }>;
};

/**
 * No differences: all agree. A chain that could not be read is one of the kind `chain-unread`, with why and since when; all others were compared.
 */
export type Reconciliation = {
    from: string;
    to: string;
    /**
     * When the comparison began.
     */
    checkedAt: string;
    /**
     * When all sides had been compared.
     */
    finishedAt: string;
    differences: Array<{
        kind: 'unknown-payout' | 'missing-payout' | 'wrong-payout' | 'unrecorded-payout' | 'paid-and-given-back' | 'transfer-claimed-twice' | 'transfer-unclaimed' | 'transfer-missing' | 'transfer-differs' | 'transfer-state' | 'deposit-differs' | 'deposit-claimed-twice' | 'journal-unknown' | 'journal-missing' | 'journal-twice' | 'journal-differs' | 'journal-state' | 'wire-unknown' | 'wire-claimed-twice' | 'wire-twice' | 'wire-missing' | 'wire-differs' | 'wire-state' | 'state-without-effect' | 'ledger-block' | 'wallet-balance' | 'hold' | 'unreadable' | 'chain-unread';
        /**
         * Where to look. With the kind the same in every report.
         */
        what: string;
        /**
         * Id of a withdrawal
         */
        withdrawalId?: string;
        /**
         * Id of a wallet
         */
        walletId?: string;
        providerId?: string;
        expected: string;
        found: string;
        firstSeenAt?: string;
    }>;
};

export type ReconciliationAsked = {
    requestedAt: string;
};

export type OpenPage = {
    data: Array<OpenWithdrawal>;
    /**
     * Where the list goes on; null at its end.
     */
    nextCursor: string | null;
};

export type OpenWithdrawal = {
    /**
     * Id of a withdrawal
     */
    id: string;
    /**
     * Id of a wallet
     */
    walletId: string;
    status: 'PENDING' | 'PROCESSING' | 'RETRYING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REVIEW';
    stage: 'requested' | 'debiting' | 'reserved' | 'converting' | 'converted' | 'signed' | 'broadcast' | 'confirmed' | 'settled' | 'refunding' | 'refunded' | 'rejected' | 'cancelled' | 'review';
    /**
     * A decimal string in the major unit of its currency.
     */
    amount: string;
    currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    asset: 'USDC' | 'ETH' | 'SOL' | 'BTC';
    network: 'ethereum' | 'base' | 'polygon' | 'arbitrum' | 'solana' | 'bitcoin';
    destinationAddress: string;
    payout: {
        /**
         * A decimal string in the major unit of its currency.
         */
        amount: string;
        asset: 'USDC' | 'ETH' | 'SOL' | 'BTC';
    } | null;
    fees: Array<{
        type: 'on-ramp';
        /**
         * A decimal string in the major unit of its currency.
         */
        amount: string;
        currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    }>;
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
    /**
     * The stage from which it went to REVIEW.
     */
    heldFrom: 'requested' | 'debiting' | 'reserved' | 'converting' | 'converted' | 'signed' | 'broadcast' | 'confirmed' | 'settled' | 'refunding' | 'refunded' | 'rejected' | 'cancelled' | 'review' | null;
    /**
     * null once it has ended.
     */
    waitingFor: {
        /**
         * What is not the usual course, by name; `retry`: the next try of a step; `review`: a person; else the step that is to act or asks how far the outside world is.
         */
        reason: 'treasury-short' | 'transfers-refused' | 'signed-before' | 'gas-short' | 'gas-above-cap' | 'fee-above-cap' | 'slots-short' | 'payouts-ahead' | 'send-refused' | 'payee-refused' | 'payout-late' | 'being-cancelled' | 'payer-replaced' | 'payer-key-missing' | 'keys-away' | 'node-away' | 'wrong-chain' | 'out-of-service' | 'on-ramp-away' | 'on-ramp-account' | 'on-ramp-decides' | 'dollars-late' | 'conversion-late' | 'payment-unnamed' | 'payment-unseen' | 'brokerage-away' | 'debit-unclear' | 'debits-ahead' | 'cash-unclear' | 'not-given-back' | 'switch' | 'processor-stopped' | 'switch-unread' | 'retry' | 'review' | 'journal' | 'debit' | 'on-ramp' | 'broadcast' | 'confirm' | 'refund';
        since: string;
        until?: string;
    } | null;
    /**
     * What another principal may confirm now.
     */
    proposals: Array<{
        /**
         * Id of a withdrawal
         */
        withdrawalId: string;
        resolution: 'resume' | 'refund' | 'cancel-payout';
        status: 'PROPOSED' | 'CONFIRMED';
        proposed: {
            /**
             * The principal.
             */
            by: string;
            reason: string;
            at: string;
        };
        confirmed: {
            /**
             * The principal.
             */
            by: string;
            reason: string;
            at: string;
        } | null;
        /**
         * A proposal that nobody has confirmed by then is void.
         */
        expiresAt: string;
    }>;
};

export type InspectedWithdrawal = {
    /**
     * Id of a withdrawal
     */
    id: string;
    /**
     * Id of a wallet
     */
    walletId: string;
    status: 'PENDING' | 'PROCESSING' | 'RETRYING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REVIEW';
    stage: 'requested' | 'debiting' | 'reserved' | 'converting' | 'converted' | 'signed' | 'broadcast' | 'confirmed' | 'settled' | 'refunding' | 'refunded' | 'rejected' | 'cancelled' | 'review';
    /**
     * A decimal string in the major unit of its currency.
     */
    amount: string;
    currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    asset: 'USDC' | 'ETH' | 'SOL' | 'BTC';
    network: 'ethereum' | 'base' | 'polygon' | 'arbitrum' | 'solana' | 'bitcoin';
    destinationAddress: string;
    payout: {
        /**
         * A decimal string in the major unit of its currency.
         */
        amount: string;
        asset: 'USDC' | 'ETH' | 'SOL' | 'BTC';
    } | null;
    fees: Array<{
        type: 'on-ramp';
        /**
         * A decimal string in the major unit of its currency.
         */
        amount: string;
        currency: 'USD' | 'USDC' | 'ETH' | 'SOL' | 'BTC';
    }>;
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
    /**
     * The stage from which it went to REVIEW.
     */
    heldFrom: 'requested' | 'debiting' | 'reserved' | 'converting' | 'converted' | 'signed' | 'broadcast' | 'confirmed' | 'settled' | 'refunding' | 'refunded' | 'rejected' | 'cancelled' | 'review' | null;
    /**
     * null once it has ended.
     */
    waitingFor: {
        /**
         * What is not the usual course, by name; `retry`: the next try of a step; `review`: a person; else the step that is to act or asks how far the outside world is.
         */
        reason: 'treasury-short' | 'transfers-refused' | 'signed-before' | 'gas-short' | 'gas-above-cap' | 'fee-above-cap' | 'slots-short' | 'payouts-ahead' | 'send-refused' | 'payee-refused' | 'payout-late' | 'being-cancelled' | 'payer-replaced' | 'payer-key-missing' | 'keys-away' | 'node-away' | 'wrong-chain' | 'out-of-service' | 'on-ramp-away' | 'on-ramp-account' | 'on-ramp-decides' | 'dollars-late' | 'conversion-late' | 'payment-unnamed' | 'payment-unseen' | 'brokerage-away' | 'debit-unclear' | 'debits-ahead' | 'cash-unclear' | 'not-given-back' | 'switch' | 'processor-stopped' | 'switch-unread' | 'retry' | 'review' | 'journal' | 'debit' | 'on-ramp' | 'broadcast' | 'confirm' | 'refund';
        since: string;
        until?: string;
    } | null;
    /**
     * What another principal may confirm now.
     */
    proposals: Array<{
        /**
         * Id of a withdrawal
         */
        withdrawalId: string;
        resolution: 'resume' | 'refund' | 'cancel-payout';
        status: 'PROPOSED' | 'CONFIRMED';
        proposed: {
            /**
             * The principal.
             */
            by: string;
            reason: string;
            at: string;
        };
        confirmed: {
            /**
             * The principal.
             */
            by: string;
            reason: string;
            at: string;
        } | null;
        /**
         * A proposal that nobody has confirmed by then is void.
         */
        expiresAt: string;
    }>;
    timeline: Timeline;
    /**
     * The newest attempts that are on record by themselves or as the latest, which stands last. At most one of all of them pays.
     */
    payouts: Array<{
        number: number;
        signedAt: string;
        /**
         * false: it pays nothing, and makes the other attempts impossible.
         */
        pays: boolean;
        /**
         * So many other payouts are carried by the same transaction.
         */
        withOthers: number;
        /**
         * null: what is saved of it cannot be read.
         */
        txHash: string | null;
        explorerUrl: string | null;
    }>;
    resolutions: Array<{
        resolution: 'resume' | 'refund' | 'cancel-payout';
        /**
         * null: it is possible now.
         */
        whyNot: string | null;
        /**
         * The caller has proposed it, so another principal has to confirm it.
         */
        proposedByYou: boolean;
    }>;
};

export type Trace = {
    /**
     * Id of a withdrawal
     */
    withdrawalId: string;
    /**
     * As W3C Trace Context writes it, and OpenTelemetry.
     */
    traceId: string;
    /**
     * The same id as AWS X-Ray writes it.
     */
    xrayTraceId: string;
    /**
     * `timeline`: these are the spans of its stages; what was asked of whom meanwhile is in X-Ray or wherever traces are sent, under `traceId`.
     */
    source: 'spans' | 'timeline';
    spans: Array<{
        spanId: string;
        /**
         * null: the span of its whole life.
         */
        parentId: string | null;
        /**
         * `withdrawal`, the name of a stage, or what was asked of whom.
         */
        name: string;
        status: 'OK' | 'ERROR';
        startedAt: string;
        /**
         * null: it goes on.
         */
        endedAt: string | null;
        durationMs: number | null;
        attributes: {
            [key: string]: string | number | boolean;
        };
    }>;
};

export type Resolution = {
    /**
     * Id of a withdrawal
     */
    withdrawalId: string;
    resolution: 'resume' | 'refund' | 'cancel-payout';
    status: 'PROPOSED' | 'CONFIRMED';
    proposed: {
        /**
         * The principal.
         */
        by: string;
        reason: string;
        at: string;
    };
    confirmed: {
        /**
         * The principal.
         */
        by: string;
        reason: string;
        at: string;
    } | null;
    /**
     * A proposal that nobody has confirmed by then is void.
     */
    expiresAt: string;
    withdrawal: OpenWithdrawal;
};

export type Switches = {
    data: Array<Switch>;
    /**
     * The newest turns, those of the processor among them, newest first.
     */
    history: Array<{
        name: 'accept' | 'debit' | 'on-ramp' | 'sign' | 'broadcast' | 'webhook' | 'processor';
        on: boolean;
        by: string;
        reason: string;
        at: string;
    }>;
};

export type Switch = {
    name: 'accept' | 'debit' | 'on-ramp' | 'sign' | 'broadcast' | 'webhook';
    on: boolean;
    /**
     * The principal; null: nobody has turned it yet.
     */
    by: string | null;
    reason: string | null;
    at: string | null;
};

export type Processor = {
    state: 'RUNNING' | 'STOPPED';
    /**
     * The principal; null: nobody has turned it yet.
     */
    by: string | null;
    reason: string | null;
    at: string | null;
};

export type Stats = {
    /**
     * Withdrawals that have ended.
     */
    processed: number;
    succeeded: number;
    failed: number;
    retries: number;
    /**
     * Those that have not ended, with those in REVIEW, which a person decides.
     */
    inFlight: number;
    /**
     * Of those that succeeded or failed; 1 while there are none, which says nothing: a retry is no failure yet, and REVIEW no end.
     */
    successRate: number;
    queueDepth: {
        [key: string]: number;
    };
    deadLetters: {
        [key: string]: number;
    };
};

export type DeadLetters = {
    data: Array<{
        messageId: string;
        from: 'journal' | 'debit' | 'on-ramp' | 'broadcast' | 'confirm' | 'refund' | 'webhook' | 'webhook-retry' | 'relay' | 'bus';
        /**
         * False: none of our code has sent it. It names nothing, and may be discarded.
         */
        readable: boolean;
        /**
         * What it rings for, or is about.
         */
        ids: Array<string>;
        /**
         * Those that it is about, as they are now.
         */
        withdrawals: Array<{
            /**
             * Id of a withdrawal
             */
            id: string;
            tenant: string;
            status: 'PENDING' | 'PROCESSING' | 'RETRYING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REVIEW';
            stage: 'requested' | 'debiting' | 'reserved' | 'converting' | 'converted' | 'signed' | 'broadcast' | 'confirmed' | 'settled' | 'refunding' | 'refunded' | 'rejected' | 'cancelled' | 'review';
            updatedAt: string;
        }>;
        /**
         * What the step said the last time; null: nobody knows any more.
         */
        why: string | null;
        failedAt: string | null;
        sentAt: string;
        firstReceivedAt: string | null;
        receives: number;
    }>;
    /**
     * Roughly, as SQS counts.
     */
    total: number;
    /**
     * What was taken away by hand, the newest first.
     */
    discarded: Array<{
        messageId: string;
        /**
         * The principal.
         */
        by: string;
        reason: string;
        at: string;
    }>;
};

export type Redriven = {
    step: 'journal' | 'debit' | 'on-ramp' | 'broadcast' | 'confirm' | 'refund' | 'webhook' | 'webhook-retry' | 'relay' | 'bus';
    /**
     * `RUNNING`: it was under way already, or somebody has them in hand. Of `relay` and `bus` also `NOTHING`: there are none; and `UNREADABLE`: none of those that lie there can be read.
     */
    status: 'STARTED' | 'RUNNING' | 'NOTHING' | 'UNREADABLE';
};

export type Discarded = {
    step: 'journal' | 'debit' | 'on-ramp' | 'broadcast' | 'confirm' | 'refund' | 'webhook' | 'webhook-retry' | 'relay' | 'bus';
    messageId: string;
    status: 'DISCARDED';
};

export type Treasury = {
    data: Array<{
        network: 'ethereum' | 'base' | 'polygon' | 'arbitrum' | 'solana' | 'bitcoin';
        asset: 'USDC' | 'ETH' | 'SOL' | 'BTC';
        treasury: {
            /**
             * Told whether or not the node answers; null: the settings do not say it.
             */
            address: string | null;
            balance: string | null;
            /**
             * Why the balance is not known; null: it is.
             */
            unknown: string | null;
        };
        signedNotFinal: {
            count: number;
            /**
             * A decimal string.
             */
            amount: string;
            oldestSince: string | null;
        };
        waitsForMoney: {
            count: number;
            /**
             * A decimal string.
             */
            amount: string;
            oldestSince: string | null;
        };
        gasLanes: Array<{
            address: string;
            balance: string | null;
            nextNonce: number | null;
            oldestUnconfirmed: {
                /**
                 * Id of a withdrawal
                 */
                withdrawalId: string;
                nonce: number;
                since: string;
            } | null;
            /**
             * Why it is not known; null: it is.
             */
            unknown: string | null;
        }>;
        /**
         * Why it is not known; null: it is.
         */
        gasLanesUnknown: string | null;
        /**
         * Whether payouts that wait together share one transaction, and why not (`inUse` null: unknown); null: they never do.
         */
        payoutContract: {
            address: string | null;
            inUse: boolean | null;
            why: string | null;
        } | null;
        /**
         * How many payouts may be signed at one time, where something has to be made for that beforehand; null: there is no such bound.
         */
        slots: {
            total: number | null;
            free: number | null;
            /**
             * Why it is not known; null: it is.
             */
            unknown: string | null;
        } | null;
    }>;
    /**
     * False: so many are in flight that the sums are those of the oldest of them.
     */
    complete: boolean;
};

export type CircuitBreakers = {
    data: Array<{
        provider: 'brokerage' | 'on-ramp' | 'ethereum' | 'base' | 'polygon' | 'arbitrum' | 'solana' | 'bitcoin';
        operation: 'journal' | 'quote' | 'read' | 'send' | 'transfer';
        state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
        /**
         * Since when it is not closed.
         */
        since: string | null;
        /**
         * In a row, without a success between.
         */
        failures: number;
    }>;
};

export type Health = {
    status: 'ok' | 'down';
    checks: {
        database: 'ok' | 'down';
        queues: 'ok' | 'down';
    };
};

export type ListWithdrawalsData = {
    body?: never;
    path?: never;
    query?: {
        walletId?: string;
        status?: 'PENDING' | 'PROCESSING' | 'RETRYING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REVIEW';
        reference?: string;
        idempotencyKey?: string;
        network?: 'ethereum' | 'base' | 'polygon' | 'arbitrum' | 'solana' | 'bitcoin';
        /**
         * Those that a batch has brought.
         */
        batchId?: string;
        /**
         * Created at this time or later.
         */
        createdAfter?: string;
        /**
         * Created before this time, and not at it.
         */
        createdBefore?: string;
        /**
         * How many items at most. A page of large items may have fewer, and then has a `nextCursor`.
         */
        limit?: number;
        /**
         * The `nextCursor` of the page before. It fits the same list with the same filters only.
         */
        cursor?: string;
    };
    url: '/v1/withdrawals';
};

export type ListWithdrawalsErrors = {
    /**
     * `INVALID_REQUEST`, `INVALID_CURSOR`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListWithdrawalsError = ListWithdrawalsErrors[keyof ListWithdrawalsErrors];

export type ListWithdrawalsResponses = {
    /**
     * A page, newest first.
     */
    200: WithdrawalPage;
};

export type ListWithdrawalsResponse = ListWithdrawalsResponses[keyof ListWithdrawalsResponses];

export type CreateWithdrawalData = {
    body: CreateWithdrawal;
    headers: {
        /**
         * A new value for each new request: the same key and the same request again are answered with what the first one created.
         */
        'Idempotency-Key': string;
    };
    path?: never;
    query?: never;
    url: '/v1/withdrawals';
};

export type CreateWithdrawalErrors = {
    /**
     * `INVALID_AMOUNT`, `INVALID_ADDRESS`, `INVALID_REQUEST`, `IDEMPOTENCY_KEY_REQUIRED`, `IDEMPOTENCY_KEY_INVALID`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `NETWORK_NOT_SUPPORTED`, `WALLET_SUSPENDED`, `LIMIT_EXCEEDED`, `INSUFFICIENT_FUNDS`, `ACCOUNT_INACTIVE`, `IDEMPOTENCY_KEY_REUSED`
     */
    422: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type CreateWithdrawalError = CreateWithdrawalErrors[keyof CreateWithdrawalErrors];

export type CreateWithdrawalResponses = {
    /**
     * The same request was accepted before: what it created, as it is now.
     */
    200: Withdrawal;
    /**
     * Accepted.
     */
    202: Withdrawal;
};

export type CreateWithdrawalResponse = CreateWithdrawalResponses[keyof CreateWithdrawalResponses];

export type GetWithdrawalData = {
    body?: never;
    path: {
        /**
         * Id of a withdrawal
         */
        id: string;
    };
    query?: never;
    url: '/v1/withdrawals/{id}';
};

export type GetWithdrawalErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWithdrawalError = GetWithdrawalErrors[keyof GetWithdrawalErrors];

export type GetWithdrawalResponses = {
    /**
     * The withdrawal.
     */
    200: Withdrawal;
};

export type GetWithdrawalResponse = GetWithdrawalResponses[keyof GetWithdrawalResponses];

export type GetWithdrawalEventsData = {
    body?: never;
    path: {
        /**
         * Id of a withdrawal
         */
        id: string;
    };
    query?: never;
    url: '/v1/withdrawals/{id}/events';
};

export type GetWithdrawalEventsErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWithdrawalEventsError = GetWithdrawalEventsErrors[keyof GetWithdrawalEventsErrors];

export type GetWithdrawalEventsResponses = {
    /**
     * Its timeline.
     */
    200: Timeline;
};

export type GetWithdrawalEventsResponse = GetWithdrawalEventsResponses[keyof GetWithdrawalEventsResponses];

export type RetryWithdrawalData = {
    body?: never;
    path: {
        /**
         * Id of a withdrawal
         */
        id: string;
    };
    query?: never;
    url: '/v1/withdrawals/{id}/retry';
};

export type RetryWithdrawalErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `NOT_RETRYABLE`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `LIMIT_EXCEEDED`
     */
    422: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type RetryWithdrawalError = RetryWithdrawalErrors[keyof RetryWithdrawalErrors];

export type RetryWithdrawalResponses = {
    /**
     * Taken up again.
     */
    202: Withdrawal;
};

export type RetryWithdrawalResponse = RetryWithdrawalResponses[keyof RetryWithdrawalResponses];

export type CancelWithdrawalData = {
    body?: never;
    path: {
        /**
         * Id of a withdrawal
         */
        id: string;
    };
    query?: never;
    url: '/v1/withdrawals/{id}/cancel';
};

export type CancelWithdrawalErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `TOO_LATE_TO_CANCEL`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type CancelWithdrawalError = CancelWithdrawalErrors[keyof CancelWithdrawalErrors];

export type CancelWithdrawalResponses = {
    /**
     * Cancelled.
     */
    200: Withdrawal;
    /**
     * Will be cancelled when its money has been given back.
     */
    202: Withdrawal;
};

export type CancelWithdrawalResponse = CancelWithdrawalResponses[keyof CancelWithdrawalResponses];

export type CreateWithdrawalBatchData = {
    body: CreateWithdrawalBatch;
    headers: {
        /**
         * A new value for each new request: the same key and the same request again are answered with what the first one created.
         */
        'Idempotency-Key': string;
    };
    path?: never;
    query?: never;
    url: '/v1/withdrawal-batches';
};

export type CreateWithdrawalBatchErrors = {
    /**
     * `INVALID_REQUEST`, `IDEMPOTENCY_KEY_REQUIRED`, `IDEMPOTENCY_KEY_INVALID`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `IDEMPOTENCY_KEY_REUSED`
     */
    422: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type CreateWithdrawalBatchError = CreateWithdrawalBatchErrors[keyof CreateWithdrawalBatchErrors];

export type CreateWithdrawalBatchResponses = {
    /**
     * The same batch was accepted before: what became of each line, as it is now.
     */
    200: WithdrawalBatchAnswer;
    /**
     * Accepted, each line as its result says.
     */
    202: WithdrawalBatchAnswer;
};

export type CreateWithdrawalBatchResponse = CreateWithdrawalBatchResponses[keyof CreateWithdrawalBatchResponses];

export type GetWithdrawalBatchData = {
    body?: never;
    path: {
        /**
         * Id of a batch of withdrawals
         */
        id: string;
    };
    query?: never;
    url: '/v1/withdrawal-batches/{id}';
};

export type GetWithdrawalBatchErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWithdrawalBatchError = GetWithdrawalBatchErrors[keyof GetWithdrawalBatchErrors];

export type GetWithdrawalBatchResponses = {
    /**
     * The batch.
     */
    200: WithdrawalBatch;
};

export type GetWithdrawalBatchResponse = GetWithdrawalBatchResponses[keyof GetWithdrawalBatchResponses];

export type ListNetworksData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/networks';
};

export type ListNetworksErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListNetworksError = ListNetworksErrors[keyof ListNetworksErrors];

export type ListNetworksResponses = {
    /**
     * The networks.
     */
    200: Networks;
};

export type ListNetworksResponse = ListNetworksResponses[keyof ListNetworksResponses];

export type ValidateAddressData = {
    body: ValidateAddress;
    path?: never;
    query?: never;
    url: '/v1/addresses/validate';
};

export type ValidateAddressErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `NETWORK_NOT_SUPPORTED`
     */
    422: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ValidateAddressError = ValidateAddressErrors[keyof ValidateAddressErrors];

export type ValidateAddressResponses = {
    /**
     * Whether it would be.
     */
    200: ValidatedAddress;
};

export type ValidateAddressResponse = ValidateAddressResponses[keyof ValidateAddressResponses];

export type CreateQuoteData = {
    body: CreateQuote;
    path?: never;
    query?: never;
    url: '/v1/quotes';
};

export type CreateQuoteErrors = {
    /**
     * `INVALID_AMOUNT`, `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `NETWORK_NOT_SUPPORTED`, `CURRENCY_MISMATCH`, `LIMIT_EXCEEDED`
     */
    422: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type CreateQuoteError = CreateQuoteErrors[keyof CreateQuoteErrors];

export type CreateQuoteResponses = {
    /**
     * The quote.
     */
    200: Quote;
};

export type CreateQuoteResponse = CreateQuoteResponses[keyof CreateQuoteResponses];

export type ListWalletsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * How many items at most. A page of large items may have fewer, and then has a `nextCursor`.
         */
        limit?: number;
        /**
         * The `nextCursor` of the page before. It fits the same list with the same filters only.
         */
        cursor?: string;
    };
    url: '/v1/wallets';
};

export type ListWalletsErrors = {
    /**
     * `INVALID_REQUEST`, `INVALID_CURSOR`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListWalletsError = ListWalletsErrors[keyof ListWalletsErrors];

export type ListWalletsResponses = {
    /**
     * A page, newest first.
     */
    200: WalletPage;
};

export type ListWalletsResponse = ListWalletsResponses[keyof ListWalletsResponses];

export type CreateWalletData = {
    body: CreateWallet;
    path?: never;
    query?: never;
    url: '/v1/wallets';
};

export type CreateWalletErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `CURRENCY_MISMATCH`
     */
    422: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type CreateWalletError = CreateWalletErrors[keyof CreateWalletErrors];

export type CreateWalletResponses = {
    /**
     * Created.
     */
    201: Wallet;
};

export type CreateWalletResponse = CreateWalletResponses[keyof CreateWalletResponses];

export type GetWalletData = {
    body?: never;
    path: {
        /**
         * Id of a wallet
         */
        walletId: string;
    };
    query?: never;
    url: '/v1/wallets/{walletId}';
};

export type GetWalletErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWalletError = GetWalletErrors[keyof GetWalletErrors];

export type GetWalletResponses = {
    /**
     * The wallet.
     */
    200: Wallet;
};

export type GetWalletResponse = GetWalletResponses[keyof GetWalletResponses];

export type UpdateWalletData = {
    body: UpdateWallet;
    path: {
        /**
         * Id of a wallet
         */
        walletId: string;
    };
    query?: never;
    url: '/v1/wallets/{walletId}';
};

export type UpdateWalletErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type UpdateWalletError = UpdateWalletErrors[keyof UpdateWalletErrors];

export type UpdateWalletResponses = {
    /**
     * The wallet.
     */
    200: Wallet;
};

export type UpdateWalletResponse = UpdateWalletResponses[keyof UpdateWalletResponses];

export type ListWalletTransactionsData = {
    body?: never;
    path: {
        /**
         * Id of a wallet
         */
        walletId: string;
    };
    query?: {
        /**
         * How many items at most. A page of large items may have fewer, and then has a `nextCursor`.
         */
        limit?: number;
        /**
         * The `nextCursor` of the page before. It fits the same list with the same filters only.
         */
        cursor?: string;
    };
    url: '/v1/wallets/{walletId}/transactions';
};

export type ListWalletTransactionsErrors = {
    /**
     * `INVALID_REQUEST`, `INVALID_CURSOR`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListWalletTransactionsError = ListWalletTransactionsErrors[keyof ListWalletTransactionsErrors];

export type ListWalletTransactionsResponses = {
    /**
     * A page, newest first.
     */
    200: TransactionPage;
};

export type ListWalletTransactionsResponse = ListWalletTransactionsResponses[keyof ListWalletTransactionsResponses];

export type CreateWalletTransactionData = {
    body: CreateTransaction;
    headers: {
        /**
         * A new value for each new request: the same key and the same request again are answered with what the first one created.
         */
        'Idempotency-Key': string;
    };
    path: {
        /**
         * Id of a wallet
         */
        walletId: string;
    };
    query?: never;
    url: '/v1/wallets/{walletId}/transactions';
};

export type CreateWalletTransactionErrors = {
    /**
     * `INVALID_AMOUNT`, `INVALID_REQUEST`, `IDEMPOTENCY_KEY_REQUIRED`, `IDEMPOTENCY_KEY_INVALID`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `WALLET_SUSPENDED`, `IDEMPOTENCY_KEY_REUSED`
     */
    422: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type CreateWalletTransactionError = CreateWalletTransactionErrors[keyof CreateWalletTransactionErrors];

export type CreateWalletTransactionResponses = {
    /**
     * The same request was accepted before: what it created, as it is now.
     */
    200: Transaction;
    /**
     * Accepted.
     */
    202: Transaction;
};

export type CreateWalletTransactionResponse = CreateWalletTransactionResponses[keyof CreateWalletTransactionResponses];

export type GetWalletTransactionData = {
    body?: never;
    path: {
        /**
         * Id of a wallet
         */
        walletId: string;
        /**
         * Id of a wallet transaction
         */
        transactionId: string;
    };
    query?: never;
    url: '/v1/wallets/{walletId}/transactions/{transactionId}';
};

export type GetWalletTransactionErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWalletTransactionError = GetWalletTransactionErrors[keyof GetWalletTransactionErrors];

export type GetWalletTransactionResponses = {
    /**
     * The transaction.
     */
    200: Transaction;
};

export type GetWalletTransactionResponse = GetWalletTransactionResponses[keyof GetWalletTransactionResponses];

export type GetWalletOperationData = {
    body?: never;
    path: {
        /**
         * Id of a wallet
         */
        walletId: string;
        id: string | string;
    };
    query?: never;
    url: '/v1/wallets/{walletId}/operations/{id}';
};

export type GetWalletOperationErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWalletOperationError = GetWalletOperationErrors[keyof GetWalletOperationErrors];

export type GetWalletOperationResponses = {
    /**
     * The withdrawal or transaction.
     */
    200: WalletOperation;
};

export type GetWalletOperationResponse = GetWalletOperationResponses[keyof GetWalletOperationResponses];

export type ListWalletEntriesData = {
    body?: never;
    path: {
        /**
         * Id of a wallet
         */
        walletId: string;
    };
    query?: {
        /**
         * Which come first. `desc` means `newest`, `asc` means `oldest`.
         */
        order?: 'newest' | 'oldest' | 'desc' | 'asc';
        /**
         * How many items at most. A page of large items may have fewer, and then has a `nextCursor`.
         */
        limit?: number;
        /**
         * The `nextCursor` of the page before. It fits the same list with the same filters only.
         */
        cursor?: string;
    };
    url: '/v1/wallets/{walletId}/entries';
};

export type ListWalletEntriesErrors = {
    /**
     * `INVALID_REQUEST`, `INVALID_CURSOR`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListWalletEntriesError = ListWalletEntriesErrors[keyof ListWalletEntriesErrors];

export type ListWalletEntriesResponses = {
    /**
     * A page of entries.
     */
    200: EntryPage;
};

export type ListWalletEntriesResponse = ListWalletEntriesResponses[keyof ListWalletEntriesResponses];

export type ListWebhookEndpointsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * How many items at most. A page of large items may have fewer, and then has a `nextCursor`.
         */
        limit?: number;
        /**
         * The `nextCursor` of the page before. It fits the same list with the same filters only.
         */
        cursor?: string;
    };
    url: '/v1/webhook-endpoints';
};

export type ListWebhookEndpointsErrors = {
    /**
     * `INVALID_REQUEST`, `INVALID_CURSOR`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListWebhookEndpointsError = ListWebhookEndpointsErrors[keyof ListWebhookEndpointsErrors];

export type ListWebhookEndpointsResponses = {
    /**
     * A page, newest first.
     */
    200: WebhookEndpointPage;
};

export type ListWebhookEndpointsResponse = ListWebhookEndpointsResponses[keyof ListWebhookEndpointsResponses];

export type CreateWebhookEndpointData = {
    body: CreateWebhookEndpoint;
    path?: never;
    query?: never;
    url: '/v1/webhook-endpoints';
};

export type CreateWebhookEndpointErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `WEBHOOK_URL_NOT_ALLOWED`
     */
    422: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type CreateWebhookEndpointError = CreateWebhookEndpointErrors[keyof CreateWebhookEndpointErrors];

export type CreateWebhookEndpointResponses = {
    /**
     * Created.
     */
    201: CreatedWebhookEndpoint;
};

export type CreateWebhookEndpointResponse = CreateWebhookEndpointResponses[keyof CreateWebhookEndpointResponses];

export type DeleteWebhookEndpointData = {
    body?: never;
    path: {
        /**
         * Id of a webhook endpoint
         */
        id: string;
    };
    query?: never;
    url: '/v1/webhook-endpoints/{id}';
};

export type DeleteWebhookEndpointErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type DeleteWebhookEndpointError = DeleteWebhookEndpointErrors[keyof DeleteWebhookEndpointErrors];

export type DeleteWebhookEndpointResponses = {
    /**
     * Deleted.
     */
    204: void;
};

export type DeleteWebhookEndpointResponse = DeleteWebhookEndpointResponses[keyof DeleteWebhookEndpointResponses];

export type GetWebhookEndpointData = {
    body?: never;
    path: {
        /**
         * Id of a webhook endpoint
         */
        id: string;
    };
    query?: never;
    url: '/v1/webhook-endpoints/{id}';
};

export type GetWebhookEndpointErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWebhookEndpointError = GetWebhookEndpointErrors[keyof GetWebhookEndpointErrors];

export type GetWebhookEndpointResponses = {
    /**
     * The endpoint.
     */
    200: WebhookEndpoint;
};

export type GetWebhookEndpointResponse = GetWebhookEndpointResponses[keyof GetWebhookEndpointResponses];

export type UpdateWebhookEndpointData = {
    body: UpdateWebhookEndpoint;
    path: {
        /**
         * Id of a webhook endpoint
         */
        id: string;
    };
    query?: never;
    url: '/v1/webhook-endpoints/{id}';
};

export type UpdateWebhookEndpointErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `WEBHOOK_URL_NOT_ALLOWED`
     */
    422: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type UpdateWebhookEndpointError = UpdateWebhookEndpointErrors[keyof UpdateWebhookEndpointErrors];

export type UpdateWebhookEndpointResponses = {
    /**
     * The endpoint.
     */
    200: WebhookEndpoint;
};

export type UpdateWebhookEndpointResponse = UpdateWebhookEndpointResponses[keyof UpdateWebhookEndpointResponses];

export type RotateWebhookSecretData = {
    body?: never;
    path: {
        /**
         * Id of a webhook endpoint
         */
        id: string;
    };
    query?: never;
    url: '/v1/webhook-endpoints/{id}/rotate-secret';
};

export type RotateWebhookSecretErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type RotateWebhookSecretError = RotateWebhookSecretErrors[keyof RotateWebhookSecretErrors];

export type RotateWebhookSecretResponses = {
    /**
     * The endpoint with its new secret.
     */
    200: CreatedWebhookEndpoint;
};

export type RotateWebhookSecretResponse = RotateWebhookSecretResponses[keyof RotateWebhookSecretResponses];

export type TestWebhookEndpointData = {
    body?: never;
    path: {
        /**
         * Id of a webhook endpoint
         */
        id: string;
    };
    query?: never;
    url: '/v1/webhook-endpoints/{id}/test';
};

export type TestWebhookEndpointErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type TestWebhookEndpointError = TestWebhookEndpointErrors[keyof TestWebhookEndpointErrors];

export type TestWebhookEndpointResponses = {
    /**
     * Its delivery.
     */
    202: WebhookDelivery;
};

export type TestWebhookEndpointResponse = TestWebhookEndpointResponses[keyof TestWebhookEndpointResponses];

export type ListWebhookDeliveriesData = {
    body?: never;
    path: {
        /**
         * Id of a webhook endpoint
         */
        id: string;
    };
    query?: {
        status?: 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'FAILED';
        /**
         * The type of the event.
         */
        type?: string;
        createdAfter?: string;
        createdBefore?: string;
        /**
         * How many items at most. A page of large items may have fewer, and then has a `nextCursor`.
         */
        limit?: number;
        /**
         * The `nextCursor` of the page before. It fits the same list with the same filters only.
         */
        cursor?: string;
    };
    url: '/v1/webhook-endpoints/{id}/deliveries';
};

export type ListWebhookDeliveriesErrors = {
    /**
     * `INVALID_REQUEST`, `INVALID_CURSOR`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListWebhookDeliveriesError = ListWebhookDeliveriesErrors[keyof ListWebhookDeliveriesErrors];

export type ListWebhookDeliveriesResponses = {
    /**
     * A page, newest first.
     */
    200: WebhookDeliveryPage;
};

export type ListWebhookDeliveriesResponse = ListWebhookDeliveriesResponses[keyof ListWebhookDeliveriesResponses];

export type ReplayWebhooksData = {
    body: ReplayWebhooks;
    path: {
        /**
         * Id of a webhook endpoint
         */
        id: string;
    };
    query?: never;
    url: '/v1/webhook-endpoints/{id}/replay';
};

export type ReplayWebhooksErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ReplayWebhooksError = ReplayWebhooksErrors[keyof ReplayWebhooksErrors];

export type ReplayWebhooksResponses = {
    /**
     * It goes on.
     */
    202: WebhookReplay;
};

export type ReplayWebhooksResponse = ReplayWebhooksResponses[keyof ReplayWebhooksResponses];

export type RedeliverWebhookData = {
    body?: never;
    path: {
        /**
         * Id of a delivery: of one event to one endpoint
         */
        id: string;
    };
    query?: never;
    url: '/v1/webhook-deliveries/{id}/redeliver';
};

export type RedeliverWebhookErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type RedeliverWebhookError = RedeliverWebhookErrors[keyof RedeliverWebhookErrors];

export type RedeliverWebhookResponses = {
    /**
     * On its way.
     */
    202: WebhookReplay;
};

export type RedeliverWebhookResponse = RedeliverWebhookResponses[keyof RedeliverWebhookResponses];

export type SendWebhookData = {
    body: SendWebhook;
    path?: never;
    query?: never;
    url: '/v1/webhooks';
};

export type SendWebhookErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type SendWebhookError = SendWebhookErrors[keyof SendWebhookErrors];

export type SendWebhookResponses = {
    /**
     * Its delivery.
     */
    202: WebhookDelivery;
};

export type SendWebhookResponse = SendWebhookResponses[keyof SendWebhookResponses];

export type GetWebhookStatsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/webhooks/stats';
};

export type GetWebhookStatsErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWebhookStatsError = GetWebhookStatsErrors[keyof GetWebhookStatsErrors];

export type GetWebhookStatsResponses = {
    /**
     * The numbers, of all endpoints and of each.
     */
    200: WebhookStats;
};

export type GetWebhookStatsResponse = GetWebhookStatsResponses[keyof GetWebhookStatsResponses];

export type GetWebhookDeliveryData = {
    body?: never;
    path: {
        /**
         * Id of a delivery: of one event to one endpoint
         */
        id: string;
    };
    query?: never;
    url: '/v1/webhook-deliveries/{id}';
};

export type GetWebhookDeliveryErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWebhookDeliveryError = GetWebhookDeliveryErrors[keyof GetWebhookDeliveryErrors];

export type GetWebhookDeliveryResponses = {
    /**
     * The delivery.
     */
    200: WebhookDelivery;
};

export type GetWebhookDeliveryResponse = GetWebhookDeliveryResponses[keyof GetWebhookDeliveryResponses];

export type GraphqlData = {
    body: {
        query: string;
        operationName?: string | null;
        variables?: {
            [key: string]: unknown;
        } | null;
        extensions?: {
            [key: string]: unknown;
        } | null;
    };
    path?: never;
    query?: never;
    url: '/graphql';
};

export type GraphqlErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GraphqlError = GraphqlErrors[keyof GraphqlErrors];

export type GraphqlResponses = {
    /**
     * What was asked for, and what was refused.
     */
    200: GraphqlAnswer;
};

export type GraphqlResponse = GraphqlResponses[keyof GraphqlResponses];

export type GetReconciliationData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/reconciliation';
};

export type GetReconciliationErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetReconciliationError = GetReconciliationErrors[keyof GetReconciliationErrors];

export type GetReconciliationResponses = {
    /**
     * The last report.
     */
    200: Reconciliation;
};

export type GetReconciliationResponse = GetReconciliationResponses[keyof GetReconciliationResponses];

export type StartReconciliationData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/reconciliation';
};

export type StartReconciliationErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type StartReconciliationError = StartReconciliationErrors[keyof StartReconciliationErrors];

export type StartReconciliationResponses = {
    /**
     * Asked for.
     */
    202: ReconciliationAsked;
};

export type StartReconciliationResponse = StartReconciliationResponses[keyof StartReconciliationResponses];

export type ListOpenWithdrawalsData = {
    body?: never;
    path?: never;
    query?: {
        stage?: 'requested' | 'debiting' | 'reserved' | 'converting' | 'converted' | 'signed' | 'broadcast' | 'confirmed' | 'settled' | 'refunding' | 'refunded' | 'rejected' | 'cancelled' | 'review';
        status?: 'PENDING' | 'PROCESSING' | 'RETRYING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REVIEW';
        /**
         * Created before this time (RFC 3339), or longer ago than this (such as 90s, 30m, 24h or 7d).
         */
        olderThan?: string;
        tenant?: string;
        /**
         * How many items at most. A page of large items may have fewer, and then has a `nextCursor`.
         */
        limit?: number;
        /**
         * The `nextCursor` of the page before. It fits the same list with the same filters only.
         */
        cursor?: string;
    };
    url: '/v1/operations/withdrawals';
};

export type ListOpenWithdrawalsErrors = {
    /**
     * `INVALID_REQUEST`, `INVALID_CURSOR`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListOpenWithdrawalsError = ListOpenWithdrawalsErrors[keyof ListOpenWithdrawalsErrors];

export type ListOpenWithdrawalsResponses = {
    /**
     * A page, oldest first.
     */
    200: OpenPage;
};

export type ListOpenWithdrawalsResponse = ListOpenWithdrawalsResponses[keyof ListOpenWithdrawalsResponses];

export type InspectWithdrawalData = {
    body?: never;
    path: {
        /**
         * Id of a withdrawal
         */
        id: string;
    };
    query?: never;
    url: '/v1/operations/withdrawals/{id}';
};

export type InspectWithdrawalErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type InspectWithdrawalError = InspectWithdrawalErrors[keyof InspectWithdrawalErrors];

export type InspectWithdrawalResponses = {
    /**
     * The withdrawal.
     */
    200: InspectedWithdrawal;
};

export type InspectWithdrawalResponse = InspectWithdrawalResponses[keyof InspectWithdrawalResponses];

export type GetWithdrawalTraceData = {
    body?: never;
    path: {
        /**
         * Id of a withdrawal
         */
        id: string;
    };
    query?: never;
    url: '/v1/operations/withdrawals/{id}/trace';
};

export type GetWithdrawalTraceErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetWithdrawalTraceError = GetWithdrawalTraceErrors[keyof GetWithdrawalTraceErrors];

export type GetWithdrawalTraceResponses = {
    /**
     * Its trace.
     */
    200: Trace;
};

export type GetWithdrawalTraceResponse = GetWithdrawalTraceResponses[keyof GetWithdrawalTraceResponses];

export type ResumeWithdrawalData = {
    body: Resolve;
    path: {
        /**
         * Id of a withdrawal
         */
        id: string;
    };
    query?: never;
    url: '/v1/operations/withdrawals/{id}/resume';
};

export type ResumeWithdrawalErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ResumeWithdrawalError = ResumeWithdrawalErrors[keyof ResumeWithdrawalErrors];

export type ResumeWithdrawalResponses = {
    /**
     * Confirmed and done, now or by the same caller before.
     */
    200: Resolution;
    /**
     * Proposed. Another principal has to confirm it.
     */
    202: Resolution;
};

export type ResumeWithdrawalResponse = ResumeWithdrawalResponses[keyof ResumeWithdrawalResponses];

export type RefundWithdrawalData = {
    body: Resolve;
    path: {
        /**
         * Id of a withdrawal
         */
        id: string;
    };
    query?: never;
    url: '/v1/operations/withdrawals/{id}/refund';
};

export type RefundWithdrawalErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type RefundWithdrawalError = RefundWithdrawalErrors[keyof RefundWithdrawalErrors];

export type RefundWithdrawalResponses = {
    /**
     * Confirmed and done, now or by the same caller before.
     */
    200: Resolution;
    /**
     * Proposed. Another principal has to confirm it.
     */
    202: Resolution;
};

export type RefundWithdrawalResponse = RefundWithdrawalResponses[keyof RefundWithdrawalResponses];

export type CancelPayoutData = {
    body: Resolve;
    path: {
        /**
         * Id of a withdrawal
         */
        id: string;
    };
    query?: never;
    url: '/v1/operations/withdrawals/{id}/cancel-payout';
};

export type CancelPayoutErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type CancelPayoutError = CancelPayoutErrors[keyof CancelPayoutErrors];

export type CancelPayoutResponses = {
    /**
     * Confirmed and done, now or by the same caller before.
     */
    200: Resolution;
    /**
     * Proposed. Another principal has to confirm it.
     */
    202: Resolution;
};

export type CancelPayoutResponse = CancelPayoutResponses[keyof CancelPayoutResponses];

export type ListSwitchesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/operations/switches';
};

export type ListSwitchesErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListSwitchesError = ListSwitchesErrors[keyof ListSwitchesErrors];

export type ListSwitchesResponses = {
    /**
     * The switches.
     */
    200: Switches;
};

export type ListSwitchesResponse = ListSwitchesResponses[keyof ListSwitchesResponses];

export type TurnSwitchData = {
    body: TurnSwitch;
    path: {
        name: 'accept' | 'debit' | 'on-ramp' | 'sign' | 'broadcast' | 'webhook';
    };
    query?: never;
    url: '/v1/operations/switches/{name}';
};

export type TurnSwitchErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type TurnSwitchError = TurnSwitchErrors[keyof TurnSwitchErrors];

export type TurnSwitchResponses = {
    /**
     * The switch as it is now.
     */
    200: Switch;
};

export type TurnSwitchResponse = TurnSwitchResponses[keyof TurnSwitchResponses];

export type GetProcessorData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/processor';
};

export type GetProcessorErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetProcessorError = GetProcessorErrors[keyof GetProcessorErrors];

export type GetProcessorResponses = {
    /**
     * The processor.
     */
    200: Processor;
};

export type GetProcessorResponse = GetProcessorResponses[keyof GetProcessorResponses];

export type StopProcessorData = {
    body?: TurnProcessor;
    path?: never;
    query?: never;
    url: '/v1/processor/stop';
};

export type StopProcessorErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type StopProcessorError = StopProcessorErrors[keyof StopProcessorErrors];

export type StopProcessorResponses = {
    /**
     * The processor as it is now.
     */
    200: Processor;
};

export type StopProcessorResponse = StopProcessorResponses[keyof StopProcessorResponses];

export type StartProcessorData = {
    body?: TurnProcessor;
    path?: never;
    query?: never;
    url: '/v1/processor/start';
};

export type StartProcessorErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type StartProcessorError = StartProcessorErrors[keyof StartProcessorErrors];

export type StartProcessorResponses = {
    /**
     * The processor as it is now.
     */
    200: Processor;
};

export type StartProcessorResponse = StartProcessorResponses[keyof StartProcessorResponses];

export type GetStatsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/stats';
};

export type GetStatsErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetStatsError = GetStatsErrors[keyof GetStatsErrors];

export type GetStatsResponses = {
    /**
     * The numbers.
     */
    200: Stats;
};

export type GetStatsResponse = GetStatsResponses[keyof GetStatsResponses];

export type GetDeadLettersData = {
    body?: never;
    path: {
        step: 'journal' | 'debit' | 'on-ramp' | 'broadcast' | 'confirm' | 'refund' | 'webhook' | 'webhook-retry' | 'relay' | 'bus';
    };
    query?: never;
    url: '/v1/dead-letters/{step}';
};

export type GetDeadLettersErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetDeadLettersError = GetDeadLettersErrors[keyof GetDeadLettersErrors];

export type GetDeadLettersResponses = {
    /**
     * What lies there.
     */
    200: DeadLetters;
};

export type GetDeadLettersResponse = GetDeadLettersResponses[keyof GetDeadLettersResponses];

export type RedriveDeadLettersData = {
    body?: never;
    path: {
        step: 'journal' | 'debit' | 'on-ramp' | 'broadcast' | 'confirm' | 'refund' | 'webhook' | 'webhook-retry' | 'relay' | 'bus';
    };
    query?: never;
    url: '/v1/dead-letters/{step}/redrive';
};

export type RedriveDeadLettersErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type RedriveDeadLettersError = RedriveDeadLettersErrors[keyof RedriveDeadLettersErrors];

export type RedriveDeadLettersResponses = {
    /**
     * Under way.
     */
    202: Redriven;
};

export type RedriveDeadLettersResponse = RedriveDeadLettersResponses[keyof RedriveDeadLettersResponses];

export type DiscardDeadLetterData = {
    body: DiscardLetter;
    path: {
        step: 'journal' | 'debit' | 'on-ramp' | 'broadcast' | 'confirm' | 'refund' | 'webhook' | 'webhook-retry' | 'relay' | 'bus';
    };
    query?: never;
    url: '/v1/dead-letters/{step}/discard';
};

export type DiscardDeadLetterErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `NOT_FOUND`
     */
    404: Problem;
    /**
     * `CONFLICT`
     */
    409: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `UNSUPPORTED_MEDIA_TYPE`
     */
    415: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type DiscardDeadLetterError = DiscardDeadLetterErrors[keyof DiscardDeadLetterErrors];

export type DiscardDeadLetterResponses = {
    /**
     * It is gone.
     */
    200: Discarded;
};

export type DiscardDeadLetterResponse = DiscardDeadLetterResponses[keyof DiscardDeadLetterResponses];

export type GetTreasuryData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/operations/treasury';
};

export type GetTreasuryErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetTreasuryError = GetTreasuryErrors[keyof GetTreasuryErrors];

export type GetTreasuryResponses = {
    /**
     * All networks.
     */
    200: Treasury;
};

export type GetTreasuryResponse = GetTreasuryResponses[keyof GetTreasuryResponses];

export type ListCircuitBreakersData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/circuit-breakers';
};

export type ListCircuitBreakersErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `FORBIDDEN`
     */
    403: Problem;
    /**
     * `RATE_LIMITED`
     */
    429: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ListCircuitBreakersError = ListCircuitBreakersErrors[keyof ListCircuitBreakersErrors];

export type ListCircuitBreakersResponses = {
    /**
     * All of them.
     */
    200: CircuitBreakers;
};

export type ListCircuitBreakersResponse = ListCircuitBreakersResponses[keyof ListCircuitBreakersResponses];

export type ReceiveDueEventData = {
    body: {
        id: string;
        type: string;
        [key: string]: unknown;
    };
    path?: never;
    query?: never;
    url: '/v1/providers/due/events';
};

export type ReceiveDueEventErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * `UNAUTHORIZED`
     */
    401: Problem;
    /**
     * `PAYLOAD_TOO_LARGE`
     */
    413: Problem;
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type ReceiveDueEventError = ReceiveDueEventErrors[keyof ReceiveDueEventErrors];

export type ReceiveDueEventResponses = {
    /**
     * Received.
     */
    200: {
        received: true;
    };
};

export type ReceiveDueEventResponse = ReceiveDueEventResponses[keyof ReceiveDueEventResponses];

export type GetOpenApiData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/openapi.json';
};

export type GetOpenApiErrors = {
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetOpenApiError = GetOpenApiErrors[keyof GetOpenApiErrors];

export type GetOpenApiResponses = {
    /**
     * An OpenAPI 3.1 document.
     */
    200: {
        openapi: string;
        [key: string]: unknown;
    };
};

export type GetOpenApiResponse = GetOpenApiResponses[keyof GetOpenApiResponses];

export type GetDocsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/docs';
};

export type GetDocsErrors = {
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetDocsError = GetDocsErrors[keyof GetDocsErrors];

export type GetDocsResponses = {
    /**
     * A page.
     */
    200: string;
};

export type GetDocsResponse = GetDocsResponses[keyof GetDocsResponses];

export type GetConsoleData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/console';
};

export type GetConsoleErrors = {
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetConsoleError = GetConsoleErrors[keyof GetConsoleErrors];

export type GetConsoleResponses = {
    /**
     * A page.
     */
    200: string;
};

export type GetConsoleResponse = GetConsoleResponses[keyof GetConsoleResponses];

export type GetStartData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/';
};

export type GetStartErrors = {
    /**
     * `TEMPORARILY_UNAVAILABLE`
     */
    503: Problem;
};

export type GetStartError = GetStartErrors[keyof GetStartErrors];

export type GetStartResponses = {
    /**
     * A page.
     */
    200: string;
};

export type GetStartResponse = GetStartResponses[keyof GetStartResponses];

export type GetHealthData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/health';
};

export type GetHealthErrors = {
    /**
     * `INVALID_REQUEST`
     */
    400: Problem;
    /**
     * It does not.
     */
    503: Health;
};

export type GetHealthError = GetHealthErrors[keyof GetHealthErrors];

export type GetHealthResponses = {
    /**
     * It does.
     */
    200: Health;
};

export type GetHealthResponse = GetHealthResponses[keyof GetHealthResponses];

export type WithdrawalRequestedEventWebhookPayload = {
    id: string;
    type: 'withdrawal.requested';
    timestamp: string;
    sequence: number;
    data: Withdrawal;
};

export type WithdrawalRequestedEventWebhookRequest = {
    body: WithdrawalRequestedEventWebhookPayload;
    key: 'withdrawal.requested';
    path?: never;
    query?: never;
};

export type WithdrawalReservedEventWebhookPayload = {
    id: string;
    type: 'withdrawal.reserved';
    timestamp: string;
    sequence: number;
    data: Withdrawal;
};

export type WithdrawalReservedEventWebhookRequest = {
    body: WithdrawalReservedEventWebhookPayload;
    key: 'withdrawal.reserved';
    path?: never;
    query?: never;
};

export type WithdrawalConvertedEventWebhookPayload = {
    id: string;
    type: 'withdrawal.converted';
    timestamp: string;
    sequence: number;
    data: Withdrawal;
};

export type WithdrawalConvertedEventWebhookRequest = {
    body: WithdrawalConvertedEventWebhookPayload;
    key: 'withdrawal.converted';
    path?: never;
    query?: never;
};

export type WithdrawalBroadcastEventWebhookPayload = {
    id: string;
    type: 'withdrawal.broadcast';
    timestamp: string;
    sequence: number;
    data: Withdrawal;
};

export type WithdrawalBroadcastEventWebhookRequest = {
    body: WithdrawalBroadcastEventWebhookPayload;
    key: 'withdrawal.broadcast';
    path?: never;
    query?: never;
};

export type WithdrawalRetryingEventWebhookPayload = {
    id: string;
    type: 'withdrawal.retrying';
    timestamp: string;
    sequence: number;
    data: Withdrawal;
};

export type WithdrawalRetryingEventWebhookRequest = {
    body: WithdrawalRetryingEventWebhookPayload;
    key: 'withdrawal.retrying';
    path?: never;
    query?: never;
};

export type WithdrawalCompletedEventWebhookPayload = {
    id: string;
    type: 'withdrawal.completed';
    timestamp: string;
    sequence: number;
    data: Withdrawal;
};

export type WithdrawalCompletedEventWebhookRequest = {
    body: WithdrawalCompletedEventWebhookPayload;
    key: 'withdrawal.completed';
    path?: never;
    query?: never;
};

export type WithdrawalFailedEventWebhookPayload = {
    id: string;
    type: 'withdrawal.failed';
    timestamp: string;
    sequence: number;
    data: Withdrawal;
};

export type WithdrawalFailedEventWebhookRequest = {
    body: WithdrawalFailedEventWebhookPayload;
    key: 'withdrawal.failed';
    path?: never;
    query?: never;
};

export type WithdrawalCancelledEventWebhookPayload = {
    id: string;
    type: 'withdrawal.cancelled';
    timestamp: string;
    sequence: number;
    data: Withdrawal;
};

export type WithdrawalCancelledEventWebhookRequest = {
    body: WithdrawalCancelledEventWebhookPayload;
    key: 'withdrawal.cancelled';
    path?: never;
    query?: never;
};

export type WithdrawalReviewEventWebhookPayload = {
    id: string;
    type: 'withdrawal.review';
    timestamp: string;
    sequence: number;
    data: Withdrawal;
};

export type WithdrawalReviewEventWebhookRequest = {
    body: WithdrawalReviewEventWebhookPayload;
    key: 'withdrawal.review';
    path?: never;
    query?: never;
};

export type WalletCreditedEventWebhookPayload = {
    id: string;
    type: 'wallet.credited';
    timestamp: string;
    sequence: number;
    data: Transaction;
};

export type WalletCreditedEventWebhookRequest = {
    body: WalletCreditedEventWebhookPayload;
    key: 'wallet.credited';
    path?: never;
    query?: never;
};

export type WalletDebitedEventWebhookPayload = {
    id: string;
    type: 'wallet.debited';
    timestamp: string;
    sequence: number;
    data: Transaction;
};

export type WalletDebitedEventWebhookRequest = {
    body: WalletDebitedEventWebhookPayload;
    key: 'wallet.debited';
    path?: never;
    query?: never;
};

export type WebhookEndpointDisabledEventWebhookPayload = {
    id: string;
    type: 'webhook-endpoint.disabled';
    timestamp: string;
    sequence: number;
    data: {
        id: string;
        url: string;
        disabledReason: 'RECEIVER_GONE' | 'FAILING';
        disabledAt: string;
    };
};

export type WebhookEndpointDisabledEventWebhookRequest = {
    body: WebhookEndpointDisabledEventWebhookPayload;
    key: 'webhook-endpoint.disabled';
    path?: never;
    query?: never;
};

export type WebhookEndpointTestEventWebhookPayload = {
    id: string;
    type: 'webhook-endpoint.test';
    timestamp: string;
    sequence: number;
    data: {
        id: string;
        url: string;
        sentAt: string;
    };
};

export type WebhookEndpointTestEventWebhookRequest = {
    body: WebhookEndpointTestEventWebhookPayload;
    key: 'webhook-endpoint.test';
    path?: never;
    query?: never;
};
