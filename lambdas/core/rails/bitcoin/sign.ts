/** Binds payouts to outputs of the treasury, and signs the transactions that spend them. */
import type { Payment, Preparation } from '../../payout/rail.ts';
import type { Change } from '../../store/change.ts';
import type { BoundOutputs } from '../../store/outputs.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import { scriptOf } from './address.ts';
import { type BitcoinAttempt, detailsOf } from './attempt.ts';
import type { Chain, FeeRates, Signer } from './chain.ts';
import { bindOutput, bindPayout, type Coins, signedBefore } from './coins.ts';
import { bindActionsMax } from './limits.ts';
import { amountOf, chosenFor, feeFor, piecesFor, roomFor, split } from './plan.ts';

/** Each payment takes outputs of its own. Nothing is signed at a price above the cap. */
export async function prepare(
  { signer, outputs }: { signer: Signer; outputs: BoundOutputs },
  chain: Chain,
  coins: Coins,
  fees: () => Promise<FeeRates>,
  wanted: readonly Payment[],
): Promise<Preparation> {
  const ids = wanted.map(({ withdrawalId }) => withdrawalId);
  const [head, price, before] = await Promise.all([
    chain.head(),
    fees(),
    signedBefore(outputs, chain.network, ids),
  ]);
  const none = async () => ({ changes: [], bound: [] });
  if (price.rate > price.cap) return { waits: 'fee-above-cap', bind: none };
  const payer = await signer.treasury();
  const readFrom = Math.max(0, head.height - chain.finalityBlocks);
  return {
    waits: null,
    bind: async (payments) => {
      const changes: Change[] = [];
      const bound: Awaited<ReturnType<Preparation['bind']>>['bound'][number][] = [];
      let actions = 0;
      let waits: WaitReason | undefined;
      for (const payment of payments) {
        const { withdrawalId } = payment;
        if (before.has(withdrawalId)) {
          waits ??= 'signed-before';
          continue;
        }
        const attempt = await boundTo(chain, signer, coins, price, payment);
        if (attempt === null) {
          waits = 'treasury-short';
          continue;
        }
        // The payout itself is three: its withdrawal, its attempt, and that it was signed.
        actions += attempt.inputs.length + 3;
        if (bound.length > 0 && actions > bindActionsMax) break;
        coins.take(attempt.inputs);
        changes.push(bindPayout(chain.network, withdrawalId));
        for (const coin of attempt.inputs)
          changes.push(bindOutput(chain.network, coin, withdrawalId));
        bound.push({
          ...{ withdrawalId, details: detailsOf(attempt) },
          ...{ txId: attempt.txId, readFrom, payer },
        });
      }
      return { changes, bound, ...(waits === undefined ? {} : { waits }) };
    },
  };
}

/** The payment, signed over outputs that nothing is bound to; `null`: there are not enough. */
async function boundTo(
  { net }: Chain,
  signer: Signer,
  coins: Coins,
  price: FeeRates,
  { to, value }: Payment,
): Promise<BitcoinAttempt | null> {
  const script = scriptOf(to, net);
  const known = await coins.known();
  const room = (inputs: number) => roomFor(inputs, script, price);
  const inputs = await chosenFor(known, value, room, coins.isFree);
  if (inputs === null) return null;
  const left = amountOf(inputs) - value;
  const pieces = piecesFor(known.length - inputs.length);
  const fee = (bytes: number) => feeFor(price.rate, bytes);
  const parts = split(left, inputs.length, [script.length], pieces, fee);
  if (parts === null) return null;
  const { raw, txId } = await signer.sign({ inputs, payment: { to, value }, ...parts });
  return { net, payer: await signer.treasury(), inputs, to, value, ...parts, raw, txId };
}
