/**
 * Whether what the on-ramp says that it paid has arrived. Its word is not enough: the chain shows the transfer to our treasury, of
 * exactly this amount, in a final block, and no other withdrawal counts it (docs/decisions/0025).
 */
import type { Budget } from '../kernel/budget.ts';
import { errorName } from '../kernel/errors.ts';
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
  /** There is no time left for it in this visit. */
  | { is: 'not-looked' };

/** The questions that `Arrivals` asks a node at most: for the final block, the receipt and the block's time. */
const calls = 3;

export async function arrivalOf(
  {
    arrivals,
    store,
    budget,
  }: { arrivals: Arrivals; store: Pick<WireStore, 'claims'>; budget: Budget },
  { id, network }: Withdrawal,
  { confirmation, payout }: Transfer,
  /** Where it was asked to be paid. What was asked for before that was kept is paid to the treasury of now. */
  payee: Address = arrivals.treasury(network),
): Promise<Arrival> {
  if (confirmation === null) return { is: 'unnamed' };
  if (!budget.allows({ calls })) return { is: 'not-looked' };
  const { txHash, logIndex } = confirmation;
  const broughtTo = (treasury: Address) =>
    arrivals.of(network, txHash, treasury).catch((error: unknown) => {
      if (errorName(error) === 'WrongChainError') return null;
      throw error;
    });
  let read = await broughtTo(payee);
  // A transfer that was asked for before the treasury changed may have been paid to the new one.
  const isElsewhere = read?.ok && read.value.state === 'final' && read.value.logs.length === 0;
  const today = arrivals.treasury(network);
  if (isElsewhere && comparable(today) !== comparable(payee)) {
    if (!budget.allows({ calls })) return { is: 'not-looked' };
    read = await broughtTo(today);
  }
  if (read === null) return { is: 'wrong-chain' };
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
