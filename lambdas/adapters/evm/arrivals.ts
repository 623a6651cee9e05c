/**
 * The Arrivals port on JSON-RPC (https://ethereum.github.io/execution-apis): what a transaction brought to a treasury of ours, in
 * final blocks. It needs no library, and reads the answers as strictly as a provider's.
 */
import * as z from 'zod';
import { ShutError, whyOf } from '../../core/kernel/errors.ts';
import type { EvmNetwork } from '../../core/kernel/networks.ts';
import { networkSettings } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import { withoutUrls } from '../../core/kernel/redact.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { Arrivals, ArrivedLog, Payment } from '../../core/on-ramp/arrival.ts';
import { type Address, evmOnly } from '../../core/rails/evm/hex.ts';
import { readRows, saysOtherwise, unexpectedAnswer } from '../net/reading.ts';
import type { NodeConfig } from './exchange.ts';
import { checkChain, type Identity } from './identity.ts';
import { type Line, openLine, RefusedCallError } from './line.ts';
import type { EvmConfig } from './view.ts';

/** The topic of `Transfer(address,address,uint256)` (EIP-20). */
const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

const quantity = z
  .string()
  .regex(/^0x[\da-f]{1,13}$/i)
  .transform(Number);
const word = z.string().regex(/^0x[\da-f]{64}$/i);
const BlockShape = z.object({ number: quantity, timestamp: quantity });
type Block = z.infer<typeof BlockShape>;
const ReceiptShape = z.object({
  transactionHash: word,
  status: z.enum(['0x0', '0x1']),
  blockNumber: quantity,
  logs: z.array(z.unknown()),
});
const LogShape = z
  .object({
    address: z.string(),
    topics: z.tuple([word, word, word]),
    data: word,
    logIndex: quantity,
    removed: z.literal(false).nullish(),
  })
  .transform(({ data, logIndex }): ArrivedLog => ({ index: logIndex, value: BigInt(data) }));

type Reachable = NodeConfig & Identity & Pick<EvmConfig, 'token' | 'treasury'>;

type Open = { config: Reachable; line: Line };

/** Throws WrongChainError when a node is of another chain than ours: nothing that it says is a word about our money. */
export function evmArrivals(
  configOf: (network: EvmNetwork) => Promise<Reachable>,
  treasuryOf: (network: EvmNetwork) => Address,
): Arrivals<EvmNetwork> {
  const opened = new Map<EvmNetwork, Open>();
  const open = async (network: EvmNetwork): Promise<Open> => {
    const known = opened.get(network);
    if (known !== undefined) return known;
    const config = await configOf(network);
    const one = opened.get(network) ?? { config, line: openLine(config) };
    opened.set(network, one);
    return one;
  };
  const ask = async <T>(
    network: EvmNetwork,
    shape: z.ZodType<T>,
    method: string,
    ...params: readonly unknown[]
  ): Promise<Answer<T>> => {
    const { line } = await open(network);
    try {
      const parsed = shape.safeParse(await line({ method, params }));
      return parsed.success ? { ok: true, value: parsed.data } : unexpectedAnswer;
    } catch (error) {
      if (error instanceof RefusedCallError) return unexpectedAnswer;
      const why = withoutUrls(whyOf(error));
      if (error instanceof ShutError) return { ok: false, refused: false, why, until: error.until };
      return { ok: false, refused: false, why };
    }
  };
  /** The chain that was found to be ours: which one was used first need not be read again. */
  const checked = new Map<EvmNetwork, number>();
  const finalBlock = async (network: EvmNetwork): Promise<Answer<Block>> => {
    const { finality } = networkSettings[network];
    const [chain, final] = await Promise.all([
      ask(network, quantity, 'eth_chainId'),
      ask(network, BlockShape, 'eth_getBlockByNumber', finality, false),
    ]);
    if (!chain.ok) return chain;
    const known = checked.get(network);
    const { config } = await open(network);
    await checkChain({ ...config, ...(known && { chainId: known }) }, chain.value);
    checked.set(network, chain.value);
    return final;
  };
  /** Those who ask at the same time share one question. */
  const finals = new Map<EvmNetwork, Promise<Answer<Block>>>();
  const finalOf = (network: EvmNetwork): Promise<Answer<Block>> => {
    const asked = finals.get(network) ?? finalBlock(network).finally(() => finals.delete(network));
    finals.set(network, asked);
    return asked;
  };

  return {
    treasury: treasuryOf,
    of: async (network, txHash, payee): Promise<Answer<Payment>> => {
      const final = await finalOf(network);
      if (!final.ok) return final;
      const shape = ReceiptShape.nullable();
      const receipt = await ask(network, shape, 'eth_getTransactionReceipt', txHash);
      if (!receipt.ok) return receipt;
      if (receipt.value === null) return { ok: true, value: { state: 'absent' } };
      const { blockNumber, transactionHash, status, logs } = receipt.value;
      if (transactionHash.toLowerCase() !== txHash.toLowerCase()) return unexpectedAnswer;
      if (blockNumber > final.value.number) {
        const height = `0x${blockNumber.toString(16)}`;
        const block = await ask(
          network,
          BlockShape.nullable(),
          'eth_getBlockByNumber',
          height,
          false,
        );
        if (!block.ok) return block;
        if (block.value === null) return { ok: true, value: { state: 'absent' } };
        const at = (block.value.timestamp * 1_000) as Instant;
        return { ok: true, value: { state: 'mined', at } };
      }
      const { token } = (await open(network)).config;
      const receiver = `0x${evmOnly(payee).slice(2).padStart(64, '0')}`;
      const read = readRows(
        status === '0x1' ? logs : [],
        LogShape,
        (log) =>
          saysOtherwise(log, ['address'], token) ||
          saysOtherwise(log, ['topics', '0'], transferTopic) ||
          saysOtherwise(log, ['topics', '2'], receiver),
      );
      return read.ok ? { ok: true, value: { state: 'final', logs: read.value } } : read;
    },
  };
}
