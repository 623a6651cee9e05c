/**
 * What finally became of a payout's inputs. They are spent once: by one of our attempts, which pays or ends the payout, or by somebody
 * else with our key. A block counts when it is buried deep; before that another one may take its place.
 */
import { all } from '../../kernel/all.ts';
import type { WithdrawalId } from '../../kernel/ids.ts';
import type { Verdict } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Store } from '../../store/store.ts';
import type { In } from '../../withdrawal/withdrawal.ts';
import { type BitcoinAttempt, bitcoinAttemptOf } from './attempt.ts';
import type { ChainView, Mined } from './chain.ts';
import { searchBelowBlocks } from './limits.ts';
import { outpointOf } from './wire.ts';

type Sent = In<'broadcast'>;
type Own = { attempt: PayoutAttempt; own: BitcoinAttempt };

export async function readVerdicts(
  chain: ChainView,
  store: Pick<Store, 'attempt'>,
  sent: readonly Sent[],
): Promise<ReadonlyMap<WithdrawalId, Verdict>> {
  const head = await chain.head();
  const read = await Promise.allSettled(
    sent.map(async (one) => [one.id, await verdictOf(chain, store, one, head.height)] as const),
  );
  const found = read.flatMap((one) => {
    const [id, verdict] = one.status === 'fulfilled' ? one.value : [];
    return id === undefined || !verdict ? [] : [[id, verdict] as const];
  });
  const failed = read.find(({ status }) => status === 'rejected');
  // The verdict on one payout does not wait for another's. What is wrong is said again at the next visit.
  if (found.length === 0 && failed?.status === 'rejected') throw failed.reason;
  return new Map(found);
}

/** `null`: there is no verdict yet. */
async function verdictOf(
  chain: ChainView,
  store: Pick<Store, 'attempt'>,
  sent: Sent,
  head: number,
): Promise<Verdict | null> {
  const attempts = await attemptsOf(store, sent);
  for (const { own } of attempts)
    if (own.net !== chain.net)
      throw new Error(`${sent.id} was signed for ${own.net}, and payouts are made on ${chain.net}`);
  const inputs = [
    ...new Set(attempts.flatMap(({ own }) => own.inputs.map(({ outpoint }) => outpoint))),
  ];
  const unspent = await chain.unspent(inputs, 'without-pool');
  if (inputs.every((input) => unspent.has(input))) return null;
  const mined =
    (await minedOf(chain, attempts, head)) ??
    (await chain.spenderOf(inputs, Math.max(0, sent.readFrom - searchBelowBlocks)));
  if (mined === null || mined.confirmations < chain.finalityBlocks) return null;
  return meaningOf(sent, attempts, mined);
}

/** Throws when one is not on record: it may be the one that has paid. */
const attemptsOf = (store: Pick<Store, 'attempt'>, { id, attempts }: Sent): Promise<Own[]> =>
  all(
    Array.from({ length: attempts }, async (_, index) => {
      const attempt = await store.attempt(id, index + 1);
      if (attempt === null) throw new Error(`${id} has no attempt ${index + 1}`);
      return { attempt, own: bitcoinAttemptOf(attempt) };
    }),
  );

/**
 * Where one of our attempts stands, by an output of it that is unspent: that tells its block, and no index of all transactions is needed
 * for it. `null`: none is to be found in this way.
 */
async function minedOf(
  chain: ChainView,
  attempts: readonly Own[],
  head: number,
): Promise<Mined | null> {
  const outputs = attempts.flatMap(({ attempt, own }) => {
    const count = own.change.length + (attempt.ends ? 0 : 1);
    return Array.from({ length: count }, (_, index) => ({
      txId: own.txId,
      outpoint: outpointOf(own.txId, index),
    }));
  });
  const unspent = await chain.unspent(
    outputs.map(({ outpoint }) => outpoint),
    'without-pool',
  );
  for (const { txId, outpoint } of outputs) {
    const found = unspent.get(outpoint);
    if (found === undefined || found.confirmations < 1) continue;
    const height = head - found.confirmations + 1;
    // A block that came in between moves the height that is reckoned.
    for (const near of [height, height + 1, height - 1]) {
      const mined = near < 0 ? null : await chain.minedAt(txId, near);
      if (mined !== null) return mined;
    }
  }
  return null;
}

function meaningOf(sent: Sent, attempts: readonly Own[], mined: Mined): Verdict {
  const { txId, height, block, index, confirmations } = mined;
  const known = attempts.find(({ own }) => own.txId === txId);
  if (known === undefined) return { is: 'cancelled', byUs: false, at: { block, index } };
  if (known.attempt.ends) return { is: 'cancelled', byUs: true, at: { block, index } };
  const { to, value } = known.own;
  if (to !== sent.destination || value !== sent.payout) {
    const message = 'The payout was made with another address or amount than it stands for.';
    return { is: 'wrong', message };
  }
  return { is: 'paid', txId, place: { height, block, index }, confirmations };
}
