/** What gas costs now and what it may cost at most, from what recent blocks paid (`eth_feeHistory`, EIP-1559). */
import { type Client, hexToBigInt, numberToHex } from 'viem';
import * as z from 'zod';
import { type EvmNetwork, networkSettings } from '../../core/kernel/networks.ts';
import type { GasPrice } from '../../core/rails/evm/chain.ts';
import { feeBlocks, gasPriceMultiple, tipMin } from '../../core/rails/evm/limits.ts';

const quantity = z
  .string()
  .regex(/^0x[\da-f]{1,64}$/i)
  .transform((hex) => hexToBigInt(hex as `0x${string}`));
const history = z.object({
  baseFeePerGas: z.array(quantity).min(1),
  /** Nodes leave it out for blocks that they have not. */
  reward: z
    .array(z.array(quantity))
    .nullish()
    .transform((rewards) => rewards ?? []),
});
const block = z.object({ baseFeePerGas: quantity });

/** `cap` is the setting `EVM_MAX_FEE_GWEI_<NETWORK>` in wei; without it the most is a multiple of what was paid. */
export async function readFees(
  client: Client,
  network: EvmNetwork,
  cap: bigint | undefined,
): Promise<GasPrice> {
  const [recent, suggested] = await Promise.all([historyOf(client), tipOf(client)]);
  const base = recent.next;
  const offered = suggested ?? recent.tip;
  const tip = larger(offered, tipMin);
  const { gasPriceUsual, gasPriceMax } = networkSettings[network];
  // A node that lies about one fee may lie about all.
  const usual = larger(gasPriceMultiple * recent.paid, gasPriceUsual);
  const most = cap ?? smaller(usual, gasPriceMax);
  // A base fee rises by an eighth with each full block (EIP-1559): a fifth more is enough for the next one.
  const wanted = (base * 12n) / 10n + tip;
  const maxFeePerGas = wanted > most && base + tip <= most ? most : wanted;
  return { maxFeePerGas, maxPriorityFeePerGas: tip, cap: most };
}

const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);
const smaller = (one: bigint, other: bigint): bigint => (one > other ? other : one);

type Recent = { next: bigint; paid: bigint; tip: bigint };

/** The next block's base fee, and what the middle one of the recent blocks paid for a unit of gas, with its middle tip. */
async function historyOf(client: Client): Promise<Recent> {
  const asked = { method: 'eth_feeHistory', params: [numberToHex(feeBlocks), 'latest', [50]] };
  const said = await orNull(() => client.request(asked as never));
  const read = history.safeParse(said);
  if (!read.success) return ofNewestBlock(client);
  const { baseFeePerGas, reward } = read.data;
  const tips = baseFeePerGas.slice(0, -1).map((_, index) => reward[index]?.[0] ?? 0n);
  const paid = tips.map((tip, index) => (baseFeePerGas[index] ?? 0n) + tip);
  const next = baseFeePerGas.at(-1) ?? 0n;
  return { next, paid: middleOf(paid) ?? next, tip: middleOf(tips) ?? 0n };
}

/** For nodes without `eth_feeHistory`. */
async function ofNewestBlock(client: Client): Promise<Recent> {
  const asked = { method: 'eth_getBlockByNumber', params: ['latest', false] };
  const { baseFeePerGas } = block.parse(await client.request(asked as never));
  return { next: baseFeePerGas, paid: baseFeePerGas, tip: 0n };
}

const middleOf = (values: readonly bigint[]): bigint | undefined =>
  values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))[Math.floor(values.length / 2)];

/** The node's own suggestion; `null` when it makes none that can be read. */
async function tipOf(client: Client): Promise<bigint | null> {
  const said = await orNull(() => client.request({ method: 'eth_maxPriorityFeePerGas' }));
  return quantity.safeParse(said).data ?? null;
}

/** Nothing depends on one of these answers alone: where none comes, the others must do. */
async function orNull(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch {
    return null;
  }
}
