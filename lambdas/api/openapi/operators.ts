/** The schemas of answers to operators in the OpenAPI document. */
import * as z from 'zod';
import { assets } from '../../core/kernel/money.ts';
import { networks } from '../../core/kernel/networks.ts';
import { letterBoxes } from '../../core/operations/dead-letters.ts';
import { resolutions } from '../../core/store/proposal-record.ts';
import { levers, switchNames } from '../../core/switches/switches.ts';
import { type WaitingReason, waitingReasons } from '../../core/withdrawal/waiting.ts';
import { statuses } from '../../core/withdrawal/withdrawal.ts';
import { stage, Timeline, time, Withdrawal, withdrawalId } from './resources.ts';

const said = z.object({
  by: z.string().meta({ description: 'The principal.' }),
  reason: z.string(),
  at: time,
});

const proposal = {
  withdrawalId,
  resolution: z.enum(resolutions),
  status: z.enum(['PROPOSED', 'CONFIRMED']),
  proposed: said,
  confirmed: said.nullable(),
  expiresAt: time.meta({ description: 'A proposal that nobody has confirmed by then is void.' }),
};

export const OpenWithdrawal = Withdrawal.extend({
  tenant: z.string(),
  heldFrom: stage.nullable().meta({ description: 'The stage from which it went to REVIEW.' }),
  waitingFor: z
    .object({
      reason: z.enum(waitingReasons as [WaitingReason, ...WaitingReason[]]).meta({
        description:
          'What is not the usual course, by name; `retry`: the next try of a step; `review`: a person; else the step that is to act or asks how far the outside world is.',
      }),
      since: time,
      until: time.optional(),
    })
    .nullable()
    .meta({ description: 'null once it has ended.' }),
  proposals: z
    .array(z.object(proposal))
    .meta({ description: 'What another principal may confirm now.' }),
}).meta({ id: 'OpenWithdrawal' });

export const InspectedWithdrawal = OpenWithdrawal.extend({
  timeline: Timeline,
  payouts: z
    .array(
      z.object({
        number: z.int().min(1),
        signedAt: time,
        pays: z.boolean().meta({
          description: 'false: it pays nothing, and makes the other attempts impossible.',
        }),
        withOthers: z.int().min(0).meta({
          description: 'So many other payouts are carried by the same transaction.',
        }),
        txHash: z
          .string()
          .nullable()
          .meta({ description: 'null: what is saved of it cannot be read.' }),
        explorerUrl: z.string().nullable(),
      }),
    )
    .meta({
      description:
        'The newest attempts that are on record by themselves or as the latest, which stands last. At most one of all of them pays.',
    }),
  resolutions: z.array(
    z.object({
      resolution: z.enum(resolutions),
      whyNot: z.string().nullable().meta({ description: 'null: it is possible now.' }),
      proposedByYou: z.boolean().meta({
        description: 'The caller has proposed it, so another principal has to confirm it.',
      }),
    }),
  ),
}).meta({ id: 'InspectedWithdrawal' });

export const Resolution = z
  .object({ ...proposal, withdrawal: OpenWithdrawal })
  .meta({ id: 'Resolution' });

const spanId = z.string().regex(/^[0-9a-f]{16}$/);
export const Trace = z
  .object({
    withdrawalId,
    traceId: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .meta({ description: 'As W3C Trace Context writes it, and OpenTelemetry.' }),
    xrayTraceId: z.string().meta({ description: 'The same id as AWS X-Ray writes it.' }),
    source: z.enum(['spans', 'timeline']).meta({
      description:
        '`timeline`: these are the spans of its stages; what was asked of whom meanwhile is in X-Ray or wherever traces are sent, under `traceId`.',
    }),
    spans: z.array(
      z.object({
        spanId,
        parentId: spanId.nullable().meta({ description: 'null: the span of its whole life.' }),
        name: z.string().meta({
          description: '`withdrawal`, the name of a stage, or what was asked of whom.',
        }),
        status: z.enum(['OK', 'ERROR']),
        startedAt: time,
        endedAt: time.nullable().meta({ description: 'null: it goes on.' }),
        durationMs: z.int().nullable(),
        attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      }),
    ),
  })
  .meta({ id: 'Trace' });

export const switchName = z.enum(switchNames).meta({ examples: ['on-ramp'] });
const turned = {
  by: z.string().nullable().meta({ description: 'The principal; null: nobody has turned it yet.' }),
  reason: z.string().nullable(),
  at: time.nullable(),
};
export const Switch = z
  .object({ name: switchName, on: z.boolean(), ...turned })
  .meta({ id: 'Switch' });
export const Switches = z
  .object({
    data: z.array(Switch),
    history: z
      .array(
        z.object({
          name: z.enum(levers),
          on: z.boolean(),
          by: z.string(),
          reason: z.string(),
          at: time,
        }),
      )
      .meta({ description: 'The newest turns, those of the processor among them, newest first.' }),
  })
  .meta({ id: 'Switches' });
export const Processor = z
  .object({ state: z.enum(['RUNNING', 'STOPPED']), ...turned })
  .meta({ id: 'Processor' });

export const letterBox = z.enum(letterBoxes).meta({ examples: ['debit'] });
export const DeadLetters = z
  .object({
    data: z.array(
      z.object({
        messageId: z.string(),
        from: letterBox,
        readable: z.boolean().meta({
          description:
            'False: none of our code has sent it. It names nothing, and may be discarded.',
        }),
        ids: z.array(z.string()).meta({ description: 'What it rings for, or is about.' }),
        withdrawals: z
          .array(
            z.object({
              id: withdrawalId,
              tenant: z.string(),
              status: z.enum(statuses),
              stage,
              updatedAt: time,
            }),
          )
          .meta({ description: 'Those that it is about, as they are now.' }),
        why: z.string().nullable().meta({
          description: 'What the step said the last time; null: nobody knows any more.',
        }),
        failedAt: time.nullable(),
        sentAt: time,
        firstReceivedAt: time.nullable(),
        receives: z.int().min(0),
      }),
    ),
    total: z.int().min(0).meta({ description: 'Roughly, as SQS counts.' }),
    discarded: z
      .array(z.object({ messageId: z.string(), ...said.shape }))
      .meta({ description: 'What was taken away by hand, the newest first.' }),
  })
  .meta({ id: 'DeadLetters' });
export const Redriven = z
  .object({
    step: letterBox,
    status: z.enum(['STARTED', 'RUNNING', 'NOTHING', 'UNREADABLE']).meta({
      description:
        '`RUNNING`: it was under way already, or somebody has them in hand. Of `relay` and `bus` also `NOTHING`: there are none; and `UNREADABLE`: none of those that lie there can be read.',
    }),
  })
  .meta({ id: 'Redriven' });
export const Discarded = z
  .object({ step: letterBox, messageId: z.string(), status: z.literal('DISCARDED') })
  .meta({ id: 'Discarded' });

const money = z.string().meta({ description: 'A decimal string.' });
const sumOf = z.object({ count: z.int().min(0), amount: money, oldestSince: time.nullable() });
const unknown = z.string().nullable().meta({ description: 'Why it is not known; null: it is.' });
export const Treasury = z
  .object({
    data: z.array(
      z.object({
        network: z.enum(networks),
        asset: z.enum(assets),
        treasury: z.object({
          address: z.string().nullable().meta({
            description: 'Told whether or not the node answers; null: the settings do not say it.',
          }),
          balance: money.nullable(),
          unknown: unknown.meta({ description: 'Why the balance is not known; null: it is.' }),
        }),
        signedNotFinal: sumOf,
        waitsForMoney: sumOf,
        gasLanes: z.array(
          z.object({
            address: z.string(),
            balance: money.nullable(),
            nextNonce: z.int().nullable(),
            oldestUnconfirmed: z.object({ withdrawalId, nonce: z.int(), since: time }).nullable(),
            unknown,
          }),
        ),
        gasLanesUnknown: unknown,
        payoutContract: z
          .object({
            address: z.string().nullable(),
            inUse: z.boolean().nullable(),
            why: z.string().nullable(),
          })
          .nullable()
          .meta({
            description:
              'Whether payouts that wait together share one transaction, and why not (`inUse` null: unknown); null: they never do.',
          }),
        slots: z
          .object({ total: z.int().nullable(), free: z.int().nullable(), unknown })
          .nullable()
          .meta({
            description:
              'How many payouts may be signed at one time, where something has to be made for that beforehand; null: there is no such bound.',
          }),
      }),
    ),
    complete: z.boolean().meta({
      description: 'False: so many are in flight that the sums are those of the oldest of them.',
    }),
  })
  .meta({ id: 'Treasury' });
