/** The Signer port over a key that signs a 32-byte digest: a KMS key when deployed, a private key on one machine. */

import { secp256k1 } from '@noble/curves/secp256k1';
import { bech32 } from '@scure/base';
import { OutScript, p2wpkh, SigHash, Transaction } from '@scure/btc-signer';
import { sumOf } from '../../core/kernel/money.ts';
import { scriptOf, toHex } from '../../core/rails/bitcoin/address.ts';
import type { Signer, Spending } from '../../core/rails/bitcoin/chain.ts';
import { replaceableSequence } from '../../core/rails/bitcoin/limits.ts';
import { type Net, nets } from '../../core/rails/bitcoin/nets.ts';
import { amountOf, feeMax } from '../../core/rails/bitcoin/plan.ts';
import { partsOf, readTransaction } from '../../core/rails/bitcoin/wire.ts';

/** One key of secp256k1. Its signature is DER with a low s (BIP-146), over the digest as it is. */
export type DigestKey = {
  /** Compressed: 33 bytes. */
  publicKey: Uint8Array;
  sign(digest: Uint8Array): Promise<Uint8Array>;
};

/** The P2WPKH address of a key. */
export function treasuryOf({ publicKey }: Pick<DigestKey, 'publicKey'>, net: Net): string {
  const { hash } = p2wpkh(publicKey);
  return bech32.encode(nets[net].hrp, [0, ...bech32.toWords(hash)]);
}

/** `cap`: the most that is paid, in satoshi for 1,000 virtual bytes. `former`: keys of treasuries before, which sign nothing new. */
export function bitcoinSigner(
  treasuryKey: DigestKey,
  net: Net,
  cap: bigint,
  former: readonly DigestKey[] = [],
): Signer {
  const treasury = treasuryOf(treasuryKey, net);
  const formerOf = (payer: string) => former.find((one) => treasuryOf(one, net) === payer) ?? null;
  return {
    treasury: async () => treasury,
    signs: (payer) => payer === treasury || formerOf(payer) !== null,
    sign: async (spending, before) => {
      const isFormer = before !== undefined && before.payer !== treasury;
      const key = isFormer ? formerOf(before.payer) : treasuryKey;
      if (key === null) throw new Error(`there is no key of ${before?.payer}`);
      const own = p2wpkh(key.publicKey);
      const script = spending.payment === null ? null : scriptOf(spending.payment.to, net);
      refuseStrange(spending, script, cap);
      if (isFormer && !takesPlaceOf(spending, script, before.raw, key))
        throw new Error('a former treasury signs only what takes the place of its own');
      if (script !== null && toHex(script) === toHex(own.script))
        throw new Error('a payout pays somebody else');
      const transaction = new Transaction({ version: 2, allowUnknownOutputs: true });
      for (const { outpoint, amount } of spending.inputs) {
        const { txId: txid, index } = partsOf(outpoint);
        const witnessUtxo = { script: own.script, amount };
        transaction.addInput({ txid, index, witnessUtxo, sequence: replaceableSequence });
      }
      if (spending.payment !== null && script !== null)
        transaction.addOutput({ script, amount: spending.payment.value });
      for (const amount of spending.change) transaction.addOutput({ script: own.script, amount });
      const code = codeOf(key);
      for (const [index, { amount }] of spending.inputs.entries()) {
        const digest = digestOf(transaction, index, code, amount);
        const signature = Uint8Array.of(...(await key.sign(digest)), SigHash.ALL);
        transaction.updateInput(index, { partialSig: [[key.publicKey, signature]] }, true);
      }
      transaction.finalize();
      return { raw: transaction.extract(), txId: transaction.id };
    },
  };
}

/** What stands for the script of P2WPKH in what is signed (BIP-143). */
const codeOf = ({ publicKey }: DigestKey): Uint8Array =>
  OutScript.encode({ type: 'pkh', hash: p2wpkh(publicKey).hash });
/** BIP-143: each signature is over all inputs and outputs, and over the amount of its own input. */
const digestOf = (transaction: Transaction, index: number, code: Uint8Array, amount: bigint) =>
  transaction.preimageWitnessV0(index, code, SigHash.ALL, amount);

/**
 * Whether these bytes are signed by this key over the same inputs, of which only one transaction is ever in the chain, and what is asked
 * pays the same, or nobody: then nobody can be paid who could not be before.
 */
function takesPlaceOf(
  { inputs, payment }: Spending,
  script: Uint8Array | null,
  raw: Uint8Array,
  key: DigestKey,
): boolean {
  const before = readTransaction(raw);
  const isPaid =
    payment === null ||
    script === null ||
    before.outputs.some(
      (one) => one.amount === payment.value && toHex(one.script) === toHex(script),
    );
  const same = before.inputs.map(({ outpoint }) => outpoint).toSorted();
  const wanted = inputs.map(({ outpoint }) => outpoint).toSorted();
  if (!isPaid || same.join() !== wanted.join()) return false;
  const read = Transaction.fromRaw(raw, { allowUnknownOutputs: true });
  const amounts = new Map(inputs.map(({ outpoint, amount }) => [outpoint, amount]));
  return before.inputs.every(({ outpoint, witness: [signature, publicKey] }, index) => {
    const amount = amounts.get(outpoint);
    if (amount === undefined || signature === undefined || publicKey === undefined) return false;
    if (toHex(publicKey) !== toHex(key.publicKey)) return false;
    const der = signature.subarray(0, -1);
    const digest = digestOf(read, index, codeOf(key), amount);
    return secp256k1.verify(secp256k1.Signature.fromDER(der), digest, publicKey, {
      prehash: false,
    });
  });
}

/** What is signed adds up, and gives nobody anything but one payment and a fee that is not too high. */
function refuseStrange(
  { inputs, payment, change, fee }: Spending,
  script: Uint8Array | null,
  cap: bigint,
): void {
  const parts = [...change, payment?.value ?? 0n, fee];
  const isSum = parts.every((part) => part >= 0n) && amountOf(inputs) === sumOf(parts);
  if (inputs.length === 0 || !isSum) throw new Error('a payout that does not add up');
  const most = feeMax(cap, inputs.length, script === null ? [] : [script.length], change.length);
  if (fee > most) throw new Error('a payout whose fee is above the cap (BITCOIN_MAX_FEE_SAT_VB)');
}
