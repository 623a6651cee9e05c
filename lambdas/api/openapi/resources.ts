/** The schemas of the API's answers in the OpenAPI document. A test checks every answer of the running server by them. */
import * as z from 'zod';
import { assets, currencies } from '../../core/kernel/money.ts';
import { networks } from '../../core/kernel/networks.ts';
import { accountNames, entryKinds } from '../../core/ledger/ledger.ts';
import { problemCodes } from '../../core/requests/problem.ts';
import { failureCodes, type Stage, stages, statuses } from '../../core/withdrawal/withdrawal.ts';

export const idOf = (kind: string, what: string) =>
  z
    .string()
    .regex(new RegExp(`^${kind}_[0-9a-hjkmnp-tv-z]{26}$`))
    .meta({ description: what, examples: [`${kind}_01h455vb4pex5vsknk084sn02q`] });
export const walletId = idOf('wal', 'Id of a wallet');
export const withdrawalId = idOf('wd', 'Id of a withdrawal');
export const transactionId = idOf('txn', 'Id of a wallet transaction');

export const amount = z
  .string()
  .regex(/^(0|[1-9]\d*)\.\d{2,18}$/)
  .meta({
    description: 'A decimal string in the major unit of its currency.',
    examples: ['100.00'],
  });
export const time = z.iso.datetime({ precision: 3 });
const currency = z.enum(currencies);
const reference = z.string().nullable();
const metadata = z.record(z.string(), z.string());
export const stage = z.enum(Object.keys(stages) as [Stage, ...Stage[]]);

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.enum(problemCodes),
    requestId: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({
            description: 'Where it is: a JSON Pointer into the body, or the name of a parameter.',
          }),
          code: z.string(),
          detail: z.string(),
        }),
      )
      .optional(),
    limit: z.string().nullable().optional(),
    remaining: z.string().nullable().optional(),
    resetsAt: time.nullable().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. `code` is stable, `detail` is for people.' });

const WithdrawalFailure = z
  .object({ code: z.enum(failureCodes), message: z.string(), retryable: z.boolean() })
  .meta({ id: 'WithdrawalFailure' });

export const Withdrawal = z
  .object({
    id: withdrawalId,
    walletId,
    status: z.enum(statuses),
    stage,
    amount,
    currency,
    asset: z.enum(assets),
    network: z.enum(networks),
    destinationAddress: z.string(),
    payout: z.object({ amount, asset: z.enum(assets) }).nullable(),
    fees: z.array(z.object({ type: z.literal('on-ramp'), amount, currency })),
    txHash: z.string().nullable(),
    explorerUrl: z.string().nullable(),
    confirmations: z.int().min(0),
    retryCount: z.int().min(0),
    maxRetries: z.int().min(0).max(10),
    nextAttemptAt: time.nullable(),
    failure: WithdrawalFailure.nullable(),
    reference,
    metadata,
    idempotencyKey: z.string(),
    createdAt: time,
    updatedAt: time,
    completedAt: time.nullable(),
  })
  .meta({ id: 'Withdrawal' });

export const Timeline = z
  .array(
    z.object({
      sequence: z.int().min(1),
      stage,
      status: z.enum(statuses),
      at: time,
      detail: z.string().optional(),
      attempt: z.int().optional(),
    }),
  )
  .meta({ id: 'Timeline', description: 'What happened to the withdrawal, 1..n without a gap.' });

export const Wallet = z
  .object({
    id: walletId,
    currency,
    available: amount,
    held: amount,
    status: z.enum(['ACTIVE', 'SUSPENDED']),
    funding: z.discriminatedUnion('type', [
      z.object({ type: z.literal('ledger') }),
      z.object({ type: z.literal('alpaca'), accountId: z.uuid() }),
    ]),
    reference,
    metadata,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Wallet' });

const TransactionFailure = z
  .object({
    code: z.enum(['INSUFFICIENT_FUNDS', 'BALANCE_LIMIT']),
    message: z.string(),
    retryable: z.boolean(),
  })
  .meta({ id: 'TransactionFailure' });

export const Transaction = z
  .object({
    id: transactionId,
    walletId,
    type: z.enum(['CREDIT', 'DEBIT']),
    amount,
    currency,
    status: z.enum(['PENDING', 'PROCESSED', 'FAILED']),
    failure: TransactionFailure.nullable(),
    reference,
    metadata,
    createdAt: time,
    processedAt: time.nullable(),
  })
  .meta({ id: 'Transaction' });

export const WalletOperation = z
  .object({
    id: z.union([withdrawalId, transactionId]),
    walletId,
    type: z.enum(['CREDIT', 'DEBIT', 'WITHDRAWAL']),
    amount,
    status: z.enum([...statuses, 'PROCESSED']),
    processedAt: time.optional(),
    failure: z.union([WithdrawalFailure, TransactionFailure]).optional(),
  })
  .meta({
    id: 'WalletOperation',
    description: 'Its status is that of the withdrawal or transaction.',
  });

export const Entry = z
  .object({
    sequence: z.int().min(1),
    kind: z.enum(entryKinds),
    debit: z.enum(accountNames),
    credit: z.enum(accountNames),
    amount,
    availableAfter: amount,
    heldAfter: amount,
    sourceId: z.string(),
    at: time.meta({ description: 'When its block was written.' }),
    blockHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({
        description:
          'The SHA-256 of its block, which has the hash of the block before it (docs/console.md): whoever has all entries can compute the chain again.',
      }),
  })
  .meta({ id: 'Entry', description: 'One entry of the double-entry ledger.' });

export const pageOf = (item: z.ZodType, id: string) =>
  z
    .object({
      data: z.array(item),
      nextCursor: z
        .string()
        .nullable()
        .meta({ description: 'Where the list goes on; null at its end.' }),
    })
    .meta({ id });
