/** What one payout costs in gas, before there is one: what a node says of the price, and of the gas for as much data. */
import { type Client, hexToBigInt } from 'viem';
import { getChainId, getCode } from 'viem/actions';
import type { Asset } from '../../core/kernel/money.ts';
import { payoutGasLimit } from '../../core/rails/evm/limits.ts';
import { readFees } from './fees.ts';
import { checkChain } from './identity.ts';
import { openNode } from './node.ts';
import { type EvmConfig, noToken, orUnavailable } from './view.ts';

/** The bytes of a `transferWithAuthorization`: nine words and a selector. */
const authorizedBytes = 4 + 9 * 32;
/** What the token itself uses for it, without the gas for the data: Circle's uses 40,000 to 85,000. */
const tokenGas = 70_000n;
/** A plain transfer of ether (Yellow Paper, appendix G). */
const transferGas = 21_000n;
const gasMax = 10_000_000n;

/** The chain of this node. Throws when it is not the one on which we pay. */
export async function chainIdOf(
  config: EvmConfig,
  client = openNode(config).client,
): Promise<number> {
  const found = await orUnavailable(config.network, () => getChainId(client));
  await checkChain(config, found);
  return found;
}

/** The same, with a look at whether there is code at the token's address. Throws SettingError when there is none. */
export async function chainOfToken(config: EvmConfig): Promise<number> {
  const { network, token } = config;
  const { client } = openNode(config);
  const [found, code] = await Promise.all([
    chainIdOf(config, client),
    orUnavailable(network, () => getCode(client, { address: token })),
  ]);
  if (code === undefined) throw noToken(network);
  return found;
}

/** In wei. Throws UnavailableError when the node does not say what gas costs. */
export async function estimateFee(config: EvmConfig, asset: Asset): Promise<bigint> {
  const { network, maxFee } = config;
  const { client } = openNode(config);
  const [, { maxFeePerGas }, gas, besides] = await Promise.all([
    chainIdOf(config, client),
    orUnavailable(network, () => readFees(client, network, maxFee)),
    gasOf(client, config, asset),
    network === 'base' ? dataFeeOn(client) : 0n,
  ]);
  return gas * maxFeePerGas + besides;
}

/** A message with as much data to an account without code costs what the data costs, on Arbitrum for Ethereum, too. */
async function gasOf(client: Client, { treasury }: EvmConfig, asset: Asset): Promise<bigint> {
  const data = asset === 'ETH' ? '0x' : `0x${'ff'.repeat(authorizedBytes)}`;
  const params = [{ to: treasury, data }];
  const said = await orNull(() => client.request({ method: 'eth_estimateGas', params } as never));
  if (said === null || said > gasMax) return asset === 'ETH' ? transferGas : payoutGasLimit;
  return asset === 'ETH' ? said : said + tokenGas;
}

/** The address of the price of data on chains of the OP Stack (docs.optimism.io, "Predeploys", GasPriceOracle). */
const priceOfData = '0x420000000000000000000000000000000000000F';
/** `getL1FeeUpperBound(uint256)` of the bytes of an unsigned transaction. */
const upperBound = `0xf1c7a58b${(authorizedBytes + 120).toString(16).padStart(64, '0')}`;

/** In wei; nothing where there is no such contract, as on a chain of one's own. */
async function dataFeeOn(client: Client): Promise<bigint> {
  const params = [{ to: priceOfData, data: upperBound }, 'latest'];
  return (await orNull(() => client.request({ method: 'eth_call', params } as never))) ?? 0n;
}

/** A number, if the node says one. An estimate may do without. */
async function orNull(ask: () => Promise<unknown>): Promise<bigint | null> {
  try {
    const said = await ask();
    return typeof said === 'string' && /^0x[\da-f]{1,64}$/i.test(said)
      ? hexToBigInt(said as `0x${string}`)
      : null;
  } catch {
    return null;
  }
}
