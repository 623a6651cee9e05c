/** How a nonce account is made: by the treasury alone, at the address that its number gives (programs.ts). */
import { nonceAccountBytes } from './limits.ts';
import { bytesOf, encodeMessage, type Instruction } from './message.ts';
import { nonceAccountOf, nonceSeed, recentBlockhashes, systemProgram } from './programs.ts';

const rentSysvar = 'SysvarRent111111111111111111111111111111111';
const createAccountWithSeed = 3;
const initializeNonceAccount = 6;

const number = (value: bigint, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, byte) => Number((value >> BigInt(8 * byte)) & 0xffn));

/** The message that makes these accounts, bound to a recent blockhash. Made twice, it fails: an account exists once. */
export const messageToMake = (
  treasury: string,
  numbers: readonly number[],
  rent: bigint,
  blockhash: string,
): Uint8Array =>
  encodeMessage({
    payer: treasury,
    lifetime: blockhash,
    instructions: numbers.flatMap((one) => making(treasury, one, rent)),
  });

function making(treasury: string, one: number, rent: bigint): Instruction[] {
  const [account, seed] = [nonceAccountOf(treasury, one), Buffer.from(nonceSeed(one))];
  const created = { address: account, writable: true };
  return [
    {
      program: systemProgram,
      accounts: [{ address: treasury, writable: true }, created],
      data: Uint8Array.from([
        ...number(BigInt(createAccountWithSeed), 4),
        ...bytesOf(treasury),
        ...number(BigInt(seed.length), 8),
        ...seed,
        ...number(rent, 8),
        ...number(BigInt(nonceAccountBytes), 8),
        ...bytesOf(systemProgram),
      ]),
    },
    {
      program: systemProgram,
      accounts: [
        created,
        { address: recentBlockhashes, writable: false },
        { address: rentSysvar, writable: false },
      ],
      data: Uint8Array.from([...number(BigInt(initializeNonceAccount), 4), ...bytesOf(treasury)]),
    },
  ];
}
