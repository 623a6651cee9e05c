/** What operators may send. */
import * as z from 'zod';
import { reasonLengthMax } from '../kernel/limits.ts';
import { durationMs, type Instant } from '../kernel/time.ts';
import { type Stage, stages, statuses } from '../withdrawal/withdrawal.ts';
import { cursor, limit, text } from './schemas.ts';

/** Message ids of SQS are shorter (Amazon SQS guide, "Amazon SQS queue and message identifiers"). */
const messageIdLengthMax = 100;

const reason = text(1, reasonLengthMax).refine(
  (given) => given.trim() !== '' && !/\p{Cc}/u.test(given),
  { message: 'a text in one line' },
);

/** Who turns it is whoever the key or token belongs to. */
export const TurnSwitch = z
  .strictObject({
    on: z.boolean(),
    reason: reason.meta({ description: 'Why, in one line. It is kept.' }),
  })
  .meta({ id: 'TurnSwitch', examples: [{ on: false, reason: 'The on-ramp quotes nonsense.' }] });

/** No body at all, an empty object, or why. */
export const TurnProcessor = z
  .strictObject({
    reason: reason.optional().meta({ description: 'Why, in one line. It is kept.' }),
  })
  .optional()
  .meta({ id: 'TurnProcessor' });

/** What an operator wants to be done to a withdrawal is in the path; who wants it is whoever the key or token belongs to. */
export const Resolve = z
  .strictObject({
    reason: reason.meta({ description: 'What was found, in one line. Clients never see it.' }),
  })
  .meta({ id: 'Resolve', examples: [{ reason: 'Due support 4711: the transfer is paid.' }] });

/** Which dead letter, and why: it is taken away when nobody can read it. */
export const DiscardLetter = z
  .strictObject({
    messageId: text(1, messageIdLengthMax).meta({ description: 'As the look at them says it.' }),
    reason: reason.meta({ description: 'Where it is from, in one line. It is kept.' }),
  })
  .meta({
    id: 'DiscardLetter',
    examples: [
      {
        messageId: '8065b8c3-b31e-4ce4-8910-ff6e90ea3b57',
        reason: 'Sent by hand in a test of the queue policy, ticket 4711.',
      },
    ],
  });

const time = z.iso.datetime({ offset: true });
export const ListOpenWithdrawals = z.strictObject({
  stage: z.enum(Object.keys(stages) as [Stage, ...Stage[]]).optional(),
  status: z.enum(statuses).optional(),
  olderThan: z
    .string()
    .transform((given, context) => {
      const age = durationMs(given);
      if (age !== null) return { ageMs: age };
      if (time.safeParse(given).success) return { at: Date.parse(given) as Instant };
      context.issues.push({
        code: 'custom',
        input: given,
        message: 'a time of RFC 3339, or a duration such as 90s, 30m, 24h or 7d',
      });
      return z.NEVER;
    })
    .optional()
    .meta({
      description:
        'Created before this time (RFC 3339), or longer ago than this (such as 90s, 30m, 24h or 7d).',
      examples: ['30m', '2026-11-28T06:00:00Z'],
      override: { type: 'string' },
    }),
  tenant: z.string().min(1).max(64).optional(),
  limit,
  cursor,
});

export type OpenFilters = Omit<z.infer<typeof ListOpenWithdrawals>, 'limit' | 'cursor'>;
