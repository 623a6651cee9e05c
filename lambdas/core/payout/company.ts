/**
 * Payouts whose latest attempt is one batch. Each has its own exclusive resource and its own verdict; what they share is the
 * submission, so only other bytes for all of them can take its place as long as the chain may still take it.
 */
import { all } from '../kernel/all.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { attemptIn, latestAttempt, type PayoutBatch } from '../store/attempt.ts';
import type { Store } from '../store/store.ts';
import { chunksOf } from '../store/weight.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { payoutBesides } from './limits.ts';
import { type Payout, payoutOf } from './payout-effect.ts';
import type { Company, Rail, Refusal, SentPayout } from './rail.ts';

/** Each with its latest attempt; a batch is read once, however many of its members there are. Throws when one is not on record. */
export async function payoutsOf(
  store: Pick<Store, 'attempt' | 'batch'>,
  sent: readonly SentPayout[],
): Promise<Payout[]> {
  const batches = new Map<string, Promise<PayoutBatch | null>>();
  const readOnce = {
    attempt: store.attempt,
    batch: (id: string) => {
      const reading = batches.get(id) ?? store.batch(id);
      batches.set(id, reading);
      return reading;
    },
  };
  return all(
    sent.map(async (withdrawal) => {
      const attempt = await latestAttempt(readOnce, withdrawal);
      const { id, attempts } = withdrawal;
      if (attempt === null) throw new Error(`${id} has no attempt ${attempts}`);
      return payoutOf(withdrawal, attempt);
    }),
  );
}

/** The others that share a payout's bytes, as the chain and our books show them now. */
export type Companions = { waiting: readonly Payout[]; company: Company };

const alone: Companions = { waiting: [], company: { others: [], isOver: false, isLast: true } };

/**
 * Reads what became of the other members of this payout's batch. Those that are paid, are being ended, would be refused or have
 * other bytes by now go on without it. Who may be paid already still counts, for it costs no more than the try.
 */
export async function companionsOf(
  store: Pick<Store, 'withdrawals'>,
  rail: Pick<Rail, 'lookUp'>,
  own: Payout,
  refusals: ReadonlyMap<WithdrawalId, Refusal>,
): Promise<Companions> {
  const { batch } = own.attempt;
  if (batch === undefined) return alone;
  const ids = [...batch.members.keys()].filter((id) => id !== own.withdrawal.id);
  const members = await store.withdrawals(ids);
  const sent = members.filter((one): one is SentPayout => isSent(one));
  const sharing = sent
    .filter(({ payoutBatch }) => payoutBatch === batch.id)
    .map((one) => payoutOf(one, attemptIn(batch, one.id)));
  const found = await rail.lookUp(sharing.map(({ attempt }) => attempt));
  const unspent = sharing.filter((_, index) => {
    const seen = found[index];
    return seen?.found !== 'these' || seen.values.length === 0;
  });
  const waiting = unspent.filter(
    ({ withdrawal: { id, ending } }) => ending === undefined && refusals.get(id)?.by !== 'payee',
  );
  // What replaces them is saved in one transaction.
  const [[, ...fitting] = []] = chunksOf([own, ...waiting].map(toBeMoved), payoutBesides);
  const together = fitting.map(({ payout }) => payout);
  return {
    waiting: together,
    company: {
      others: together.map(({ attempt }) => attempt),
      isOver: sent.some((one) => one.payoutBatch !== batch.id && one.ending === undefined),
      isLast: unspent.length === 0,
    },
  };
}

const toBeMoved = (payout: Payout) => {
  const { withdrawal: from } = payout;
  return { payout, changes: [{ change: 'withdrawal', from, to: from } as const] };
};

const isSent = ({ stage }: Withdrawal): boolean => stage === 'signed' || stage === 'broadcast';
