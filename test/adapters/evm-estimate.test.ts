/** What a payout would cost, by what a node says; no chain is needed behind it. */
import { expect, test } from '@jest/globals';
import { chainIdOf, estimateFee } from '../../lambdas/adapters/evm/estimate.ts';
import type { EvmConfig } from '../../lambdas/adapters/evm/view.ts';
import type { Asset } from '../../lambdas/core/kernel/money.ts';
import { type RpcCall, startNode } from '../support/node.ts';
import { shared } from '../support/shared.ts';

const node = shared(() => startNode('http://127.0.0.1:1'));
const gwei = 10n ** 9n;
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const configOf = (given: Partial<EvmConfig> = {}): EvmConfig => ({
  ...{ network: 'ethereum', rpcUrl: node.url },
  token: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
  treasury: '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  ...given,
});

/** A base fee of 10 gwei and a tip of 1: twelve tenths of the base and the tip are offered. */
const price = 13n * gwei;
type Said = { result: unknown } | { error: { code: number; message: string } };
const refused: Said = { error: { code: -32_000, message: 'no' } };
const usual: Record<string, Said> = {
  eth_chainId: { result: '0x1' },
  eth_maxPriorityFeePerGas: { result: hex(gwei) },
  eth_feeHistory: {
    result: { baseFeePerGas: [hex(10n * gwei), hex(10n * gwei)], reward: [[hex(gwei)]] },
  },
  eth_estimateGas: { result: hex(26_000n) },
  eth_call: { result: '0x' },
};
const saying = (given: Record<string, Said> = {}) =>
  node.says({ each: ({ method }: RpcCall) => ({ ...usual, ...given })[method] ?? refused });

// biome-ignore format: columns are the point
test.each<[string, EvmConfig['network'], Asset, Record<string, Said>, bigint]>([
  ['of the token, with what the token does',      'ethereum', 'USDC', {},                                              price * 96_000n],
  ['of ether',                                    'ethereum', 'ETH',  { eth_estimateGas: { result: hex(21_000n) } },   price * 21_000n],
  ['where data counts more',                      'arbitrum', 'USDC', { eth_estimateGas: { result: hex(400_000n) } },  price * 470_000n],
  ['where nobody estimates the gas',              'ethereum', 'USDC', { eth_estimateGas: refused },                    price * 150_000n],
  ['of ether, where nobody estimates the gas',    'ethereum', 'ETH',  { eth_estimateGas: refused },                    price * 21_000n],
  ['where an estimate is nonsense',               'ethereum', 'USDC', { eth_estimateGas: { result: hex(1n << 60n) } }, price * 150_000n],
  ['where an estimate is no number',              'ethereum', 'USDC', { eth_estimateGas: { result: { gas: 1 } } },     price * 150_000n],
  ['on Base, with the data on Ethereum',          'base',     'ETH',  { eth_estimateGas: { result: hex(21_000n) }, eth_call: { result: `0x${(777n).toString(16).padStart(64, '0')}` } }, price * 21_000n + 777n],
  ['on a Base of our own, without such a contract', 'base',   'ETH',  { eth_estimateGas: { result: hex(21_000n) } },   price * 21_000n],
])('a payout %s', async (_what, network, asset, said, wei) => {
  saying(said);
  expect(await estimateFee(configOf({ network }), asset)).toBe(wei);
});

test('it moves nothing: no method that could is called', async () => {
  saying();
  await estimateFee(configOf(), 'USDC');
  const asked = new Set(node.requests.flat().map(({ method }) => method));
  expect([...asked].filter((method) => /send|sign|personal/i.test(method))).toEqual([]);
});

test('where the node does not say what gas costs there is no estimate', async () => {
  saying({
    eth_feeHistory: refused,
    eth_maxPriorityFeePerGas: refused,
    eth_getBlockByNumber: refused,
  });
  await expect(estimateFee(configOf(), 'USDC')).rejects.toThrow(/^ethereum: /);
});

test('a node of another chain estimates nothing', async () => {
  saying({ eth_chainId: { result: '0x5' } });
  await expect(estimateFee(configOf({ chainId: 1 }), 'USDC')).rejects.toThrow(
    'EVM_CHAIN_ID_ETHEREUM',
  );
  await expect(chainIdOf(configOf({ chainId: 1 }))).rejects.toThrow('EVM_CHAIN_ID_ETHEREUM');
  expect(await chainIdOf(configOf())).toBe(5);
});
