/** The GraphQL schema: REST's resources with the same fields. It checks types only; core/requests/schemas.ts checks values. */
import { buildSchema, type GraphQLSchema } from 'graphql';
import { statuses } from '../../core/withdrawal/withdrawal.ts';

/** Only `status` is an enum, because it is an argument, too. */
export const graphqlSchema: GraphQLSchema = buildSchema(/* GraphQL */ `
"An object of string values."
scalar JSON

enum WithdrawalStatus { ${statuses.join(' ')} }

type Withdrawal {
  id: ID!
  walletId: ID!
  status: WithdrawalStatus!
  "Where it stands within its status, such as reserved, broadcast or settled."
  stage: String!
  "Amounts are decimal strings in the major unit of their currency."
  amount: String!
  currency: String!
  asset: String!
  network: String!
  destinationAddress: String!
  "What is paid on chain; null until that is known."
  payout: Payout
  fees: [Fee!]!
  txHash: String
  explorerUrl: String
  confirmations: Int!
  retryCount: Int!
  maxRetries: Int!
  "Times are RFC 3339 in UTC with milliseconds."
  nextAttemptAt: String
  failure: Failure
  reference: String
  metadata: JSON!
  idempotencyKey: String!
  createdAt: String!
  updatedAt: String!
  completedAt: String
}

type Payout { amount: String!, asset: String! }
type Fee { type: String!, amount: String!, currency: String! }
type Failure { code: String!, message: String!, retryable: Boolean! }

"Newest first."
type WithdrawalPage {
  data: [Withdrawal!]!
  "The cursor of the next page; null on the last one. It fits the same filters only."
  nextCursor: String
}

type Wallet {
  id: ID!
  currency: String!
  available: String!
  held: String!
  status: String!
  funding: Funding!
  reference: String
  metadata: JSON!
  createdAt: String!
  updatedAt: String!
}

type Funding { type: String!, accountId: String }

input CreateWithdrawalInput {
  walletId: ID!
  amount: String!
  asset: String!
  network: String!
  destinationAddress: String!
  reference: String
  metadata: JSON
  "0 to 10, 3 if not said."
  maxRetries: Int
}

"A field that is refused is null, with an error whose extensions have code and status."
type Query {
  withdrawal(id: ID!): Withdrawal
  """
  limit: 1 to 100, 50 if not said. createdAfter and createdBefore are times of RFC 3339: created at the first or later, and
  before the second.
  """
  withdrawals(
    walletId: ID
    status: WithdrawalStatus
    network: String
    batchId: ID
    createdAfter: String
    createdBefore: String
    limit: Int
    cursor: String
  ): WithdrawalPage
  wallet(id: ID!): Wallet
}

"Carried out one after the other. Each stands for itself: what was done before one that is refused stays done."
type Mutation {
  """
  The idempotencyKey is required (IDEMPOTENCY_KEY_REQUIRED without it), a new one for each new withdrawal. The same again
  answers with the withdrawal that is there.
  """
  createWithdrawal(input: CreateWithdrawalInput!, idempotencyKey: String): Withdrawal
  cancelWithdrawal(id: ID!): Withdrawal
  retryWithdrawal(id: ID!): Withdrawal
}
`);
