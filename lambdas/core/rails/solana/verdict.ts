/** What finally became of payouts, as 5-confirm and 4-broadcast ask for it. */
import { all } from '../../kernel/all.ts';
import type { WithdrawalId } from '../../kernel/ids.ts';
import type { RailView, Verdict } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Store } from '../../store/store.ts';
import type { In } from '../../withdrawal/withdrawal.ts';
import { type SolanaAttempt, solanaAttemptOf } from './attempt.ts';
import type { SolanaView } from './chain.ts';
import { type Judgement, judge } from './judge.ts';

/** What 5-confirm reads. */
export const solanaView = (chain: SolanaView, store: Pick<Store, 'attempt'>): RailView => ({
  verdicts: (sent) => readVerdicts(chain, store, sent),
});

/** Throws on what was signed for another chain: nothing that this one says is about it. */
export function onChain({ genesis }: SolanaView, attempt: PayoutAttempt): SolanaAttempt {
  const own = solanaAttemptOf(attempt);
  if (own.genesis !== genesis)
    throw new Error(`${attempt.withdrawalId} was signed for another chain than solana is now`);
  return own;
}

/** All attempts of a withdrawal. Throws when one is not on record: a verdict without it may be wrong. */
export async function attemptsOf(
  chain: SolanaView,
  store: Pick<Store, 'attempt'>,
  id: WithdrawalId,
  count: number,
  last?: PayoutAttempt,
): Promise<(SolanaAttempt & { ends: boolean })[]> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return all(
    numbers.map(async (number) => {
      const saved = number === last?.number ? last : await store.attempt(id, number);
      if (saved === null) throw new Error(`${id} has no attempt ${number}`);
      return { ...onChain(chain, saved), ends: saved.ends === true };
    }),
  );
}

/** The index of the transfer among the instructions of a payout: after the advance, the two of the offer, and the account's. */
const transferIndex = { token: 4, coin: 3 } as const;

async function readVerdicts(
  chain: SolanaView,
  store: Pick<Store, 'attempt'>,
  sent: readonly In<'broadcast'>[],
): Promise<ReadonlyMap<WithdrawalId, Verdict>> {
  const read = await Promise.allSettled(
    sent.map(async (one) => ({
      key: one,
      attempts: await attemptsOf(chain, store, one.id, one.attempts),
    })),
  );
  const payouts = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const unread = read.find((one) => one.status === 'rejected');
  // What is wrong with one payout is said again at each visit, and holds up no other.
  if (payouts.length === 0 && unread !== undefined) throw unread.reason;
  const judgements = await judge(chain, payouts);
  const verdicts = await Promise.allSettled(
    payouts.map(async ({ key, attempts }) => {
      const judgement = judgements.get(key) ?? { is: 'open', used: false };
      const verdict = await verdictOf(chain, key, attempts.at(-1)?.ends === true, judgement);
      return verdict === null ? [] : [[key.id, verdict] as const];
    }),
  );
  const found = verdicts.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  // A node that has not the block of one payout any more may have those of the others.
  const unsaid = verdicts.find((one) => one.status === 'rejected');
  if (found.length === 0 && unsaid !== undefined) throw unsaid.reason;
  return new Map(found);
}

async function verdictOf(
  chain: SolanaView,
  one: In<'broadcast'>,
  endsLast: boolean,
  judgement: Judgement,
): Promise<Verdict | null> {
  switch (judgement.is) {
    case 'paid': {
      const { by, slot } = judgement;
      const { transfer } = by.asked;
      if (transfer === null || transfer.to !== one.destination || transfer.value !== one.payout) {
        const message = 'The payout was used on chain without the transfer that it stands for.';
        return { is: 'wrong', message };
      }
      const [block, latest] = await Promise.all([chain.blockAt(slot), chain.latest()]);
      const index = transfer.mint === null ? transferIndex.coin : transferIndex.token;
      const place = { height: slot, block, index };
      return { is: 'paid', txId: by.signature, place, confirmations: latest - slot + 1 };
    }
    case 'paid-twice':
      return { is: 'wrong', message: 'More than one attempt of the payout was carried out.' };
    case 'never': {
      const byUs = judgement.by === 'ours';
      // What failed while nobody wanted to end it is made once more, by 4-broadcast (rail.ts, `replace`).
      if (byUs && !endsLast && one.ending === undefined) return null;
      return {
        is: 'cancelled',
        byUs,
        at: { block: await chain.blockAt(judgement.slot), index: 0 },
      };
    }
    case 'open':
      return null;
    default:
      return judgement satisfies never;
  }
}
