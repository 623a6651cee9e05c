/** The schemas of answers to operators in the OpenAPI document. */
import * as z from 'zod';
import { resolutions } from '../../core/store/proposal-record.ts';
import { type WaitingReason, waitingReasons } from '../../core/withdrawal/waiting.ts';
import { stage, time, Withdrawal, withdrawalId } from './resources.ts';

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

export const Resolution = z
  .object({ ...proposal, withdrawal: OpenWithdrawal })
  .meta({ id: 'Resolution' });
