/** A transaction as Bitcoin Core writes it in a block of verbosity 2 (src/core_io.cpp, TxToUniv), but for the assembler's words of its scripts. */
import { fromHex, toHex } from '../../../lambdas/core/rails/bitcoin/address.ts';
import {
  hash256,
  idOf,
  partsOf,
  type Transaction,
  virtualBytes,
} from '../../../lambdas/core/rails/bitcoin/wire.ts';

/** An amount with all of its eight decimals. */
export function inBitcoin(satoshi: bigint): string {
  const digits = satoshi.toString().padStart(9, '0');
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}

/** `asBtc` writes an amount with eight decimals. */
export function transactionAsCore(
  transaction: Transaction,
  raw: string,
  asBtc: (satoshi: bigint) => unknown,
) {
  const { txId, version, inputs, outputs, lockTime, bytes, baseBytes } = transaction;
  return {
    txid: txId,
    hash: idOf(hash256(fromHex(raw))),
    ...{ version, size: bytes, vsize: virtualBytes(transaction), weight: 3 * baseBytes + bytes },
    locktime: lockTime,
    vin: inputs.map(({ outpoint, sequence, script, witness }) => {
      const { txId: txid, index: vout } = partsOf(outpoint);
      const txinwitness = witness.length === 0 ? {} : { txinwitness: witness.map(toHex) };
      const isCoinbase = /^0{64}$/.test(txid);
      return isCoinbase
        ? { coinbase: toHex(script), ...txinwitness, sequence }
        : {
            ...{ txid, vout, scriptSig: { hex: toHex(script) } },
            ...{ ...txinwitness, sequence },
          };
    }),
    vout: outputs.map(({ amount, script }, n) => ({
      ...{ value: asBtc(amount), n, scriptPubKey: { hex: toHex(script) } },
    })),
    hex: raw,
  };
}
