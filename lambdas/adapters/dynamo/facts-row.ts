/** Translates the facts that a withdrawal has in some stages only to and from fields of its row. */
import * as z from 'zod';
import type { Proof } from '../../core/withdrawal/proof.ts';
import { failureCodes, type Paid, type Stage } from '../../core/withdrawal/withdrawal.ts';
import { bytesOf, hex, integer, minorNumber } from './fields.ts';
import { stage } from './history-row.ts';

/** Ids of transactions and blocks, and payers: hexadecimal digits with `0x` are kept as the bytes that they stand for, others as they are. */
const chainText = z.union([hex, z.string()]);
const keptAs = (text: string): Uint8Array | string =>
  text.startsWith('0x') ? bytesOf(text) : text;

const failure = z.object({
  code: z.enum(failureCodes),
  message: z.string(),
  retryable: z.boolean(),
});
const proof = z.union([
  z.object({ proof: z.literal('never-sent') }),
  z.object({ proof: z.literal('refused'), code: z.string() }),
  z
    .object({ proof: z.literal('cancelled'), blockHash: chainText, logIndex: integer })
    .transform(({ blockHash: block, logIndex: index, ...rest }) => ({
      ...rest,
      at: { block, index },
    })),
  z.object({ proof: z.literal('attested'), by: z.array(z.string()), note: z.string() }),
]);

export const facts = {
  journalId: z.string().optional(),
  payout: minorNumber.optional(),
  fee: minorNumber.optional(),
  attempts: integer.optional(),
  txHash: chainText.optional(),
  fromBlock: integer.optional(),
  payoutBatch: chainText.optional(),
  payer: chainText.optional(),
  blockNumber: integer.optional(),
  blockHash: chainText.optional(),
  logIndex: integer.optional(),
  confirmations: integer.optional(),
  failure: failure.optional(),
  proof: proof.optional(),
  heldFrom: stage.optional(),
  ending: failure.optional(),
  refundFor: failure.optional(),
};

const converted = ['payout', 'fee'];
const signed = [...converted, 'attempts', 'txHash', 'fromBlock'];
const paid = [...signed, 'blockNumber', 'blockHash', 'logIndex', 'confirmations'];
const refund = ['failure', 'proof'];
/** The facts that a row must have in its stage, as the type `FactsOf` (core/withdrawal/withdrawal.ts) says of a withdrawal. */
const factsIn: Partial<Record<Stage, readonly string[]>> = {
  converted,
  signed,
  broadcast: signed,
  confirmed: paid,
  settled: paid,
  refunding: refund,
  refunded: refund,
  rejected: ['failure'],
  cancelled: ['failure'],
  review: ['failure', 'heldFrom'],
};

/** The names of facts that this stage needs and the row lacks. */
export const missingIn = (at: Stage, row: object): string[] =>
  (factsIn[at] ?? []).filter((fact) => !(fact in row));

type FactsRow = z.output<z.ZodObject<typeof facts>>;
/** The facts that a row has under the names of EVM chains. */
export const chainFacts = ['txHash', 'fromBlock', 'blockNumber', 'blockHash', 'logIndex'] as const;

/** They, under the names that a withdrawal has for them. */
export function chainFactsFrom(row: Pick<FactsRow, (typeof chainFacts)[number]>) {
  const { txHash, fromBlock, blockNumber, blockHash, logIndex } = row;
  return {
    ...(txHash === undefined ? {} : { txId: txHash }),
    ...(fromBlock === undefined ? {} : { readFrom: fromBlock }),
    ...(blockNumber === undefined || blockHash === undefined || logIndex === undefined
      ? {}
      : { place: { height: blockNumber, block: blockHash, index: logIndex } }),
  };
}

/** The facts that a row has under another name or in another form, such as hashes as bytes. */
export function factsToRow(withdrawal: object): Record<string, unknown> {
  const known: Partial<Paid> & { proof?: Proof } = withdrawal;
  const { txId, readFrom, payoutBatch, payer, place, proof } = known;
  return {
    ...{ txId: undefined, readFrom: undefined, place: undefined },
    txHash: txId && keptAs(txId),
    fromBlock: readFrom,
    payoutBatch: payoutBatch && keptAs(payoutBatch),
    payer: payer && keptAs(payer),
    blockNumber: place?.height,
    blockHash: place && keptAs(place.block),
    logIndex: place?.index,
    proof:
      proof?.proof === 'cancelled'
        ? { proof: proof.proof, blockHash: keptAs(proof.at.block), logIndex: proof.at.index }
        : proof,
  };
}
