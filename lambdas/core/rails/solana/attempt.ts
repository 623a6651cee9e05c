/**
 * A payout attempt on Solana, and the form in which it is saved: the signed bytes say what was asked for, and there is no second
 * place that could say otherwise.
 */
import * as z from 'zod';
import type { PayoutAttempt } from '../../store/attempt.ts';
import { type Asked, askedIn } from './instructions.ts';
import { readTransaction } from './message.ts';

export type SolanaAttempt = {
  /** The chain that it was signed for. */
  genesis: string;
  /** The slot at which the nonce account was read to have the value that it is bound to. */
  slot: number;
  raw: Uint8Array;
  signature: string;
  asked: Asked;
};

export const detailsOf = (genesis: string, slot: number, raw: Uint8Array) => ({
  genesis,
  slot: BigInt(slot),
  raw,
});

const details = z.object({
  genesis: z.string(),
  slot: z.bigint().transform(Number),
  raw: z.instanceof(Uint8Array),
});

/** Throws on details that this rail cannot have written. */
export function solanaAttemptOf({ withdrawalId, details: saved }: PayoutAttempt): SolanaAttempt {
  const { genesis, slot, raw } = details.parse(saved);
  const read = readTransaction(raw);
  const asked = read && askedIn(read.message, read.signed);
  if (read === null || asked === null)
    throw new Error(`the bytes of an attempt of ${withdrawalId} are no payout`);
  return { genesis, slot, raw, signature: read.signature, asked };
}
