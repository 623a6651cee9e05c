/** Reads from the chain what was paid: the truth that tests and the benchmark compare the system with. */
import { encodeEventTopics, padHex, parseEventLogs, type RpcLog } from 'viem';
import { usdcAbi } from '../lambdas/adapters/evm/abi.ts';
import { rpc } from './chains/json-rpc.ts';
import type { Outputs } from './outputs.ts';

/** How often the treasury has paid each amount to each address. */
export async function paymentsOn(
  { chains }: Outputs,
  network: string,
): Promise<Map<string, string[]>> {
  const chain = chains[network];
  if (chain === undefined) throw new Error(`no chain ${network}`);
  const [transfer] = encodeEventTopics({ abi: usdcAbi, eventName: 'Transfer' });
  const logs = await rpc<RpcLog[]>(chain.rpcUrl, 'eth_getLogs', {
    address: chain.token,
    topics: [transfer, padHex(chain.treasury as `0x${string}`, { size: 32 }).toLowerCase()],
    fromBlock: '0x0',
    toBlock: 'latest',
  });
  const paid = new Map<string, string[]>();
  for (const { args } of parseEventLogs({ abi: usdcAbi, eventName: 'Transfer', logs })) {
    const to = args.to.toLowerCase();
    paid.set(to, [...(paid.get(to) ?? []), String(args.value)]);
  }
  return paid;
}
