/**
 * The PayoutRecord port for ether: everything that left the treasury by its own transactions. Transfers of ether leave no logs, so the
 * blocks are found by the number of transactions that the treasury had made at them.
 */
import { getAddress } from 'viem';
import { all } from '../../core/kernel/all.ts';
import { etherAttemptOf, nonceKey } from '../../core/rails/ether/attempt.ts';
import { type Address, evmOnly } from '../../core/rails/evm/hex.ts';
import type { Outgoing } from '../../core/reconcile/books.ts';
import type { PayoutRecord } from '../../core/reconcile/run.ts';
import { viewEther } from './ether.ts';
import { type Own, ownBetween, receiptOf } from './ether-mined.ts';
import { openNode } from './node.ts';
import { type EvmConfig, firstSince, orUnavailable } from './view.ts';

/** Throws UnavailableError like the view. Of what came in there is no record: nothing of ours waits for it. */
export async function recordEther(config: EvmConfig): Promise<PayoutRecord> {
  const { network, treasury } = config;
  const { client } = openNode(config);
  const { head } = await viewEther(config, client);
  const paidBy = async (payer: Address, one: Own): Promise<Outgoing[]> => {
    const { hash: txId, height, index, value, to } = one;
    const key = nonceKey(payer, one.nonce);
    if (value === 0n || to === null) return [];
    const receipt = await receiptOf(client, txId);
    if (receipt === null) throw new Error('a transaction of a final block has no receipt');
    return receipt.succeeded ? [{ txId, height, index, value, to: getAddress(to), key }] : [];
  };
  return {
    network,
    asset: 'ETH',
    treasury,
    head,
    keyOf: (id, latest) => {
      // What was never signed has no nonce, and so no payment in the chain's record.
      if (latest === null) return id;
      const { from, nonce } = etherAttemptOf(latest).carrier;
      return nonceKey(from, nonce);
    },
    outgoing: (payer, from, to) =>
      orUnavailable(network, async () => {
        const address = evmOnly(payer);
        const own = await ownBetween(client, address, from - 1, to);
        return (await all(own.map((one) => paidBy(address, one)))).flat();
      }),
    incoming: async () => [],
    firstBlockSince: (at, height) => orUnavailable(network, () => firstSince(client, at, height)),
  };
}
