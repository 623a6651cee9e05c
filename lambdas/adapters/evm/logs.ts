/** Reads the token's logs: what became of EIP-3009 nonces, and what the treasury paid and received. */
import {
  type Client,
  encodeEventTopics,
  getAddress,
  type Hex,
  numberToHex,
  padHex,
  type RpcLog,
} from 'viem';
import type { ChainEvent } from '../../core/rails/evm/chain.ts';
import type { Address } from '../../core/rails/evm/hex.ts';
import type { Incoming, Outgoing } from '../../core/reconcile/books.ts';
import { usdcAbi } from './abi.ts';
import { inRanges, type Range, type Width } from './ranges.ts';
import { isQuantity, isWord } from './said.ts';

/** The token's logs on one node. */
export type LogSource = { client: Client; token: Address; width: Width };

const selectorOf = (eventName: 'AuthorizationUsed' | 'AuthorizationCanceled' | 'Transfer'): Hex => {
  const [selector] = encodeEventTopics({ abi: usdcAbi, eventName });
  return selector as Hex;
};
const [used, canceled] = [selectorOf('AuthorizationUsed'), selectorOf('AuthorizationCanceled')];
const nonceEvents = [used, canceled];
const transfer = selectorOf('Transfer');

type Topics = (Hex | Hex[] | null)[];
/** The node's logs, less those that were not asked for: a node that passes over a filter or a range shows others' and later ones. */
const query = async (
  { client, token: address }: LogSource,
  topics: Topics,
  { from, to }: Range,
): Promise<RpcLog[]> => {
  const range = { fromBlock: numberToHex(from), toBlock: numberToHex(to) };
  const params = [{ address, topics, ...range }] as const;
  const logs = await client.request({ method: 'eth_getLogs', params: [...params] });
  return logs.filter((log) => isAskedFor(log, address, topics, { from, to }));
};

/** Throws when a log that may have been asked for cannot be read: what it would show is not known. */
function isAskedFor(log: RpcLog, address: Address, topics: Topics, { from, to }: Range): boolean {
  const { blockNumber, transactionHash, blockHash, logIndex, data, removed } = Object(
    log,
  ) as RpcLog;
  // They are pending, or were removed by a reorganisation: they have no place.
  if (removed === true || blockNumber === null) return false;
  const said = [log?.address, ...(Array.isArray(log?.topics) ? log.topics : [])];
  const asked: Topics = [address, ...topics];
  const isAnothers = asked.some((one, index) => {
    const [there, wanted] = [said[index], one === null ? [] : [one].flat()];
    const isOne = wanted.some((text) => text.toLowerCase() === String(there).toLowerCase());
    return typeof there === 'string' && one !== null && !isOne;
  });
  if (isAnothers) return false;
  const isRead =
    said.length > topics.length &&
    said.every((one) => typeof one === 'string') &&
    [transactionHash, blockHash].every(isWord) &&
    [blockNumber, logIndex].every(isQuantity) &&
    typeof data === 'string';
  if (!isRead) throw new Error('a log cannot be read');
  return Number(blockNumber) >= from && Number(blockNumber) <= to;
}

type Place = { transactionHash: Hex; blockHash: Hex; blockNumber: number; logIndex: number };
type Log = Place &
  (
    | { eventName: 'Transfer'; to: Address; value: bigint }
    | { eventName: 'AuthorizationUsed' | 'AuthorizationCanceled'; nonce: Hex }
  );

/** Each log in turn, as a node's limits allow. Those that are not wanted are not decoded, which takes most of the time. */
async function eachLog(
  source: LogSource,
  topics: Topics,
  range: Range,
  take: (log: Log) => void,
  isWanted: (log: RpcLog) => boolean = () => true,
): Promise<void> {
  await inRanges(source.width, range, async (part) => {
    for (const log of (await query(source, topics, part)).filter(isWanted).flatMap(read)) take(log);
    return 'more';
  });
}

/**
 * Each nonce that was used or cancelled in the blocks of the range, with the transfer that it allowed. The range is asked for
 * as it is (search.ts divides it).
 */
export async function readAuthorizations(
  source: LogSource,
  payer: Address,
  nonces: readonly Hex[],
  range: Range,
): Promise<ChainEvent[]> {
  const authorizer = padHex(payer, { size: 32 }).toLowerCase() as Hex;
  const found = (await query(source, [nonceEvents, authorizer, [...nonces]], range)).flatMap(read);
  if (found.length === 0) return [];
  // A busy block has thousands of transfers of the treasury, and of those only the ones that follow these nonces count.
  const wanted = new Set(found.map(placeAfter));
  const transfers = new Map<string, Log>();
  // By block: between two of them may lie more than a node gives at once.
  for (const block of new Set(found.map(({ blockNumber }) => blockNumber)))
    await eachLog(
      source,
      [[transfer], authorizer],
      { from: block, to: block },
      (log) => transfers.set(placeOf(log.transactionHash, log.logIndex), log),
      (log) => wanted.has(placeOf(log.transactionHash, Number(log.logIndex))),
    );
  return found.flatMap((log): ChainEvent[] => {
    if (log.eventName === 'Transfer') return [];
    return [
      {
        kind: log.eventName === 'AuthorizationUsed' ? 'used' : 'canceled',
        nonce: log.nonce,
        txHash: log.transactionHash,
        blockNumber: log.blockNumber,
        blockHash: log.blockHash,
        logIndex: log.logIndex,
        transfer: log.eventName === 'AuthorizationUsed' ? transferAfter(log, transfers) : null,
      },
    ];
  });
}

/**
 * A transaction may make many payments, and two of them may be alike: each belongs to the nonce whose use was logged right before
 * it (Circle's EIP3009.sol, `_transferWithAuthorization`), so that no log stands for two.
 */
function transferAfter(
  used: Pick<Place, 'transactionHash' | 'logIndex'>,
  transfers: ReadonlyMap<string, Log>,
): ChainEvent['transfer'] {
  const one = transfers.get(placeAfter(used));
  if (one?.eventName !== 'Transfer') return null;
  return { to: one.to, value: one.value, logIndex: one.logIndex };
}

const placeOf = (txHash: Hex | null, logIndex: number): string => `${txHash} ${logIndex}`;
const placeAfter = ({ transactionHash, logIndex }: Pick<Place, 'transactionHash' | 'logIndex'>) =>
  placeOf(transactionHash, logIndex + 1);

/**
 * Every transfer from the treasury in the blocks of the range, with the nonce that it used: the token logs the use of an
 * authorization right before the transfer that it allows (Circle's EIP3009.sol, `_transferWithAuthorization`).
 */
export async function readOutgoing(
  source: LogSource,
  treasury: Address,
  range: Range,
): Promise<Outgoing[]> {
  const payer = padHex(treasury, { size: 32 }).toLowerCase() as Hex;
  const outgoing: Outgoing[] = [];
  let last: { txId: Hex; nonce: Hex; index: number } | null = null;
  await eachLog(source, [[used, transfer], payer], range, (log) => {
    const { transactionHash: txId, logIndex: index } = log;
    if (log.eventName === 'AuthorizationUsed') last = { txId, nonce: log.nonce, index };
    if (log.eventName !== 'Transfer') return;
    const allowed: boolean = last?.txId === txId && last.index + 1 === index;
    const { to: receiver, value, blockNumber: height } = log;
    const key = allowed ? (last?.nonce ?? null) : null;
    outgoing.push({ txId, height, index, to: receiver, value, key });
  });
  return outgoing;
}

/** Every transfer to the treasury in the blocks of the range. */
export async function readIncoming(
  source: LogSource,
  treasury: Address,
  range: Range,
): Promise<Incoming[]> {
  const receiver = padHex(treasury, { size: 32 }).toLowerCase() as Hex;
  const incoming: Incoming[] = [];
  await eachLog(source, [transfer, null, receiver], range, (log) => {
    if (log.eventName !== 'Transfer') return;
    const { transactionHash: txId, logIndex: index, blockNumber: height, value } = log;
    incoming.push({ txId, height, index, value });
  });
  return incoming;
}

/** The log as one of the token's three; none, where it has not the form of the event that it calls itself. */
function read(log: RpcLog): Log[] {
  const [event, , second] = log.topics;
  if (!isWord(second)) return [];
  const place: Place = {
    transactionHash: log.transactionHash as Hex,
    blockHash: log.blockHash as Hex,
    blockNumber: Number(log.blockNumber),
    logIndex: Number(log.logIndex),
  };
  const nonce = second.toLowerCase() as Hex;
  switch (event?.toLowerCase()) {
    case used:
      return [{ ...place, eventName: 'AuthorizationUsed', nonce }];
    case canceled:
      return [{ ...place, eventName: 'AuthorizationCanceled', nonce }];
    case transfer: {
      const value = log.data.slice(0, wordLength);
      if (!isWord(value)) return [];
      const to = getAddress(`0x${second.slice(-addressDigits)}`);
      return [{ ...place, eventName: 'Transfer', to, value: BigInt(value) }];
    }
    default:
      return [];
  }
}
const wordLength = 2 + 64;
const addressDigits = 40;
