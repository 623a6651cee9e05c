/**
 * What a Query or a Scan looks at, at most, where nothing else bounds it. DynamoDB ends a page at 1 MB by itself; the engine of
 * the local system reads the whole partition, or table, before it does, and meanwhile nobody else is served.
 */
export const pageItemsMax = 1_000;
