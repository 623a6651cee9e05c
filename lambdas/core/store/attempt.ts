/** Payout attempts as they are saved: what those of all rails have in common, and what only their own rail reads. */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';

/** A value that a rail keeps of its own: text, a whole number, bytes, or an object of these. */
export type Saved =
  | string
  | bigint
  | Uint8Array
  | readonly Saved[]
  | { readonly [name: string]: Saved };

/** It is saved before any of it is submitted, and never changed: other bytes are another attempt. */
export type PayoutAttempt = {
  withdrawalId: WithdrawalId;
  /** 1 is the first. All attempts of a withdrawal need the same exclusive resource, so at most one of them pays. */
  number: number;
  createdAt: Instant;
  /** It pays nothing: it uses the resource up, so that no other attempt can pay any more. */
  ends?: true;
  /** The signed bytes, and what its rail needs to submit, follow and replace them. */
  details: Details;
  /** The batch that it is a member of: the bytes are of all members together. */
  batch?: PayoutBatch;
  /** The batch that was the attempt before it. Nothing else says of what went together which attempts there were. */
  replacedBatch?: string;
};
type Details = { readonly [name: string]: Saved };

/**
 * One submission that carries the payouts of several withdrawals. It is one row, and an attempt of each member: each has an
 * exclusive resource of its own, so what becomes of one says nothing of the others. Like an attempt it is never changed.
 */
export type PayoutBatch = {
  /** Each withdrawal whose latest attempt it is names it. */
  id: string;
  createdAt: Instant;
  /** The number that it has among the attempts of each member. */
  members: ReadonlyMap<WithdrawalId, number>;
  details: Details;
  /** The batch that was the attempt of its members before it. */
  replacedBatch?: string;
};

/** The batch as an attempt of this member. Throws when it is none. */
export function attemptIn(batch: PayoutBatch, withdrawalId: WithdrawalId): PayoutAttempt {
  const { createdAt, members, details, replacedBatch } = batch;
  const number = members.get(withdrawalId);
  if (number === undefined) throw new Error(`${withdrawalId} is no member of batch ${batch.id}`);
  return { withdrawalId, number, createdAt, details, batch, ...afterBatch(replacedBatch) };
}

export const afterBatch = (replacedBatch: string | undefined): { replacedBatch?: string } =>
  replacedBatch === undefined ? {} : { replacedBatch };

type Attempts = {
  attempt(id: WithdrawalId, number: number): Promise<PayoutAttempt | null>;
  batch(id: string): Promise<PayoutBatch | null>;
};

/** The same reads, with each batch read once, however many of its members there are. */
export function readingOnce({ attempt, batch }: Attempts): Attempts {
  const batches = new Map<string, ReturnType<Attempts['batch']>>();
  return {
    attempt,
    batch: (id) => {
      const reading = batches.get(id) ?? batch(id);
      batches.set(id, reading);
      return reading;
    },
  };
}

/** The latest attempt of a withdrawal, whether it was submitted alone or in a batch; `null`: it is not on record. */
export async function latestAttempt(
  store: Attempts,
  { id, attempts, payoutBatch }: { id: WithdrawalId; attempts: number; payoutBatch?: string },
): Promise<PayoutAttempt | null> {
  if (payoutBatch === undefined) return store.attempt(id, attempts);
  const batch = await store.batch(payoutBatch);
  return batch?.members.get(id) === attempts ? attemptIn(batch, id) : null;
}

/** The newest attempts of a withdrawal that are on record, up to so many, the latest last. */
export async function newestAttempts(
  store: Attempts,
  withdrawal: { id: WithdrawalId; attempts: number; payoutBatch?: string },
  most: number,
): Promise<PayoutAttempt[]> {
  const { id, attempts } = withdrawal;
  const found: PayoutAttempt[] = [];
  let { payoutBatch }: { payoutBatch?: string | undefined } = withdrawal;
  for (let number = attempts; number > Math.max(0, attempts - most); number -= 1) {
    const one = await latestAttempt(store, { id, attempts: number, ...batchNamed(payoutBatch) });
    if (one !== null) found.unshift(one);
    payoutBatch = one?.replacedBatch;
  }
  return found;
}
const batchNamed = (payoutBatch: string | undefined) =>
  payoutBatch === undefined ? {} : { payoutBatch };
