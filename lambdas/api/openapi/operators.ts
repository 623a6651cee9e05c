/** The schemas of answers to operators in the OpenAPI document. */
import * as z from 'zod';
import { resolutions } from '../../core/store/proposal-record.ts';
import { levers, switchNames } from '../../core/switches/switches.ts';
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
