/**
 * The two messages that are signed: a payout, and the mere advance of a nonce account, which ends one. They are written and read
 * here, by the layouts of the programs: github.com/solana-program/{system,token,associated-token-account,memo} and
 * solana.com/docs/core/fees for the compute budget.
 */
import { encodeMessage, type Instruction, type Message } from './message.ts';
import {
  associatedTokenProgram,
  computeBudgetProgram,
  memoProgram,
  recentBlockhashes,
  systemProgram,
  tokenAccountOf,
  tokenProgram,
} from './programs.ts';

/** What each transaction of ours is bound to: the value of a nonce account, which only the payer may advance. */
export type Bound = { payer: string; nonceAccount: string; nonce: string };
/** What is offered for it: compute units, and the price of one in millionths of a lamport. */
export type Offer = { unitLimit: number; unitPrice: bigint };
/** `mint`: of the token; `null`: it pays SOL. */
export type Transfer = {
  to: string;
  value: bigint;
  mint: string | null;
  decimals: number;
  memo: string;
};
export type Asked = Bound & Offer & { transfer: Transfer | null };

const u32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const u64 = (value: bigint): number[] =>
  Array.from({ length: 8 }, (_, byte) => Number((value >> BigInt(8 * byte)) & 0xffn));
const reads = (address: string) => ({ address, writable: false });
const writes = (address: string) => ({ address, writable: true });

const system = { advance: 4, transfer: 2 } as const;
const budget = { unitLimit: 2, unitPrice: 3 } as const;
const createIdempotent = 1;
const transferChecked = 12;

/** The nonce is advanced first: the runtime looks for it there, and only then takes its value for a blockhash. */
const advanceOf = ({ payer, nonceAccount }: Bound): Instruction => ({
  program: systemProgram,
  accounts: [writes(nonceAccount), reads(recentBlockhashes), reads(payer)],
  data: Uint8Array.from(u32(system.advance)),
});

const offerOf = ({ unitLimit, unitPrice }: Offer): Instruction[] => [
  {
    program: computeBudgetProgram,
    accounts: [],
    data: Uint8Array.from([budget.unitLimit, ...u32(unitLimit)]),
  },
  {
    program: computeBudgetProgram,
    accounts: [],
    data: Uint8Array.from([budget.unitPrice, ...u64(unitPrice)]),
  },
];

export function transferOf(payer: string, transfer: Transfer): Instruction[] {
  const { to, value, mint, decimals, memo } = transfer;
  const note = { program: memoProgram, accounts: [], data: Buffer.from(memo, 'utf8') };
  if (mint === null)
    return [
      {
        program: systemProgram,
        accounts: [writes(payer), writes(to)],
        data: Uint8Array.from([...u32(system.transfer), ...u64(value)]),
      },
      note,
    ];
  const [source, target] = [tokenAccountOf(payer, mint), tokenAccountOf(to, mint)];
  return [
    {
      program: associatedTokenProgram,
      accounts: [
        ...[writes(payer), writes(target), reads(to), reads(mint)],
        ...[reads(systemProgram), reads(tokenProgram)],
      ],
      data: Uint8Array.of(createIdempotent),
    },
    {
      program: tokenProgram,
      accounts: [writes(source), reads(mint), writes(target), reads(payer)],
      data: Uint8Array.from([transferChecked, ...u64(value), decimals]),
    },
    note,
  ];
}

/** The bytes to sign. */
export const messageFor = (asked: Asked): Uint8Array =>
  encodeMessage({
    payer: asked.payer,
    lifetime: asked.nonce,
    instructions: [
      advanceOf(asked),
      ...offerOf(asked),
      ...(asked.transfer === null ? [] : transferOf(asked.payer, asked.transfer)),
    ],
  });

/** What would be carried out now, without a nonce: for a simulation, which moves nothing. */
export const trialOf = (payer: string, lifetime: string, offer: Offer, transfer: Transfer) =>
  encodeMessage({
    payer,
    lifetime,
    instructions: [...offerOf(offer), ...transferOf(payer, transfer)],
  });

/**
 * What a message of ours asks for; `null`: it is none. It is one only when it says nothing else: written once more, it must be
 * the very same bytes.
 */
export function askedIn(message: Message, signed: Uint8Array): Asked | null {
  const [advance, limit, price, ...rest] = message.instructions;
  if (advance === undefined || limit === undefined || price === undefined) return null;
  const transfer = rest.length === 0 ? null : transferIn(rest);
  if (transfer === undefined) return null;
  const asked: Asked = {
    payer: message.payer,
    nonceAccount: advance.accounts[0]?.address ?? '',
    nonce: message.lifetime,
    unitLimit: Number(numberIn(limit.data, 1, 4)),
    unitPrice: numberIn(price.data, 1, 8),
    transfer,
  };
  if (asked.nonceAccount === '') return null;
  return isSame(messageFor(asked), signed) ? asked : null;
}

/** `undefined`: these are not the instructions of one. */
function transferIn(instructions: readonly Instruction[]): Transfer | undefined {
  const [first, second, third] = instructions;
  if (first === undefined || second === undefined) return undefined;
  const memoOf = ({ data }: Instruction): string => Buffer.from(data).toString('utf8');
  if (third === undefined)
    return {
      to: first.accounts[1]?.address ?? '',
      value: numberIn(first.data, 4, 8),
      mint: null,
      decimals: 9,
      memo: memoOf(second),
    };
  return {
    to: first.accounts[2]?.address ?? '',
    value: numberIn(second.data, 1, 8),
    mint: first.accounts[3]?.address ?? '',
    decimals: second.data[9] ?? 0,
    memo: memoOf(third),
  };
}

const numberIn = (data: Uint8Array, start: number, length: number): bigint =>
  data.slice(start, start + length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
