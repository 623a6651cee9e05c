/**
 * What finally became of a payout's nonce. It is used by exactly one transaction, and which one that is says everything: one of ours
 * has paid or failed, one of ours has ended it, or somebody else's is there. As long as it is not found nothing is known.
 */
import { all } from '../../kernel/all.ts';
import type { WithdrawalId } from '../../kernel/ids.ts';
import type { Verdict } from '../../payout/rail.ts';
import type { Store } from '../../store/store.ts';
import type { In } from '../../withdrawal/withdrawal.ts';
import type { Head } from '../evm/chain.ts';
import type { Address } from '../evm/hex.ts';
import { type EtherAttempt, etherAttemptOf } from './attempt.ts';
import type { EtherView } from './chain.ts';

type Attempts = Pick<Store, 'attempt'>;
type Own = EtherAttempt & { ends: boolean };

export async function readVerdicts(
  chain: EtherView,
  store: Attempts,
  sent: readonly In<'broadcast'>[],
): Promise<ReadonlyMap<WithdrawalId, Verdict>> {
  const head = await chain.head();
  const counts = new Map<Address, Promise<number>>();
  const usedBy = (payer: Address): Promise<number> => {
    const asked = counts.get(payer) ?? chain.countAt(payer, head.final);
    counts.set(payer, asked);
    return asked;
  };
  const read = await Promise.allSettled(
    sent.map(async (one) => {
      const verdict = await verdictOn(chain, await attemptsOf(store, one), one, head, usedBy);
      return verdict === null ? [] : [[one.id, verdict] as const];
    }),
  );
  const found = read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failed = read.find(({ status }) => status === 'rejected');
  // The verdict on one does not wait for another's. What is wrong is said again at the next visit.
  if (found.length === 0 && failed?.status === 'rejected') throw failed.reason;
  return new Map(found);
}

/** All attempts, the first of them first. Throws when one is not on record: then it cannot be told from somebody else's. */
const attemptsOf = (store: Attempts, { id, attempts }: In<'broadcast'>): Promise<Own[]> =>
  all(
    Array.from({ length: attempts }, async (_, index): Promise<Own> => {
      const attempt = await store.attempt(id, index + 1);
      if (attempt === null) throw new Error(`${id} has no attempt ${index + 1}`);
      return { ...etherAttemptOf(attempt), ends: attempt.ends === true };
    }),
  );

async function verdictOn(
  chain: EtherView,
  attempts: readonly Own[],
  { id, readFrom }: In<'broadcast'>,
  head: Head,
  usedBy: (payer: Address) => Promise<number>,
): Promise<Verdict | null> {
  const [first] = attempts;
  if (first === undefined) throw new Error(`${id} has no attempt`);
  const { from: payer, nonce } = first.carrier;
  if (attempts.some(({ carrier }) => carrier.from !== payer || carrier.nonce !== nonce))
    throw new Error(`${id} has attempts with different nonces`);
  if (nonce >= (await usedBy(payer))) return null;
  const receipts = await all(
    attempts.map(async (own) => ({ own, receipt: await chain.receipt(own.hash) })),
  );
  for (const { own, receipt } of receipts) {
    if (receipt === null || receipt.height > head.final) continue;
    const { height, block, index, hash: txId } = receipt;
    const at = { block, index };
    if (own.ends) return { is: 'cancelled', byUs: true, at };
    if (!receipt.succeeded) return { is: 'reverted', at };
    const confirmations = head.latest - height + 1;
    return { is: 'paid', txId, place: { height, block, index }, confirmations };
  }
  const spender = await chain.spender(payer, nonce, readFrom, head.final);
  // One of ours without a receipt is a node that is behind itself.
  if (spender === null || attempts.some(({ hash }) => hash === spender.hash)) return null;
  return { is: 'cancelled', byUs: false, at: { block: spender.block, index: spender.index } };
}
