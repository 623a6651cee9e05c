/** What clients may send, one schema per operation. Unknown fields are refused everywhere. */
import * as z from 'zod';
import {
  metadataEntriesMax,
  metadataKeyLengthMax,
  metadataValueLengthMax,
  referenceLengthMax,
} from './limits.ts';
import { amountPattern, currencies } from './money.ts';

const reference = z.string().max(referenceLengthMax).nullable().default(null);
const metadata = z
  .record(z.string().min(1).max(metadataKeyLengthMax), z.string().max(metadataValueLengthMax))
  .refine((entries) => Object.keys(entries).length <= metadataEntriesMax, {
    message: `at most ${metadataEntriesMax} entries`,
  })
  .default({});
const amount = z
  .string({ error: 'an amount is a decimal string such as "100.00", not a number' })
  .regex(
    amountPattern,
    'a decimal string such as "100.00": no sign, no exponent, no leading zeros',
  );

export const CreateWallet = z.strictObject({
  currency: z.enum(currencies),
  funding: z.strictObject({ type: z.literal('ledger') }).default({ type: 'ledger' }),
  reference,
  metadata,
});

export const CreateTransaction = z.strictObject({
  type: z.enum(['CREDIT', 'DEBIT']),
  amount,
  reference,
  metadata,
});

export const CreateWithdrawal = z.strictObject({
  walletId: z.string(),
  amount,
  asset: z.string().min(1).max(20),
  network: z.string().min(1).max(40),
  destinationAddress: z.string().min(1).max(200),
  reference,
  metadata,
  maxRetries: z.int().min(0).max(10).default(3),
});

const eventNames = [
  'withdrawal.requested',
  'withdrawal.reserved',
  'withdrawal.converted',
  'withdrawal.broadcast',
  'withdrawal.completed',
  'withdrawal.failed',
  'withdrawal.cancelled',
  'withdrawal.review',
  '*',
] as const;

export const CreateWebhookEndpoint = z.strictObject({
  url: z.string().min(1),
  events: z.array(z.enum(eventNames)).min(1),
  description: z.string().max(referenceLengthMax).nullable().default(null),
});

export type CreateWithdrawalRequest = z.infer<typeof CreateWithdrawal>;
export type CreateTransactionRequest = z.infer<typeof CreateTransaction>;
export type CreateWalletRequest = z.infer<typeof CreateWallet>;
export type CreateWebhookEndpointRequest = z.infer<typeof CreateWebhookEndpoint>;

/** A decimal string in its one canonical form, so that `10.0` and `10.00` are the same request. */
export const canonicalAmount = (text: string): string =>
  text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;

/** The same object whatever the order of its keys: what a request hash is taken of. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}
