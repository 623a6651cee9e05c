/** The ChainView and PayoutRecord ports on JSON-RPC: what an EVM chain says became of our payouts. */
import { BaseError, type Client, encodeFunctionData, type Hex, numberToHex } from 'viem';
import { getBlock, getChainId } from 'viem/actions';
import { SettingError, UnavailableError } from '../../core/kernel/errors.ts';
import type { EvmNetwork } from '../../core/kernel/networks.ts';
import { networkSettings } from '../../core/kernel/networks.ts';
import { withoutUrls } from '../../core/kernel/redact.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { ChainView, Head } from '../../core/rails/evm/chain.ts';
import { type Address, evmOnly } from '../../core/rails/evm/hex.ts';
import { payoutNonce } from '../../core/rails/evm/nonce.ts';
import type { PayoutRecord } from '../../core/reconcile/run.ts';
import { usdcAbi } from './abi.ts';
import type { NodeConfig } from './exchange.ts';
import { checkChain, type Identity, WrongChainError } from './identity.ts';
import { type LogSource, readIncoming, readOutgoing } from './logs.ts';
import { openNode } from './node.ts';
import { widthOf } from './ranges.ts';
import { nonceSearch } from './search.ts';
import { type SpentAt, usedBy } from './used.ts';

export type EvmConfig = NodeConfig &
  Identity & {
    token: Address;
    treasury: Address;
    /** The contract that carries payouts together (`EVM_PAYOUT_CONTRACT_<NETWORK>`). */
    payoutContract?: Address;
    /** The most blocks of one question for logs (`EVM_LOG_RANGE_<NETWORK>`). */
    logRange?: number;
    /** The most that may be offered for a unit of gas, in wei (`EVM_MAX_FEE_GWEI_<NETWORK>`). */
    maxFee?: bigint;
  };

/** Reads the chain's id once and everything else anew each time. Throws UnavailableError without an answer. */
export async function viewEvm(
  config: EvmConfig,
  client = openNode(config).client,
): Promise<ChainView> {
  const { network, token, treasury } = config;
  const chainId = await identified(config, client);
  const spentAt = spentOn(client, token);
  const used = usedBy(client, spentAt);
  const search = nonceSearch(sourceOf(config, client), spentAt, used);
  return {
    network,
    chainId,
    token,
    treasury,
    head: headOf(config, client, chainId),
    isSpentAt: async (payer, nonce, height) =>
      (await orUnavailable(network, () => used(payer, [nonce], height))).length > 0,
    authorizations: (payer, nonces, from, to) =>
      orUnavailable(network, () => search(payer, nonces, { from, to })),
  };
}

/** The newest and the newest final block of our chain. Throws when the node is of another by now. */
export const headOf =
  ({ network }: EvmConfig, client: Client, chainId: number) =>
  async (): Promise<Head> => {
    const [found, latest, final] = await orUnavailable(network, () =>
      Promise.all([
        getChainId(client),
        getBlock(client, { blockTag: 'latest' }),
        getBlock(client, { blockTag: networkSettings[network].finality }),
      ]),
    );
    if (found !== chainId) throw new WrongChainError(network, found, chainId);
    // Two nodes behind one URL may be at different heights. What is in no block yet is not final.
    if (final.number > latest.number)
      throw new UnavailableError(`${network}: a final block above the newest`);
    return {
      latest: Number(latest.number),
      latestAt: (Number(latest.timestamp) * 1_000) as Instant,
      final: Number(final.number),
    };
  };

/** The node's chain. Throws when it is another than ours. */
export async function identified(config: EvmConfig, client: Client): Promise<number> {
  const found = await orUnavailable(config.network, () => getChainId(client));
  await checkChain(config, found);
  return found;
}

const sourceOf = ({ token, logRange }: EvmConfig, client: Client): LogSource => ({
  ...{ client, token },
  width: widthOf(logRange),
});

/** Asks the token about each nonce by itself: one that the node does not say anything about holds up no other. */
export const spentOn =
  (client: Client, token: Address): SpentAt =>
  async (payer, nonces, height) => {
    const block = height === 'latest' ? height : numberToHex(height);
    const states = await Promise.allSettled(
      nonces.map((nonce) => isSpent(client, token, payer, nonce, block)),
    );
    const [failed] = states.filter((state) => state.status === 'rejected');
    if (failed !== undefined && states.every(({ status }) => status === 'rejected'))
      throw failed.reason;
    return new Map<Hex, boolean>(
      states.flatMap((state, index) => {
        const nonce = nonces[index];
        return state.status === 'fulfilled' && nonce !== undefined ? [[nonce, state.value]] : [];
      }),
    );
  };

/** One `eth_call` as it is: viem's `readContract` would make every function that reads a chain 60 KB larger. */
async function isSpent(
  client: Client,
  token: Address,
  payer: Address,
  nonce: Hex,
  block: Hex | 'latest',
): Promise<boolean> {
  const call = { abi: usdcAbi, functionName: 'authorizationState' } as const;
  const data = encodeFunctionData({ ...call, args: [payer, nonce] });
  const params = [{ to: token, data }, block] as const;
  const [, digit] =
    /^0x0{63}([01])$/.exec(await client.request({ method: 'eth_call', params })) ?? [];
  if (digit === undefined)
    throw new Error('the token does not say whether an authorization is used');
  return digit === '1';
}

/** The chain's record of all that the treasury paid and received. Throws UnavailableError like the view. */
export async function recordEvm(config: EvmConfig): Promise<PayoutRecord> {
  const { network, token, treasury } = config;
  const { client } = openNode(config);
  const view = await viewEvm(config, client);
  const source = sourceOf(config, client);
  const { head, chainId } = view;
  return {
    network,
    asset: 'USDC',
    treasury,
    head,
    keyOf: (id) => payoutNonce(chainId, token, id),
    outgoing: (payer, from, to) =>
      orUnavailable(network, () => readOutgoing(source, evmOnly(payer), { from, to })),
    incoming: (receiver, from, to) =>
      orUnavailable(network, () => readIncoming(source, evmOnly(receiver), { from, to })),
    firstBlockSince: (at, head) => orUnavailable(network, () => firstSince(client, at, head)),
  };
}

/** The first block up to `head` with a timestamp of `at` or later; `head + 1` when there is none. */
export async function firstSince(client: Client, at: Instant, head: number): Promise<number> {
  let [before, since] = [-1, head + 1];
  while (since - before > 1) {
    const middle = Math.floor((before + since) / 2);
    const { timestamp } = await getBlock(client, { blockNumber: BigInt(middle) });
    if (Number(timestamp) * 1_000 >= at) since = middle;
    else before = middle;
  }
  return since;
}

/** The token is set to an address that is none of a token on this chain. */
export const noToken = (network: EvmNetwork): SettingError =>
  new SettingError(`EVM_TOKEN_${network.toUpperCase()} is no token on this chain.`);

/** Asks the node, and turns every error into UnavailableError: nothing is decided without its answer. */
export async function orUnavailable<T>(network: EvmNetwork, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new UnavailableError(`${network}: ${messageOf(cause)}`, { cause });
  }
}

/** The node's own words (viem's `details`), or why there are none; no URL, which may hold a key, and not our request. */
export function messageOf(error: unknown): string {
  const words =
    error instanceof BaseError
      ? error.details || error.shortMessage
      : error instanceof Error
        ? error.message
        : String(error);
  return withoutUrls(words).slice(0, 300);
}
