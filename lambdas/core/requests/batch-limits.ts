/** What a batch of withdrawals may have, and how long it may take. */

/** Lines of one batch, and bytes of its body. */
export const batchLinesMax = 500;
export const batchBytesMax = 1024 * 1024;
/** Wrong fields that the answer names of one line: five hundred lines must fit into what a function may answer. */
export const lineErrorsMax = 20;
/**
 * Lines that are accepted at once. They are begun in their order, and each has a later time of acceptance than the one before, by
 * which a wallet applies them; who is written first does not matter (docs/decisions/0004-order-in-a-wallet.md).
 */
export const linesSideBySide = 32;
/** Lines that are looked for by one request to the database, which takes a hundred keys: of a withdrawal and of its wallet. */
export const linesReadTogether = 50;
/** The timeout of its function: API Gateway waits 29 s (API Gateway quotas, integration timeout). */
export const batchTimeoutSeconds = 28;
/** No line is begun after this long; the rest of the time is for the lines that are under way, and for the answer. */
export const batchBeginMs = 18_000;
