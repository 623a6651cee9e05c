/** The schemas of answers about the service itself in the OpenAPI document. */
import * as z from 'zod';
import { networks } from '../../core/kernel/networks.ts';
import { differenceKinds } from '../../core/reconcile/difference.ts';
import { time, walletId, withdrawalId } from './resources.ts';

const upOrDown = z.enum(['ok', 'down']);
export const Health = z
  .object({ status: upOrDown, checks: z.object({ database: upOrDown, queues: upOrDown }) })
  .meta({ id: 'Health' });

export const Reconciliation = z
  .object({
    from: time,
    to: time,
    checkedAt: time.meta({ description: 'When the comparison began.' }),
    finishedAt: time.meta({ description: 'When all sides had been compared.' }),
    differences: z.array(
      z.object({
        kind: z.enum(differenceKinds),
        what: z
          .string()
          .meta({ description: 'Where to look. With the kind the same in every report.' }),
        withdrawalId: withdrawalId.optional(),
        walletId: walletId.optional(),
        providerId: z.string().optional(),
        expected: z.string(),
        found: z.string(),
        firstSeenAt: time.optional(),
      }),
    ),
  })
  .meta({
    id: 'Reconciliation',
    description:
      'No differences: all agree. A chain that could not be read is one of the kind `chain-unread`, with why and since when; all others were compared.',
  });

export const ReconciliationAsked = z
  .object({ requestedAt: time })
  .meta({ id: 'ReconciliationAsked' });

const number = z.int().min(0);
export const Stats = z
  .object({
    processed: number.meta({ description: 'Withdrawals that have ended.' }),
    succeeded: number,
    failed: number,
    retries: number,
    inFlight: number.meta({
      description: 'Those that have not ended, with those in REVIEW, which a person decides.',
    }),
    successRate: z.number().min(0).max(1).meta({
      description:
        'Of those that succeeded or failed; 1 while there are none, which says nothing: a retry is no failure yet, and REVIEW no end.',
    }),
    queueDepth: z.record(z.string(), number),
    deadLetters: z.record(z.string(), number),
  })
  .meta({ id: 'Stats' });

export const CircuitBreakers = z
  .object({
    data: z.array(
      z.object({
        provider: z.enum(['brokerage', 'on-ramp', ...networks]),
        operation: z.enum(['journal', 'quote', 'read', 'send', 'transfer']),
        state: z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']),
        since: time.nullable().meta({ description: 'Since when it is not closed.' }),
        failures: z.int().min(0).meta({ description: 'In a row, without a success between.' }),
      }),
    ),
  })
  .meta({ id: 'CircuitBreakers' });

export const Received = z.object({ received: z.literal(true) });
export const OpenApiDocument = z.looseObject({ openapi: z.string() });
export const Page = z.string();

export const GraphqlAnswer = z
  .object({
    data: z.record(z.string(), z.unknown()).nullable().optional(),
    errors: z
      .array(
        z.looseObject({
          message: z.string(),
          extensions: z.looseObject({ code: z.string(), status: z.int() }),
        }),
      )
      .optional(),
  })
  .meta({ id: 'GraphqlAnswer' });
