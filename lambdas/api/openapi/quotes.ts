/** Networks, addresses and quotes in the OpenAPI document: the schemas of their answers, and what is said of the operations. */
import * as z from 'zod';
import { assets, currencies } from '../../core/kernel/money.ts';
import { networks } from '../../core/kernel/networks.ts';
import { type Coin, coins } from '../../core/payout/fee-estimate.ts';
import { networkStatuses } from '../../core/requests/networks.ts';
import type { OperationName } from '../operations.ts';
import { type Description, ok } from './description.ts';
import { amount, time } from './resources.ts';

const Network = z
  .object({
    network: z.enum(networks),
    assets: z.array(z.enum(assets)).min(1),
    chainId: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'The id of an EVM chain (EIP-155), where its node says it.' }),
    finality: z.object({
      blocks: z.int().min(1).optional().meta({
        description: 'So many blocks make a payout final; without it the network itself says when.',
      }),
      typicalSeconds: z.int().min(0).meta({ description: 'How long that usually takes.' }),
    }),
    status: z.enum(networkStatuses).meta({
      description:
        '`UP`: payouts go through. `DEGRADED`: some wait, such as those of dollars while the on-ramp is away. `DOWN`: none goes through now; what is accepted waits.',
    }),
    addressExample: z.string().meta({
      description: 'What an address looks like. Nobody has a key to it: send nothing there.',
    }),
  })
  .meta({ id: 'Network' });

const ValidatedAddress = z
  .object({
    valid: z.boolean(),
    canonical: z.string().optional().meta({ description: 'As a withdrawal to it will show it.' }),
    reason: z.string().optional().meta({ description: 'Why nothing would be paid to it.' }),
  })
  .meta({ id: 'ValidatedAddress' });

const Quote = z
  .object({
    payout: z.object({ amount, asset: z.enum(assets) }).meta({ description: 'What would arrive.' }),
    fees: z
      .array(
        z.object({
          type: z.enum(['on-ramp', 'network']),
          amount,
          currency: z.enum([
            ...new Set<string>([...currencies, ...(Object.keys(coins) as Coin[])]),
          ] as [string]),
        }),
      )
      .meta({
        description:
          'The on-ramp keeps its fee of the dollars. The network fee, in the coin of the network, is an estimate of what the operator pays; nothing of it is taken from the payout.',
      }),
    estimatedSeconds: z
      .int()
      .min(0)
      .meta({ description: 'From the acceptance to the final payout, as it usually is.' }),
    expiresAt: time.meta({
      description: "The on-ramp's own time where dollars are converted; else in a minute.",
    }),
  })
  .meta({ id: 'Quote', description: 'An estimate that binds nobody.' });

export const quoteDescriptions = {
  listNetworks: {
    tag: 'Withdrawals',
    summary: 'What can be paid now, and where',
    answers: ok('The networks.', z.object({ data: z.array(Network) }).meta({ id: 'Networks' })),
  },
  validateAddress: {
    tag: 'Withdrawals',
    summary: 'Whether an address would be accepted',
    description: 'By the rules that accept a withdrawal. It says nothing of whose the address is.',
    answers: ok('Whether it would be.', ValidatedAddress),
    problems: ['NETWORK_NOT_SUPPORTED'],
  },
  createQuote: {
    tag: 'Withdrawals',
    summary: 'What a withdrawal would come to',
    description:
      'Moves nothing, reserves nothing and is not kept. For dollars it is what the on-ramp says now; when that, or the network, says nothing, the answer is 503.',
    answers: ok('The quote.', Quote),
    problems: [
      'INVALID_AMOUNT',
      'NOT_FOUND',
      'NETWORK_NOT_SUPPORTED',
      'CURRENCY_MISMATCH',
      'LIMIT_EXCEEDED',
    ],
  },
} satisfies Partial<Record<OperationName, Description>>;
