/**
 * What nodes say when they refuse: the model decides why, in geth's words, and these put it into another client's. The words
 * for bytes are those of test/support/node-words.ts, each with its source.
 */
import { words as nodeWords } from '../../support/node-words.ts';
import type { WireResponse, World } from '../world.ts';
import type { PoolError } from './evm-mempool.ts';
import type { Client } from './evm-ways.ts';

/** What each of the model's own refusals means. What stands in no line is said as it is. */
const meanings: readonly [RegExp, string][] = [
  [/^already known/, 'already-known'],
  [/^nonce too low/, 'nonce-used'],
  [/^nonce too high/, 'nonce-gap'],
  [/underpriced|^max fee per gas less than|^transaction gas price below/, 'underpriced'],
  [/^intrinsic gas too low/, 'gas-too-low'],
  [/^insufficient funds/, 'unfunded'],
];

/** In whose source the words stand, and the code that comes with them. */
const sources: Readonly<Record<Exclude<Client, 'all' | 'nobody'>, [RegExp, number]>> = {
  geth: [/^ethereum\/go-ethereum/, -32_000],
  erigon: [/erigon/, -32_000],
  nethermind: [/^NethermindEth/, -32_010],
  besu: [/^hyperledger\/besu/, -32_000],
  anvil: [/^foundry-rs/, -32_003],
  openethereum: [/^openethereum/, -32_010],
};
const none: readonly [RegExp, number] = [/(?:)/, -32_603];

/** The same refusal in another client's words; in any client's where that one has none for it. */
export function inWordsOf(client: Client, error: PoolError, { random }: World): PoolError {
  if (client === 'geth') return error;
  if (client === 'nobody') return { code: -32_603, message: 'das Entgelt ist zu klein' };
  const meaning = meanings.find(([pattern]) => pattern.test(error.message))?.[1];
  const known = nodeWords.filter(([, means]) => means === meaning);
  if (known.length === 0) return error;
  const [source, code] = client === 'all' ? none : sources[client];
  const own = known.filter(([, , from]) => source.test(from));
  const [message] = random.pick(own.length > 0 ? own : known);
  return { code, message };
}

/** What providers say of a range of logs that is too wide, with the codes that come with it. */
const wideRanges: readonly PoolError[] = [
  // Alchemy documentation, eth_getLogs.
  {
    code: -32_600,
    message:
      'Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.',
  },
  // Infura documentation, eth_getLogs.
  { code: -32_005, message: 'query returned more than 10000 results' },
  // hyperledger/besu RpcErrorType.java, EXCEEDS_RPC_MAX_BLOCK_RANGE.
  { code: -32_000, message: 'Requested range exceeds maximum RPC range limit' },
  // erigontech/erigon rpc/jsonrpc/eth_receipts.go.
  { code: -32_000, message: 'block range is too large' },
  // QuickNode documentation, eth_getLogs.
  { code: -32_614, message: 'eth_getLogs is limited to a 10,000 range' },
  { code: -32_602, message: 'das ist mehr, als wir auf einmal sagen' },
];
export const tooWide = ({ random }: World): PoolError => random.pick(wideRanges);

/** How a request with too many calls in it is refused: as a whole, by one of its calls, or by HTTP. */
export function tooManyAtOnce(ids: readonly unknown[], { random }: World): WireResponse {
  const headers = { 'content-type': 'application/json' };
  const error = (id: unknown, code: number, message: string) => ({
    jsonrpc: '2.0',
    id,
    error: { code, message },
  });
  const answers: readonly (() => WireResponse)[] = [
    // JSON-RPC 2.0, section 6.
    () => ({ status: 200, body: JSON.stringify(error(null, -32_600, 'batch too large')) }),
    // go-ethereum rpc/handler.go, respondWithBatchTooLarge.
    () => ({ status: 200, body: JSON.stringify([error(ids[0], -32_600, 'batch too large')]) }),
    // hyperledger/besu RpcErrorType.java, EXCEEDS_RPC_MAX_BATCH_SIZE.
    () => ({
      status: 200,
      body: JSON.stringify(error(null, -32_005, 'Number of requests exceeds max batch size')),
    }),
    () => ({
      status: 200,
      body: JSON.stringify(ids.map((id) => error(id, -32_005, 'too many requests in a batch'))),
    }),
    () => ({ status: 413, body: '{"error":"Payload Too Large"}' }),
    () => ({ status: 403, body: 'batch requests are not allowed' }),
  ];
  return { headers, ...random.pick(answers)() };
}
