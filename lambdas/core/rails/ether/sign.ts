/** The treasury's transactions: one nonce for each payout, given out in order and saved together with what is signed for it. */
import { all } from '../../kernel/all.ts';
import { sumOf } from '../../kernel/money.ts';
import type { Clock } from '../../kernel/world.ts';
import type { Payment, Preparation } from '../../payout/rail.ts';
import type { Change, Sequence } from '../../store/change.ts';
import type { Store } from '../../store/store.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import type { Funds } from '../evm/funds.ts';
import { evmOnly } from '../evm/hex.ts';
import { nextNonce, payerOn } from '../evm/sign.ts';
import { costOf, detailsOf } from './attempt.ts';
import type { EtherCarrier, EtherChain, EtherSigner, Transfer } from './chain.ts';
import { nonceWindow } from './limits.ts';

export type EtherWorld = { store: Store; signer: EtherSigner; clock: Clock };

/**
 * Each payment takes the next nonce of the treasury, and its transaction stands in the way of all that come after it. So no more
 * are signed than a pool keeps, and only what the treasury has the ether for, with the gas of each at its highest price.
 */
export async function prepare(
  { store, signer }: EtherWorld,
  chain: EtherChain,
  funds: Funds,
  payments: readonly Payment[],
): Promise<Preparation> {
  const payer = payerOn(chain);
  const [head, price] = await Promise.all([chain.head(), chain.fees()]);
  const { cap, ...fees } = price;
  const waiting = (waits: WaitReason): Preparation => ({
    waits,
    bind: async () => ({ changes: [], bound: [] }),
  });
  if (fees.maxFeePerGas > cap) return waiting('fee-above-cap');
  const limits = new Map(
    await all(
      payments.map(async ({ withdrawalId, to, value }) => {
        return [withdrawalId, await chain.gasFor(payer, evmOnly(to), value)] as const;
      }),
    ),
  );
  type Order = { payment: Payment; transfer: Transfer; gas: bigint; cost: bigint };
  const orderOf = (payment: Payment): Order[] => {
    const gas = limits.get(payment.withdrawalId) ?? null;
    if (gas === null) return [];
    const transfer = { to: evmOnly(payment.to), value: payment.value };
    const carrier = { from: payer, nonce: 0, fees, gas };
    return [{ payment, transfer, gas, cost: costOf({ carrier, transfer }) }];
  };
  return {
    waits: null,
    bind: async (some) => {
      const leftOut = (waits: WaitReason) => ({ changes: [], bound: [], waits });
      const orders = some.flatMap(orderOf);
      if (orders.length === 0) return leftOut('gas-above-cap');
      const [next, used] = await Promise.all([
        nextNonce(store, chain, payer),
        chain.transactionCount(payer),
      ]);
      const free = nonceWindow - (next.start - used);
      if (free <= 0) return leftOut('payouts-ahead');
      let left = await funds.free(sumOf(orders.map(({ cost }) => cost)));
      // A large one that there is not enough for holds up no small one.
      const paid = orders
        .filter(({ cost }) => {
          const fits = cost <= left;
          if (fits) left -= cost;
          return fits;
        })
        .slice(0, free);
      if (paid.length === 0) return leftOut('treasury-short');
      const promises = await funds.promise(
        paid.map(({ payment: { withdrawalId }, cost }) => ({ withdrawalId, value: cost })),
      );
      const bound = await all(
        paid.map(async ({ payment: { withdrawalId }, transfer, gas }, place) => {
          const carrier: EtherCarrier = { from: payer, nonce: next.start + place, fees, gas };
          const { raw, hash } = await signer.sign(chain, carrier, transfer);
          const { chainId } = chain;
          const details = detailsOf({ chainId, carrier, transfer, raw, hash });
          return { withdrawalId, details, txId: hash, readFrom: head.final, payer };
        }),
      );
      const sequence: Sequence = { network: chain.network, address: payer };
      const to = next.start + bound.length;
      const given: Change = { change: 'sequence', sequence, from: next.from, to };
      return { changes: [given, ...promises], bound };
    },
  };
}
