/** What a batch of withdrawals may have, and how long it may take. */

/** Lines of one batch, and bytes of its body. */
export const batchLinesMax = 500;
export const batchBytesMax = 1024 * 1024;
/** Wrong fields that the answer names of one line: five hundred lines must fit into what a function may answer. */
export const lineErrorsMax = 20;
/** Lines of different wallets that are accepted at once. */
export const linesSideBySide = 16;
/** The timeout of its function: API Gateway waits 29 s (API Gateway quotas, integration timeout). */
export const batchTimeoutSeconds = 28;
/** No line is begun after this long; the rest of the time is for the lines that are under way, and for the answer. */
export const batchBeginMs = 15_000;
