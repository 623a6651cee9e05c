/**
 * What clients may send: one schema for each operation, which checks requests and describes them in the OpenAPI document.
 * Unknown fields are refused everywhere. `override` replaces what JSON Schema would not say of a check by itself.
 */
import * as z from 'zod';
import {
  metadataEntriesMax,
  metadataKeyLengthMax,
  metadataValueLengthMax,
  pageDefault,
  pageMax,
  referenceLengthMax,
} from '../kernel/limits.ts';
import { amountPattern, assets, currencies } from '../kernel/money.ts';
import { networks } from '../kernel/networks.ts';
import { instantFrom } from '../kernel/time.ts';
import { statuses } from '../withdrawal/withdrawal.ts';

/** Text that UTF-8 can write without loss. Its length is in code points, as in JSON Schema, and not in UTF-16 units. */
export const text = (min: number, max: number) =>
  z
    .string()
    .refine((value) => value.isWellFormed(), { message: 'is not well-formed Unicode' })
    .refine((value) => value.length >= min && [...value].length <= max, {
      message: `${min} to ${max} characters`,
    })
    .meta({ override: { ...(min > 0 ? { minLength: min } : {}), maxLength: max } });

/** A name that is compared with our own lists of names, which are ASCII. */
export const word = (max: number) => z.string().min(1).max(max);

const reference = text(0, referenceLengthMax)
  .nullable()
  .default(null)
  .meta({ description: 'Your own name for it. Withdrawals can be found by it.' });
const metadata = z
  .record(text(1, metadataKeyLengthMax), text(0, metadataValueLengthMax))
  .refine((entries) => Object.keys(entries).length <= metadataEntriesMax, {
    message: `at most ${metadataEntriesMax} entries`,
  })
  .default({})
  .meta({ override: { maxProperties: metadataEntriesMax } });
export const amount = z
  .string({ error: 'an amount is a decimal string such as "100.00", not a number' })
  .regex(amountPattern, 'a decimal string such as "100.00": no sign, no exponent, no leading zeros')
  .meta({
    description:
      'A decimal string in the major unit of its currency, more than zero and with at most as many decimals as the currency has.',
    examples: ['100.00'],
    override: { pattern: '^(?=.*[1-9])(0|[1-9]\\d{0,17})(\\.\\d{1,18})?$' },
  });

export const CreateWallet = z
  .strictObject({
    currency: z.enum(currencies),
    funding: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('ledger') }),
        z.strictObject({ type: z.literal('alpaca'), accountId: z.uuid().toLowerCase() }),
      ])
      .default({ type: 'ledger' }),
    reference,
    metadata,
  })
  .meta({ id: 'CreateWallet', examples: [{ currency: 'USD' }] });

export const UpdateWallet = z
  .strictObject({ status: z.enum(['ACTIVE', 'SUSPENDED']) })
  .meta({ id: 'UpdateWallet', examples: [{ status: 'SUSPENDED' }] });

export const CreateTransaction = z
  .strictObject({ type: z.enum(['CREDIT', 'DEBIT']), amount, reference, metadata })
  .meta({ id: 'CreateTransaction', examples: [{ type: 'CREDIT', amount: '100.00' }] });

export const CreateWithdrawal = z
  .strictObject({
    walletId: z.string().meta({ examples: ['wal_01h455vb4pex5vsknk084sn02q'] }),
    amount,
    asset: word(20).meta({ examples: [...assets] }),
    network: word(40).meta({ examples: [...networks] }),
    destinationAddress: word(200).meta({
      description:
        'By the rules of its network. EVM: mixed case must satisfy its EIP-55 checksum. Solana: the wallet, not its token account.',
      examples: ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
    }),
    reference,
    metadata,
    maxRetries: z.int().min(0).max(10).default(3).meta({
      description: 'How often a step whose failure is proven harmless is tried again.',
    }),
  })
  .meta({
    id: 'CreateWithdrawal',
    examples: [
      {
        walletId: 'wal_01h455vb4pex5vsknk084sn02q',
        amount: '10.00',
        asset: 'USDC',
        network: 'ethereum',
        destinationAddress: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      },
    ],
  });

/** No body at all, or an empty object. */
export const NoBody = z.strictObject({}).optional();

/** A query parameter arrives as text; `override` tells the OpenAPI document the type that it stands for. */
export const limit = z
  .string()
  .regex(/^(100|[1-9]\d?)$/, `a whole number from 1 to ${pageMax}`)
  .transform(Number)
  .default(pageDefault)
  .meta({
    description:
      'How many items at most. A page of large items may have fewer, and then has a `nextCursor`.',
    override: { type: 'integer', minimum: 1, maximum: pageMax, default: pageDefault },
  });
export const cursor = z.string().min(1).optional().meta({
  description:
    'The `nextCursor` of the page before. It fits the same list with the same filters only.',
});

export const ListPage = z.strictObject({ limit, cursor });

/** A time of RFC 3339 as an instant. In a query a `+` is a blank, so an offset is written with `%2B`. */
const time = (description: string) =>
  z
    .string()
    .transform((given, context) => {
      const instant = instantFrom(given);
      if (instant !== null) return instant;
      const message = 'a time of RFC 3339, such as 2026-11-28T06:00:00Z';
      context.issues.push({ code: 'custom', input: given, message });
      return z.NEVER;
    })
    .optional()
    .meta({
      description,
      examples: ['2026-11-28T06:00:00Z'],
      override: { type: 'string', format: 'date-time' },
    });

export const ListWithdrawals = z.strictObject({
  walletId: z.string().optional(),
  status: z.enum(statuses).optional(),
  reference: text(0, referenceLengthMax).optional(),
  idempotencyKey: z.string().optional(),
  network: z.enum(networks).optional(),
  batchId: z.string().optional().meta({ description: 'Those that a batch has brought.' }),
  createdAfter: time('Created at this time or later.'),
  createdBefore: time('Created before this time, and not at it.'),
  limit,
  cursor,
});

export const ListEntries = z.strictObject({
  order: z
    .enum(['newest', 'oldest', 'desc', 'asc'])
    .default('newest')
    .transform((order) => (order === 'oldest' || order === 'asc' ? 'oldest' : 'newest'))
    .meta({
      description: 'Which come first. `desc` means `newest`, `asc` means `oldest`.',
      override: { enum: ['newest', 'oldest', 'desc', 'asc'], default: 'newest' },
    }),
  limit,
  cursor,
});

export type CreateWithdrawalRequest = z.infer<typeof CreateWithdrawal>;
export type CreateTransactionRequest = z.infer<typeof CreateTransaction>;
export type WithdrawalFilters = Omit<z.infer<typeof ListWithdrawals>, 'limit' | 'cursor'>;

/** A decimal string without trailing zeros, so that `10.0` and `10.00` are the same request. */
export const canonicalAmount = (amountText: string): string =>
  amountText.includes('.') ? amountText.replace(/0+$/, '').replace(/\.$/, '') : amountText;

/** JSON with sorted keys, so that the hash of a request does not depend on the order of its fields. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}
