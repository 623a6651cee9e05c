/** The Signer port over a key that signs a 32-byte digest: a KMS key when deployed, a private key on one machine. */

import { bech32 } from '@scure/base';
import { OutScript, p2wpkh, SigHash, Transaction } from '@scure/btc-signer';
import { sumOf } from '../../core/kernel/money.ts';
import { scriptOf, toHex } from '../../core/rails/bitcoin/address.ts';
import type { Signer, Spending } from '../../core/rails/bitcoin/chain.ts';
import { replaceableSequence } from '../../core/rails/bitcoin/limits.ts';
import { type Net, nets } from '../../core/rails/bitcoin/nets.ts';
import { amountOf, feeMax } from '../../core/rails/bitcoin/plan.ts';
import { partsOf } from '../../core/rails/bitcoin/wire.ts';

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

/** `cap`: the most that is paid, in satoshi for 1,000 virtual bytes. */
export function bitcoinSigner(key: DigestKey, net: Net, cap: bigint): Signer {
  const own = p2wpkh(key.publicKey);
  const treasury = treasuryOf(key, net);
  return {
    treasury: async () => treasury,
    sign: async (spending) => {
      const script = spending.payment === null ? null : scriptOf(spending.payment.to, net);
      refuseStrange(spending, script, cap);
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
      const code = OutScript.encode({ type: 'pkh', hash: own.hash });
      for (const [index, { amount }] of spending.inputs.entries()) {
        // BIP-143: each signature is over all inputs and outputs, and over the amount of its own input.
        const digest = transaction.preimageWitnessV0(index, code, SigHash.ALL, amount);
        const signature = Uint8Array.of(...(await key.sign(digest)), SigHash.ALL);
        transaction.updateInput(index, { partialSig: [[key.publicKey, signature]] }, true);
      }
      transaction.finalize();
      return { raw: transaction.extract(), txId: transaction.id };
    },
  };
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
