/**
 * What finally became of a payout's nonce. It is read from the nonce, never from the fate of one of our transactions: a
 * copy by another sender may have paid while ours reverted.
 */
import { all } from '../../kernel/all.ts';
import type { WithdrawalId } from '../../kernel/ids.ts';
import type { Verdict } from '../../payout/rail.ts';
import type { Store } from '../../store/store.ts';
import type { In } from '../../withdrawal/withdrawal.ts';
import { evmAttemptOf } from './attempt.ts';
import type { ChainEvent, ChainView, Head } from './chain.ts';
import { type Address, evmOnly } from './hex.ts';
import { payoutNonce } from './nonce.ts';

export async function readVerdicts(
  chain: ChainView,
  store: Pick<Store, 'attempt'>,
  sent: readonly In<'broadcast'>[],
): Promise<ReadonlyMap<WithdrawalId, Verdict>> {
  const head = await chain.head();
  const paidBy = await all(sent.map(async (one) => ({ one, payer: await payerOf(one, store) })));
  const verdicts = await Promise.allSettled(
    // EIP-3009 counts the nonces of each payer apart: only that of the payer who signed says anything.
    [...Map.groupBy(paidBy, ({ payer }) => payer)].map(async ([payer, group]) => {
      const byNonce = new Map(
        group.map(({ one }) => [payoutNonce(chain.chainId, chain.token, one.id), one] as const),
      );
      const from = Math.min(...group.map(({ one }) => one.readFrom));
      const events = await chain.authorizations(payer, [...byNonce.keys()], from, head.final);
      const read = events.map(async (event) => {
        const one = byNonce.get(event.nonce);
        if (one === undefined) return [];
        const verdict =
          event.kind === 'used'
            ? verdictOf(one, event, head)
            : await cancellationOf(chain, store, payer, one, event, head);
        return verdict === null ? [] : [[one.id, verdict] as const];
      });
      return (await all(read)).flat();
    }),
  );
  const found = verdicts.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failed = verdicts.find(({ status }) => status === 'rejected');
  // The verdicts on one payer's payouts do not wait for another's. What is wrong is said again at the next visit.
  if (found.length === 0 && failed?.status === 'rejected') throw failed.reason;
  return new Map(found);
}

/** Throws when a payout that does not name its payer has no attempt that does: nothing can be said of it then. */
async function payerOf(
  { id, payer, attempts }: In<'broadcast'>,
  store: Pick<Store, 'attempt'>,
): Promise<Address> {
  if (payer !== undefined) return evmOnly(payer);
  const attempt = await store.attempt(id, attempts);
  if (attempt === null) throw new Error(`${id} has no attempt ${attempts}`);
  return evmAttemptOf(attempt).authorization.from;
}

/**
 * Money is given back on this, so a log alone is not believed: the token, asked about the nonce at a final block, has to say that
 * it is used up. `null`: it does not.
 */
async function cancellationOf(
  chain: ChainView,
  store: Pick<Store, 'attempt'>,
  payer: Address,
  { id, attempts }: In<'broadcast'>,
  { nonce, blockHash: block, logIndex: index }: ChainEvent,
  head: Head,
): Promise<Verdict | null> {
  if (!(await chain.isSpentAt(payer, nonce, head.final))) return null;
  const last = await store.attempt(id, attempts);
  return { is: 'cancelled', byUs: last?.ends === true, at: { block, index } };
}

function verdictOf(
  { destination, payout }: In<'broadcast'>,
  { transfer, txHash: txId, blockNumber: height, blockHash: block }: ChainEvent,
  head: Head,
): Verdict {
  if (transfer === null || transfer.to !== destination || transfer.value !== payout) {
    const message = 'The payout was used on chain without the transfer that it stands for.';
    return { is: 'wrong', message };
  }
  const place = { height, block, index: transfer.logIndex };
  return { is: 'paid', txId, place, confirmations: head.latest - height + 1 };
}
