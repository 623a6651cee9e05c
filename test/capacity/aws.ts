/**
 * What AWS gives, as it publishes it, and what it charges: the walls of the capacity proof. Latencies are not published but for
 * "single-digit milliseconds" (DynamoDB); the others are what is commonly measured within one region, at the slow end.
 */

/** Milliseconds from the call to its answer, both ways together. */
export type Latency = readonly [least: number, most: number];

export const latencies = {
  dynamodb: [3, 9],
  /** A transaction has two rounds (DynamoDB guide, "Amazon DynamoDB Transactions: How it works"). */
  transaction: [8, 22],
  sqs: [5, 20],
  keys: [8, 30],
  /** API Gateway and its cached authorizer, before the function. */
  api: [8, 20],
  chain: [20, 120],
} as const satisfies Record<string, Latency>;

/** DynamoDB guide, "Service, account, and table quotas" and "Best practices for designing partition keys". */
export const dynamodb = {
  /** Of one partition key, of a table or of an index, each second. */
  partitionWriteUnits: 1_000,
  partitionReadUnits: 3_000,
  /**
   * What was not used for up to 300 s may be used later ("Burst capacity"), but nothing promises that a partition does more than its
   * limit with it. So nothing is saved here.
   */
  burstSeconds: 1,
  /** An index shows a change up to so much later. AWS gives no time; within a fraction of a second is usual. */
  indexLagMs: 100,
  /** The quota of a table on demand, which can be raised. A new table begins at 4,000 and is warmed up ("Warm throughput"). */
  tableWriteUnits: 40_000,
  /** How long a transaction holds its items: a write that meets it is refused (TransactionConflict). */
  transactionHoldsMs: 5,
} as const;

/** SQS guide, "Amazon SQS message quotas", FIFO with high throughput: requests a second of one group. */
export const sqs = { groupRequests: 300 } as const;

/** Lambda guide, "Lambda quotas" and "Using Lambda with DynamoDB": the default quota, and how often each shard is polled. */
export const lambda = {
  concurrency: 1_000,
  coldStartMs: 400,
  /** An event source mapping takes so long from a message to its function. */
  pollMs: [5, 25],
  shardPollMs: 250,
  /** So much memory has one vCPU ("Configure Lambda function memory"). */
  vcpuMb: 1_769,
} as const;

/** KMS guide, "Request quotas": asymmetric keys of elliptic curves, each second, in the larger regions. */
export const kms = { signatures: 1_000 } as const;

/** List prices of us-east-1, in dollars for one (AWS's price lists, 2026). */
export const prices = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  sqsRequest: 0.5e-6,
  invocation: 0.2e-6,
  gbSecond: 13.3334e-6,
  apiRequest: 3.5e-6,
  signature: 15e-6,
} as const;
