/**
 * Whether what the on-ramp says that it paid has arrived. Its word is not enough: the chain shows the transfer to our treasury, of
 * exactly this amount, in a final block, and no other withdrawal counts it (docs/decisions/0025).
 */
import type { Budget } from '../kernel/budget.ts';
import { errorName, SettingError } from '../kernel/errors.ts';
import type { Minor } from '../kernel/money.ts';
import { type Address, comparable, type Network } from '../kernel/networks.ts';
import type { Answer } from '../kernel/outcome.ts';
import type { Instant } from '../kernel/time.ts';
import type { WireStore } from '../store/store.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Transfer } from './provider.ts';

/** A transfer of the asset to our treasury, by its index among the logs of its block. */
export type ArrivedLog = { index: number; value: bigint };
export type Payment =
  /** The node does not know the transaction. */
  | { state: 'absent' }
  /** It is in a block of this time that may still be replaced by another. */
  | { state: 'mined'; at: Instant }
  /** These are all transfers to our treasury in it, for ever. */
  | { state: 'final'; logs: readonly ArrivedLog[] };

/** The port of the chains on which the on-ramp pays us. */
export type Arrivals<N extends Network = Network> = {
  /** Our treasury of now: where a conversion that is asked for now will be paid. */
  treasury(network: N): Address;
  /** What the transaction brought to this treasury of ours. */
  of(network: N, txHash: string, payee: Address): Promise<Answer<Payment>>;
};

export type Arrival =
  | { is: 'there'; claim: string; value: Minor }
  /** It is final, and it is not what the on-ramp says: less, more, or nothing at all to our treasury. */
  | { is: 'other' }
  /** What it paid is another withdrawal's. */
  | { is: 'claimed' }
  /** The on-ramp does not say in which transaction it paid. */
  | { is: 'unnamed' }
  | { is: 'absent' }
  | { is: 'mined'; at: Instant }
  | { is: 'unread'; until: Instant | null }
  /** The node is of another chain than the one on which we are paid: nothing that it says is a word about our money. */
  | { is: 'wrong-chain' }
  /** Its settings are wrong: our own treasury there is not known, or its node is not. */
  | { is: 'out-of-service' }
  /** There is no time left for it in this visit. */
  | { is: 'not-looked' };

/** The questions that `Arrivals` asks a node at most: for the final block, the receipt and the block's time. */
const calls = 3;

/** Our treasury of now; `null` where the settings of the network are wrong, which concerns no other network. */
export function treasuryNow(arrivals: Pick<Arrivals, 'treasury'>, network: Network) {
  try {
    return arrivals.treasury(network);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    return null;
  }
}

export async function arrivalOf(
  {
    arrivals,
    store,
    budget,
  }: { arrivals: Arrivals; store: Pick<WireStore, 'claims'>; budget: Budget },
  { id, network }: Withdrawal,
  { confirmation, payout }: Transfer,
  /** Where it was asked to be paid. What was asked for before that was kept is paid to the treasury of now. */
  askedFor?: Address,
): Promise<Arrival> {
  if (confirmation === null) return { is: 'unnamed' };
  const today = treasuryNow(arrivals, network);
  if (today === null) return { is: 'out-of-service' };
  const payee = askedFor ?? today;
  if (!budget.allows({ calls })) return { is: 'not-looked' };
  const { txHash, logIndex } = confirmation;
  const broughtTo = (treasury: Address) =>
    arrivals.of(network, txHash, treasury).catch((error: unknown) => {
      if (errorName(error) === 'WrongChainError') return 'wrong-chain' as const;
      // The URL of its node, or the number of its chain, may be wrong while the treasury is not.
      if (error instanceof SettingError) return 'out-of-service' as const;
      throw error;
    });
  let read = await broughtTo(payee);
  // A transfer that was asked for before the treasury changed may have been paid to the new one.
  const isElsewhere =
    typeof read === 'object' &&
    read.ok &&
    read.value.state === 'final' &&
    read.value.logs.length === 0;
  if (isElsewhere && comparable(today) !== comparable(payee)) {
    if (!budget.allows({ calls })) return { is: 'not-looked' };
    read = await broughtTo(today);
  }
  if (typeof read === 'string') return { is: read };
  if (!read.ok) return { is: 'unread', until: 'until' in read ? read.until : null };
  const payment = read.value;
  if (payment.state === 'absent') return { is: 'absent' };
  if (payment.state === 'mined') return { is: 'mined', at: payment.at };
  // Due does not document whether it counts the logs of the block or of the transaction.
  const named = payment.logs.filter(({ index }) => index === logIndex);
  const exact = (named.length > 0 ? named : payment.logs).filter(({ value }) => value === payout);
  if (exact.length === 0) return { is: 'other' };
  const keyOf = (index: number) => `${network}:${comparable(txHash)}#${index}`;
  const claims = await store.claims(exact.map(({ index }) => keyOf(index)));
  const free = exact.find(({ index }) => (claims.get(keyOf(index)) ?? id) === id);
  return free === undefined
    ? { is: 'claimed' }
    : { is: 'there', claim: keyOf(free.index), value: payout };
}
