/**
 * The Arrivals port on JSON-RPC (https://ethereum.github.io/execution-apis): what a transaction brought to a treasury of ours, in
 * final blocks. It needs three questions and no library, and reads their answers as strictly as a provider's.
 */
import * as z from 'zod';
import type { Network } from '../../core/kernel/networks.ts';
import { networkSettings } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { Arrivals, ArrivedLog, Payment } from '../../core/on-ramp/arrival.ts';
import { type CallJson, noAnswer } from '../net/http.ts';
import { readRows, saysOtherwise, unexpectedAnswer } from '../net/reading.ts';
import type { EvmConfig } from './view.ts';

/** A payment of many at once has many logs, of which one is ours. */
const answerBytesMax = 4 * 1024 * 1024;
/** The topic of `Transfer(address,address,uint256)` (EIP-20). */
const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

const quantity = z
  .string()
  .regex(/^0x[\da-f]{1,13}$/i)
  .transform(Number);
const word = z.string().regex(/^0x[\da-f]{64}$/i);
const BlockShape = z.object({ number: quantity, timestamp: quantity });
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
const ReplyShape = z.object({ result: z.unknown().optional(), error: z.unknown().optional() });
const isAbsent = (value: unknown): boolean => value === undefined || value === null;

type Reachable = Pick<EvmConfig, 'rpcUrl' | 'token' | 'treasury'>;

/** `callOf` passes the circuit breaker of the network's node, where there is one. */
export function evmArrivals(
  configOf: (network: Network) => Reachable,
  callOf: (network: Network) => CallJson,
): Arrivals {
  const ask = async <T>(
    network: Network,
    shape: z.ZodType<T>,
    method: string,
    ...params: readonly unknown[]
  ): Promise<Answer<T>> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const type = { 'content-type': 'application/json' };
    const { rpcUrl } = configOf(network);
    const reply = await callOf(network)('POST', rpcUrl, type, body, answerBytesMax);
    if (reply.reply !== 'answered') return noAnswer(reply);
    const { data } = ReplyShape.safeParse(reply.body);
    // An answer without a result is no answer that there is nothing.
    if (data === undefined || data.result === undefined || !isAbsent(data.error))
      return unexpectedAnswer;
    const parsed = shape.safeParse(data.result);
    return parsed.success ? { ok: true, value: parsed.data } : unexpectedAnswer;
  };
  /** Those who ask at the same time share one question. */
  const finals = new Map<Network, Promise<Answer<z.infer<typeof BlockShape>>>>();
  const finalBlock = (network: Network) => {
    const { finality } = networkSettings[network];
    const asked =
      finals.get(network) ??
      ask(network, BlockShape, 'eth_getBlockByNumber', finality, false).finally(() =>
        finals.delete(network),
      );
    finals.set(network, asked);
    return asked;
  };

  return {
    treasury: (network) => configOf(network).treasury,
    of: async (network, txHash, payee): Promise<Answer<Payment>> => {
      const final = await finalBlock(network);
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
      const { token } = configOf(network);
      const receiver = `0x${payee.slice(2).padStart(64, '0')}`;
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
