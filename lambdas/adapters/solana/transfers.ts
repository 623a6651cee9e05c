/** The transfers that a transaction has made, wherever in it: programs call programs, and what moves money may stand inside. */
import { base58 } from '@scure/base';
import * as z from 'zod';
import { systemProgram, tokenProgram } from '../../core/rails/solana/programs.ts';
import { count, transactionError } from './shapes.ts';

const instruction = z.object({
  programIdIndex: count,
  accounts: z.array(count),
  data: z.string().transform((text) => base58.decode(text)),
});
type Compiled = z.output<typeof instruction>;

/** `getTransaction` with the encoding "json". */
export const transaction = z.object({
  slot: count,
  blockTime: count.nullish(),
  transaction: z.object({
    signatures: z.array(z.string()).min(1),
    message: z.object({
      accountKeys: z.array(z.string()),
      instructions: z.array(instruction),
    }),
  }),
  meta: z.object({
    err: transactionError,
    innerInstructions: z.array(z.object({ index: count, instructions: z.array(instruction) })),
    loadedAddresses: z
      .object({ writable: z.array(z.string()), readonly: z.array(z.string()) })
      .optional(),
  }),
});
export type TransactionRead = z.output<typeof transaction>;

/** `mint`: `null` for lamports. `index`: of the instruction, and a place of its own for each that stands inside of one. */
export type Moved = {
  index: number;
  kind: 'tokens' | 'lamports';
  from: string;
  to: string;
  value: bigint;
};

/** More than any instruction has inside: transactions carry out 64 instructions at most. */
const insideMax = 1_000;

/** All transfers in it. One that has failed has made none. */
export function transfersIn({ transaction: { message }, meta }: TransactionRead): Moved[] {
  if (meta.err !== null) return [];
  const { writable = [], readonly = [] } = meta.loadedAddresses ?? {};
  const keys = [...message.accountKeys, ...writable, ...readonly];
  return message.instructions.flatMap((one, index) => [
    ...transferIn(one, keys, index),
    ...meta.innerInstructions
      .filter((inner) => inner.index === index)
      .flatMap(({ instructions }) => instructions)
      .flatMap((inside, place) => transferIn(inside, keys, insideMax * (index + 1) + place)),
  ]);
}

const u64At = (data: Uint8Array, start: number): bigint => Buffer.from(data).readBigUInt64LE(start);

/** `Transfer` and `TransferChecked` of the token program, and `Transfer` of the system program. */
function transferIn(
  { programIdIndex, accounts, data }: Compiled,
  keys: string[],
  index: number,
): Moved[] {
  const account = (place: number): string => keys[accounts[place] ?? -1] ?? '';
  const program = keys[programIdIndex];
  const [kind] = data;
  if (program === tokenProgram && kind === 3 && data.length >= 9)
    return [{ index, kind: 'tokens', from: account(0), to: account(1), value: u64At(data, 1) }];
  if (program === tokenProgram && kind === 12 && data.length >= 10)
    return [{ index, kind: 'tokens', from: account(0), to: account(2), value: u64At(data, 1) }];
  if (program === systemProgram && kind === 2 && data.length === 12)
    return [{ index, kind: 'lamports', from: account(0), to: account(1), value: u64At(data, 4) }];
  return [];
}
