/**
 * The id by which a chain knows the bytes of an attempt. It is read from what the rail has saved, without the rail and its
 * libraries, for those who only show it.
 */
import * as z from 'zod';
import { type Network, networkSettings } from '../kernel/networks.ts';
import type { PayoutAttempt } from '../store/attempt.ts';
import { readTransaction } from './solana/message.ts';

const bytes = z.instanceof(Uint8Array);
const hex = bytes.transform((given) => Buffer.from(given).toString('hex'));
/** What was saved before hashes were saved as bytes is text. */
const ofEvm = z.object({ hash: z.union([z.string(), hex.transform((text) => `0x${text}`)]) });
const ofBitcoin = z.object({ txId: hex });
const ofSolana = z.object({ raw: bytes });

/** `null`: it cannot be read, which says nothing of the payout. */
export function txIdOf(
  network: Network,
  { details }: Pick<PayoutAttempt, 'details'>,
): string | null {
  const { kind } = networkSettings[network];
  switch (kind) {
    case 'evm':
      return ofEvm.safeParse(details).data?.hash ?? null;
    case 'bitcoin':
      return ofBitcoin.safeParse(details).data?.txId ?? null;
    case 'solana': {
      const { data } = ofSolana.safeParse(details);
      return data === undefined ? null : (readTransaction(data.raw)?.signature ?? null);
    }
    default:
      return kind satisfies never;
  }
}
