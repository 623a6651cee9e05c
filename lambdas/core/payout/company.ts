/**
 * Payouts whose latest attempt is one batch. Each has its own exclusive resource and its own verdict; what they share is the
 * submission, so only other bytes for all of them can take its place as long as the chain may still take it.
 */
import { all } from '../kernel/all.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { attemptIn, latestAttempt, type PayoutBatch, readingOnce } from '../store/attempt.ts';
import type { Store } from '../store/store.ts';
import { chunksOf } from '../store/weight.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { payoutBesides } from './limits.ts';
import { type Payout, payoutOf } from './payout-effect.ts';
import { type Company, isSent, type Rail, type Refusal, type SentPayout } from './rail.ts';

/** Each with its latest attempt. Throws when one is not on record. */
export async function payoutsOf(
  store: Pick<Store, 'attempt' | 'batch'>,
  sent: readonly SentPayout[],
): Promise<Payout[]> {
  const once = readingOnce(store);
  return all(
    sent.map(async (withdrawal) => {
      const attempt = await latestAttempt(once, withdrawal);
      const { id, attempts } = withdrawal;
      if (attempt === null) throw new Error(`${id} has no attempt ${attempts}`);
      return payoutOf(withdrawal, attempt);
    }),
  );
}

/** The others that share a payout's bytes, as the chain and our books show them now. */
export type Companions = { waiting: readonly Payout[]; company: Company };

const alone: Companions = { waiting: [], company: { others: [], isOver: false, isLast: true } };

/** The members that are not known to be paid, and those that have gone on with other bytes for the payment. */
type Members = { unspent: readonly Payout[]; gone: readonly SentPayout[] };

/**
 * Says what became of the other members of a payout's batch; each batch is read once in a visit, and only when somebody asks. Those
 * that are paid, are being ended, would be refused or have other bytes by now go on without it. Who may be paid already still
 * counts, for it costs no more than the try.
 */
export function companionsIn(
  store: Pick<Store, 'readable'>,
  rail: Pick<Rail, 'lookUp'>,
  refusals: ReadonlyMap<WithdrawalId, Refusal>,
) {
  const read = new Map<string, Promise<Members>>();
  return {
    of: async (own: Payout): Promise<Companions> => {
      const { batch } = own.attempt;
      if (batch === undefined) return alone;
      const reading = read.get(batch.id) ?? membersOf(store, rail, batch);
      read.set(batch.id, reading);
      const members = await reading;
      const isOther = ({ withdrawal: { id } }: Pick<Payout, 'withdrawal'>): boolean =>
        id !== own.withdrawal.id;
      const unspent = members.unspent.filter(isOther);
      const waiting = unspent.filter(
        ({ withdrawal: { id, ending } }) =>
          ending === undefined && refusals.get(id)?.by !== 'payee',
      );
      // What replaces them is saved in one transaction.
      const [[, ...fitting] = []] = chunksOf([own, ...waiting].map(toBeMoved), payoutBesides);
      const together = fitting.map(({ payout }) => payout);
      return {
        waiting: together,
        company: {
          others: together.map(({ attempt }) => attempt),
          isOver: members.gone.some((withdrawal) => isOther({ withdrawal })),
          isLast: unspent.length === 0,
        },
      };
    },
    /**
     * What this visit has saved for a payout, so that whoever is looked at after it hears of it: else each would take the same place anew.
     * `null`: it was not saved, for somebody else was faster, and what was read of its batch is old.
     */
    hear: ({ attempt: { batch } }: Payout, saved: readonly Withdrawal[] | null): void => {
      const known = batch && read.get(batch.id);
      if (batch === undefined || known === undefined) return;
      if (saved === null) read.delete(batch.id);
      else
        read.set(
          batch.id,
          known.then((members) => saved.reduce(movedIn(batch), members)),
        );
    },
  };
}

const movedIn =
  (batch: PayoutBatch) =>
  ({ unspent, gone }: Members, to: Withdrawal): Members => {
    const before = unspent.find(({ withdrawal: { id } }) => id === to.id);
    if (before === undefined) return { unspent, gone };
    const rest = unspent.filter((one) => one !== before);
    if (!isSent(to)) return { unspent: rest, gone };
    return to.payoutBatch === batch.id
      ? { unspent: [...rest, payoutOf(to, before.attempt)], gone }
      : { unspent: rest, gone: hasGoneOn(to, batch) ? [...gone, to] : gone };
  };

const hasGoneOn = (one: SentPayout, batch: PayoutBatch): boolean =>
  one.payoutBatch !== batch.id && one.ending === undefined;

/** A member that cannot be read keeps what was signed for it, which is good by itself, and holds up nobody else. */
async function membersOf(
  store: Pick<Store, 'readable'>,
  rail: Pick<Rail, 'lookUp'>,
  batch: PayoutBatch,
): Promise<Members> {
  const members = await store.readable([...batch.members.keys()]);
  const sent = members.filter(isSent);
  const sharing = sent
    .filter(({ payoutBatch }) => payoutBatch === batch.id)
    .map((one) => payoutOf(one, attemptIn(batch, one.id)));
  const found = await rail.lookUp(sharing.map(({ attempt }) => attempt));
  return {
    unspent: sharing.filter((_, index) => {
      const seen = found[index];
      return seen?.found !== 'these' || seen.values.length === 0;
    }),
    gone: sent.filter((one) => hasGoneOn(one, batch)),
  };
}

const toBeMoved = (payout: Payout) => {
  const { withdrawal: from } = payout;
  return { payout, changes: [{ change: 'withdrawal', from, to: from } as const] };
};
