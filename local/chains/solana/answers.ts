/** What a local Solana tells of blocks and of transactions that were carried out. */
import { base58 } from '@scure/base';
import type { Commitment, Engine } from './engine.ts';
import { RpcRefusal } from './refusal.ts';
import type { Landed } from './state.ts';
import { readWire } from './wire.ts';

type Params = readonly unknown[];
type Options = Readonly<Record<string, unknown>>;
const optionsIn = (value: unknown): Options => (value as Options | undefined) ?? {};
const listMax = 1_000;
const memoProgram = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr';

export function transactionsFor(engine: Engine) {
  /** Only what is confirmed at least is shown here, and by default what is final. */
  const oldEnough = ({ slot }: Landed, { commitment }: Options): boolean =>
    slot <= engine.slot(commitment === 'confirmed' ? 'confirmed' : 'finalized');
  /** The slot of a block that there is, and that this node still has. */
  const madeAt = (slot: unknown, { commitment }: Options): number => {
    const at = Number(slot);
    const first = engine.since();
    if (at < first)
      throw new RpcRefusal(
        -32_001,
        `Block ${at} cleaned up, does not exist on node. First available block: ${first}`,
      );
    if (at > engine.slot(commitment === 'confirmed' ? 'confirmed' : 'finalized'))
      throw new RpcRefusal(-32_004, `Block not available for slot ${at}`);
    return at;
  };
  const statusOf = ({ slot }: Landed): Commitment =>
    slot <= engine.slot('finalized') ? 'finalized' : 'confirmed';
  const timeOf = (slot: number): number => Math.floor(engine.timeOf(slot) / 1_000);
  return {
    getBlocksWithLimit: ([start, limit]: Params) => {
      const last = engine.slot('finalized');
      const slots = Array.from({ length: Number(limit) }, (_, place) => Number(start) + place);
      return slots.filter((slot) => slot >= 0 && slot <= last);
    },
    getBlockTime: ([slot]: Params) => timeOf(madeAt(slot, {})),
    getBlock: ([slot, given]: Params) => {
      const at = madeAt(slot, optionsIn(given));
      return {
        blockhash: engine.blockhash(at),
        previousBlockhash: engine.blockhash(at - 1),
        ...{ parentSlot: at - 1, blockHeight: at, blockTime: timeOf(at) },
      };
    },
    getSignaturesForAddress: ([address, given]: Params) => {
      const options = optionsIn(given);
      const { before, until } = options;
      const limit = Number(options['limit'] ?? listMax);
      if (!(limit >= 1 && limit <= listMax))
        throw new RpcRefusal(-32_602, `Invalid limit; max ${listMax}`);
      const isShown = (one: Landed) => oldEnough(one, options) && one.slot >= engine.since();
      /** The number of a transaction, of this address or not (anza-xyz/agave, pull request 7937). */
      const numberOf = (signature: unknown): number => {
        const one = engine.landed(String(signature));
        if (one !== null && isShown(one)) return one.number;
        throw new RpcRefusal(-32_020, `Transaction ${signature} not found`);
      };
      const first = until === undefined ? 0 : numberOf(until);
      const last = before === undefined ? Number.POSITIVE_INFINITY : numberOf(before);
      const some = engine.state
        .touching(String(address))
        .filter((one) => isShown(one) && one.number > first && one.number < last);
      return some.slice(0, limit).map((one) => ({
        ...{ signature: one.signature, slot: one.slot, err: one.error, memo: memoOf(one) },
        ...{ blockTime: timeOf(one.slot), confirmationStatus: statusOf(one) },
      }));
    },
    getTransaction: ([signature, given]: Params) => {
      const options = optionsIn(given);
      const one = engine.landed(String(signature));
      if (one === null || !oldEnough(one, options)) return null;
      const wire = readWire(one.raw);
      const { encoding = 'json' } = options;
      const { keys, header, blockhash, instructions, signatures } = wire;
      const transaction =
        encoding === 'base64'
          ? [Buffer.from(one.raw).toString('base64'), 'base64']
          : {
              signatures,
              message: {
                ...{ accountKeys: keys, header, recentBlockhash: blockhash },
                instructions: instructions.map(({ data, ...rest }) => ({
                  ...{ ...rest, data: base58.encode(data), stackHeight: 1 },
                })),
              },
            };
      const inner = (one.inner as unknown[][]).flatMap((list, index) =>
        list.length === 0 ? [] : [{ index, instructions: list }],
      );
      const meta = { err: one.error, innerInstructions: inner, loadedAddresses: none };
      const version = wire.isVersioned ? 0 : 'legacy';
      return { slot: one.slot, blockTime: timeOf(one.slot), transaction, meta, version };
    },
  };
}

const none = { writable: [], readonly: [] };

/** A memo as `getSignaturesForAddress` shows it: with its length before it. */
function memoOf({ raw }: Landed): string | null {
  const { keys, instructions } = readWire(raw);
  const memos = instructions
    .filter(({ programIdIndex }) => keys[programIdIndex] === memoProgram)
    .map(({ data }) => `[${data.length}] ${Buffer.from(data).toString('utf8')}`);
  return memos.length === 0 ? null : memos.join('; ');
}
