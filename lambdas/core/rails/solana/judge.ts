/**
 * What became of a payout, by all of its attempts and the nonces that they are bound to. A value of a nonce account lets one
 * transaction be carried out, whichever comes first: so a transaction of ours that is found there, whatever it did, proves of all
 * others on that value that nothing will ever come of them. That a transaction is not found proves nothing, unless the nonce has
 * moved on for ever and the node knows every transaction since it was signed.
 */
import type { SolanaAttempt } from './attempt.ts';
import type { Fates, NonceState, SolanaView } from './chain.ts';

/** An attempt, and whether it pays. */
type Judged = Pick<SolanaAttempt, 'signature' | 'slot' | 'asked'>;
/** All attempts of one payout. None of it may be missing. */
export type Attempts<K> = { key: K; attempts: readonly Judged[] };

export type Judgement =
  | { is: 'paid'; by: Judged; slot: number }
  /** More than one has paid: that cannot be, and a person looks at it. */
  | { is: 'paid-twice' }
  /** Ours were carried out on every nonce that was bound, and none of them paid; `slot`: of the last one. */
  | { is: 'never'; by: 'ours'; slot: number }
  /** A nonce was used by somebody else, and a node that would know of it has seen none of ours. */
  | { is: 'never'; by: 'other'; slot: number }
  /** Nothing is final. `used`: a nonce has another value than was bound, or one of ours was carried out. */
  | { is: 'open'; used: boolean };

type Nonces = { at: number; of: ReadonlyMap<string, NonceState> };

/** Judges payouts by what is final. Fates are asked for after the nonces, so that who has used one is seen. */
export async function judge<K>(
  chain: Pick<SolanaView, 'nonces' | 'fates'>,
  payouts: readonly Attempts<K>[],
): Promise<ReadonlyMap<K, Judgement>> {
  const attempts = payouts.flatMap((one) => one.attempts);
  if (attempts.length === 0) return new Map();
  const accounts = new Set(attempts.map(({ asked }) => asked.nonceAccount));
  const nonces = await chain.nonces([...accounts], 'finalized');
  const fates = await chain.fates([...new Set(attempts.map(({ signature }) => signature))]);
  return new Map(payouts.map(({ key, attempts: own }) => [key, judged(own, nonces, fates)]));
}

function judged(attempts: readonly Judged[], nonces: Nonces, fates: Fates): Judgement {
  const landed = attempts.flatMap((attempt) => {
    const fate = fates.of.get(attempt.signature);
    return fate?.is === 'landed' ? [{ attempt, ...fate }] : [];
  });
  const payments = landed.filter(({ attempt, failed }) => attempt.asked.transfer && !failed);
  const paid = payments.filter(({ final }) => final);
  const [first] = paid;
  if (paid.length > 1) return { is: 'paid-twice' };
  if (first !== undefined) return { is: 'paid', by: first.attempt, slot: first.slot };
  const groups = Map.groupBy(attempts, ({ asked }) => `${asked.nonceAccount} ${asked.nonce}`);
  const states = [...groups.values()].map((group) => stateOf(group, landed, nonces, fates));
  const used = landed.length > 0 || states.some((one) => one.is !== 'unused');
  // What is carried out and may still be undone may as well come to another end.
  const isOpen = landed.some(({ final }) => !final) || states.some(({ is }) => !isOver(is));
  if (isOpen) return { is: 'open', used };
  const slot = landed.length === 0 ? nonces.at : Math.max(...landed.map((one) => one.slot));
  const isOurs = states.every(({ is }) => is === 'used-by-us');
  return { is: 'never', by: isOurs ? 'ours' : 'other', slot };
}

const isOver = (is: State['is']): boolean => is === 'used-by-us' || is === 'used-by-other';

type State = { is: 'unused' | 'used-by-us' | 'used-by-other' | 'used' };

/** What became of one value of one nonce account; `used`: by whom is not proven. */
function stateOf(
  group: readonly Judged[],
  landed: readonly { attempt: Judged; final: boolean }[],
  nonces: Nonces,
  fates: Fates,
): State {
  const [first] = group;
  if (first === undefined) return { is: 'unused' };
  const { nonceAccount, nonce } = first.asked;
  const boundAt = Math.min(...group.map(({ slot }) => slot));
  const now = nonces.of.get(nonceAccount);
  // A node that is behind the binding shows the value before it.
  if (now === undefined || nonces.at < boundAt) return { is: 'unused' };
  const isUnmoved = now.is === 'set' && now.nonce === nonce;
  if (isUnmoved) return { is: 'unused' };
  const own = landed.filter(({ attempt }) => group.includes(attempt));
  if (own.length > 0) return { is: own.every(({ final }) => final) ? 'used-by-us' : 'used' };
  const wouldKnow = fates.since <= boundAt && fates.at >= nonces.at;
  return { is: wouldKnow ? 'used-by-other' : 'used' };
}
