/** What a client may ask before it withdraws. */
import * as z from 'zod';
import { currencies } from '../kernel/money.ts';
import { amount, word } from './schemas.ts';

export const ValidateAddress = z
  .strictObject({
    network: word(40).meta({ examples: ['ethereum'] }),
    address: z.string().meta({ examples: ['0x94417322256E25ad038217FFCC2F1a6BE5e731c6'] }),
  })
  .meta({
    id: 'ValidateAddress',
    examples: [{ network: 'ethereum', address: '0x94417322256E25ad038217FFCC2F1a6BE5e731c6' }],
  });

export const CreateQuote = z
  .strictObject({
    walletId: z
      .string()
      .optional()
      .meta({
        description: 'The wallet that would pay. Give this or `currency`, and not both.',
        examples: ['wal_01h455vb4pex5vsknk084sn02q'],
      }),
    currency: z.enum(currencies).optional().meta({ description: 'The currency of such a wallet.' }),
    amount,
    asset: word(20).meta({ examples: ['USDC'] }),
    network: word(40).meta({ examples: ['ethereum'] }),
  })
  .refine(({ walletId, currency }) => (walletId === undefined) !== (currency === undefined), {
    message: 'either walletId or currency',
  })
  .meta({
    id: 'CreateQuote',
    examples: [{ currency: 'USD', amount: '100.00', asset: 'USDC', network: 'ethereum' }],
  });

export type QuoteRequest = z.infer<typeof CreateQuote>;
