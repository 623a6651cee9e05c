/**
 * The PayoutRecord port on the JSON-RPC of Bitcoin Core: all that the treasury paid and received. It is read in the blocks themselves, so
 * nothing that was paid with our key is missed, whoever has paid it. A day of them is half a gigabyte on the main network.
 */
import { createHash } from 'node:crypto';
import { bech32, bech32m, createBase58check } from '@scure/base';
import * as z from 'zod';
import { UnavailableError } from '../../core/kernel/errors.ts';
import type { Instant } from '../../core/kernel/time.ts';
import { fromHex, scriptOf, toHex } from '../../core/rails/bitcoin/address.ts';
import { type Net, nets } from '../../core/rails/bitcoin/nets.ts';
import {
  type Input,
  type Outpoint,
  readBlock,
  type Transaction,
} from '../../core/rails/bitcoin/wire.ts';
import type { Incoming, Outgoing } from '../../core/reconcile/books.ts';
import type { PayoutRecord } from '../../core/reconcile/run.ts';
import type { BoundOutputs } from '../../core/store/outputs.ts';
import { askOf } from './ask.ts';
import { hash, hex, integer } from './json.ts';
import { type BitcoinConfig, headOf, viewBitcoin } from './view.ts';

const header = z.object({ time: integer, confirmations: integer });

type Seen = { transaction: Transaction; height: number; index: number };

export function recordBitcoin(config: BitcoinConfig, outputs: BoundOutputs): PayoutRecord {
  const { network, net, treasury } = config;
  const ask = askOf(config);
  const { finalityBlocks } = viewBitcoin(config, ask);
  /** The transactions of these blocks that the treasury is in. Both questions are about the same blocks, which are read once. */
  let read: { of: string; seen: Promise<Seen[]> } | null = null;
  const seenBy = (address: string, from: number, to: number): Promise<Seen[]> => {
    const of = `${address} ${from} ${to}`;
    if (read?.of !== of) read = { of, seen: search(address, from, to) };
    return read.seen;
  };
  const search = async (address: string, from: number, to: number): Promise<Seen[]> => {
    const script = scriptOf(address, net);
    const keyHash = toHex(script.subarray(2));
    const found: Seen[] = [];
    for (let height = from; height <= to; height += 1) {
      const block = await ask.one(hash, 'getblockhash', height);
      const raw = await ask.one(hex, 'getblock', block, 0);
      for (const [index, transaction] of readBlock(fromHex(raw)).entries())
        if (pays(transaction, script) || transaction.inputs.some((one) => isOf(one, keyHash)))
          found.push({ transaction, height, index });
    }
    return found;
  };
  return {
    ...{ network, asset: 'BTC', treasury },
    // An output names the payout that it is bound to, so the payout is what names the resource.
    keyOf: (id) => id,
    head: async () => {
      const { height } = await headOf(ask, net);
      return { final: Math.max(0, height - finalityBlocks + 1) };
    },
    outgoing: async (payer, from, to) => {
      const script = scriptOf(payer, net);
      const keyHash = toHex(script.subarray(2));
      const seen = await seenBy(payer, from, to);
      const spending = seen.filter(({ transaction: { inputs } }) =>
        inputs.some((one) => isOf(one, keyHash)),
      );
      const spent = spending.flatMap(({ transaction: { inputs } }) =>
        inputs.map(({ outpoint }) => outpoint),
      );
      const owners = await outputs.owners(network, spent);
      return spending.flatMap(({ transaction, height, index }): Outgoing[] =>
        transaction.outputs
          .filter((one) => toHex(one.script) !== toHex(script))
          .map(({ amount: value, script: to }) => ({
            ...{ txId: transaction.txId, height, index, value },
            ...{ to: addressOf(to, net), key: ownerOf(transaction, owners) },
          })),
      );
    },
    incoming: async (receiver, from, to) => {
      const script = scriptOf(receiver, net);
      const keyHash = toHex(script.subarray(2));
      const seen = await seenBy(receiver, from, to);
      return seen
        .filter(({ transaction: { inputs } }) => !inputs.some((one) => isOf(one, keyHash)))
        .flatMap(({ transaction, height, index }): Incoming[] =>
          transaction.outputs
            .filter((one) => toHex(one.script) === toHex(script))
            .map(({ amount: value }) => ({ txId: transaction.txId, height, index, value })),
        );
    },
    firstBlockSince: async (at, head) => {
      let [before, since] = [-1, head + 1];
      while (since - before > 1) {
        const middle = Math.floor((before + since) / 2);
        const block = await ask.one(hash, 'getblockhash', middle);
        const { time, confirmations } = await ask.one(header, 'getblockheader', block);
        if (confirmations < 1) throw new UnavailableError('bitcoin: the chain is being changed');
        if (((time * 1_000) as Instant) >= at) since = middle;
        else before = middle;
      }
      return since;
    },
  };
}

/** The payout that one of the inputs is bound to; `null`: none is. */
const ownerOf = ({ inputs }: Transaction, owners: ReadonlyMap<Outpoint | string, string>) =>
  inputs.flatMap(({ outpoint }) => owners.get(outpoint) ?? [])[0] ?? null;

const pays = ({ outputs }: Transaction, script: Uint8Array): boolean =>
  outputs.some((one) => toHex(one.script) === toHex(script));

/** BIP-141: who spends P2WPKH shows the key whose hash the output has. */
function isOf({ witness: [, key, ...more] }: Input, keyHash: string): boolean {
  if (key?.length !== 33 || more.length > 0) return false;
  const inner = createHash('sha256').update(key).digest();
  return createHash('ripemd160').update(inner).digest('hex') === keyHash;
}

const base58check = createBase58check(
  (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
);

/** The address that a script pays; the script itself where it has none. */
function addressOf(script: Uint8Array, net: Net): string {
  const { hrp, versions } = nets[net];
  const [first = 0, second = 0] = script;
  if (script.length === 25 && first === 0x76)
    return base58check.encode(Uint8Array.of(versions.keyHash, ...script.subarray(3, 23)));
  if (script.length === 23 && first === 0xa9)
    return base58check.encode(Uint8Array.of(versions.scriptHash, ...script.subarray(2, 22)));
  const isProgram = (first === 0 || first > 0x50) && second === script.length - 2;
  if (!isProgram) return toHex(script);
  const version = first === 0 ? 0 : first - 0x50;
  const words = [version, ...bech32.toWords(script.subarray(2))];
  return version === 0 ? bech32.encode(hrp, words) : bech32m.encode(hrp, words);
}
