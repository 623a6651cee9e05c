/** Reads the token's logs: what became of EIP-3009 nonces, and what the treasury paid and received. */
import {
  type Client,
  encodeEventTopics,
  formatLog,
  type Hex,
  numberToHex,
  padHex,
  parseEventLogs,
  type RpcLog,
} from 'viem';
import type { Address } from '../../core/kernel/networks.ts';
import type { ChainEvent } from '../../core/rails/evm/chain.ts';
import type { Incoming, Outgoing } from '../../core/reconcile/books.ts';
import { usdcAbi } from './abi.ts';

/** The most blocks of one query, because nodes refuse wide ranges. */
const logRangeMax = 5_000;

const selectorOf = (eventName: 'AuthorizationUsed' | 'AuthorizationCanceled' | 'Transfer'): Hex => {
  const [selector] = encodeEventTopics({ abi: usdcAbi, eventName });
  return selector as Hex;
};
const nonceEvents = [selectorOf('AuthorizationUsed'), selectorOf('AuthorizationCanceled')];
const transfer = selectorOf('Transfer');

type Topics = (Hex | Hex[] | null)[];
const query = (
  client: Client,
  token: Address,
  topics: Topics,
  first: number,
  last: number,
): Promise<RpcLog[]> => {
  const range = { fromBlock: numberToHex(first), toBlock: numberToHex(last) };
  return client.request({ method: 'eth_getLogs', params: [{ address: token, topics, ...range }] });
};

/** Each nonce that was used or cancelled in the blocks `from` to `to`, with its transaction's transfers from the treasury. */
export async function readAuthorizations(
  client: Client,
  token: Address,
  payer: Address,
  nonces: readonly Hex[],
  from: number,
  to: number,
): Promise<ChainEvent[]> {
  const authorizer = padHex(payer, { size: 32 }).toLowerCase() as Hex;
  const events: ChainEvent[] = [];
  for (let start = from; start <= to; start += logRangeMax) {
    const last = Math.min(to, start + logRangeMax - 1);
    const found = parse(
      await query(client, token, [nonceEvents, authorizer, [...nonces]], start, last),
    );
    if (found.length === 0) continue;
    const blocks = found.map(({ blockNumber }) => Number(blockNumber));
    const transfers = parse(
      await query(
        client,
        token,
        [[transfer], authorizer],
        Math.min(...blocks),
        Math.max(...blocks),
      ),
    );
    for (const log of found) {
      if (log.eventName === 'Transfer') continue;
      events.push({
        kind: log.eventName === 'AuthorizationUsed' ? 'used' : 'canceled',
        nonce: log.args.nonce,
        txHash: log.transactionHash,
        blockNumber: Number(log.blockNumber),
        blockHash: log.blockHash,
        logIndex: log.logIndex,
        transfers: transfers.flatMap((one) =>
          one.eventName === 'Transfer' && one.transactionHash === log.transactionHash
            ? [{ to: one.args.to, value: one.args.value, logIndex: one.logIndex }]
            : [],
        ),
      });
    }
  }
  return events;
}

/**
 * Every transfer from the treasury in the blocks `from` to `to`, with the nonce that it used: the token logs the use of an
 * authorization right before the transfer that it allows (Circle's EIP3009.sol, `_transferWithAuthorization`).
 */
export async function readOutgoing(
  client: Client,
  token: Address,
  treasury: Address,
  from: number,
  to: number,
): Promise<Outgoing[]> {
  const payer = padHex(treasury, { size: 32 }).toLowerCase() as Hex;
  const topics: Topics = [[selectorOf('AuthorizationUsed'), transfer], payer];
  const outgoing: Outgoing[] = [];
  for (let start = from; start <= to; start += logRangeMax) {
    const last = Math.min(to, start + logRangeMax - 1);
    let used: { txId: Hex; nonce: Hex; index: number } | null = null;
    for (const log of parse(await query(client, token, topics, start, last))) {
      const { transactionHash: txId, logIndex: index } = log;
      if (log.eventName === 'AuthorizationUsed') used = { txId, nonce: log.args.nonce, index };
      if (log.eventName !== 'Transfer') continue;
      const allowed: boolean = used?.txId === txId && used.index + 1 === index;
      const { to: receiver, value } = log.args;
      const key = allowed ? (used?.nonce ?? null) : null;
      outgoing.push({ txId, height: Number(log.blockNumber), index, to: receiver, value, key });
    }
  }
  return outgoing;
}

/** Every transfer to the treasury in the blocks `from` to `to`. */
export async function readIncoming(
  client: Client,
  token: Address,
  treasury: Address,
  from: number,
  to: number,
): Promise<Incoming[]> {
  const receiver = padHex(treasury, { size: 32 }).toLowerCase() as Hex;
  const incoming: Incoming[] = [];
  for (let start = from; start <= to; start += logRangeMax) {
    const last = Math.min(to, start + logRangeMax - 1);
    for (const log of parse(await query(client, token, [transfer, null, receiver], start, last))) {
      if (log.eventName !== 'Transfer') continue;
      const { transactionHash: txId, logIndex: index, args } = log;
      incoming.push({ txId, height: Number(log.blockNumber), index, value: args.value });
    }
  }
  return incoming;
}

/** Decodes logs and leaves out those that are pending or were removed by a reorganisation: they have no place. */
const parse = (logs: readonly RpcLog[]) =>
  parseEventLogs({
    abi: usdcAbi,
    logs: logs.map((log) => formatLog(log)),
  }).filter(({ blockNumber, removed }) => blockNumber !== null && removed !== true);
