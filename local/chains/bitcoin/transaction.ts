/** A transaction as Bitcoin Core writes it in a block of verbosity 2 (src/core_io.cpp, TxToUniv), but for the assembler's words of its scripts. */
import { createHash } from 'node:crypto';
import { fromHex, toHex } from '../../../lambdas/core/rails/bitcoin/address.ts';
import { type Transaction, virtualBytes } from '../../../lambdas/core/rails/bitcoin/wire.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** `asBtc` writes an amount with eight decimals. */
export function transactionAsCore(
  transaction: Transaction,
  raw: string,
  asBtc: (satoshi: bigint) => unknown,
) {
  const { txId, version, inputs, outputs, lockTime, bytes, baseBytes } = transaction;
  return {
    txid: txId,
    hash: toHex(new Uint8Array(sha256(sha256(fromHex(raw)))).toReversed()),
    ...{ version, size: bytes, vsize: virtualBytes(transaction), weight: 3 * baseBytes + bytes },
    locktime: lockTime,
    vin: inputs.map(({ outpoint, sequence, script, witness }) => {
      const [txid = '', vout = ''] = outpoint.split(':');
      const txinwitness = witness.length === 0 ? {} : { txinwitness: witness.map(toHex) };
      const isCoinbase = /^0{64}$/.test(txid);
      return isCoinbase
        ? { coinbase: toHex(script), ...txinwitness, sequence }
        : {
            ...{ txid, vout: Number(vout), scriptSig: { hex: toHex(script) } },
            ...{ ...txinwitness, sequence },
          };
    }),
    vout: outputs.map(({ amount, script }, n) => ({
      ...{ value: asBtc(amount), n, scriptPubKey: { hex: toHex(script) } },
    })),
    hex: raw,
  };
}
