/**
 * Another transaction over the same inputs (BIP-125): it pays more, and what comes back is less. It never has another input, so of
 * all attempts of a payout at most one is ever in the chain, whichever a miner takes.
 */
import type { Replacement, Standing } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import { scriptOf } from './address.ts';
import { type BitcoinAttempt, detailsOf } from './attempt.ts';
import type { Chain, FeeRates, Rival, Signer } from './chain.ts';
import { bumpAfterMs, bumpLostMs, bumpPercent, unansweredMs } from './limits.ts';
import { amountOf, bytesOf, feeFor, feeMax, ownScriptBytes, split } from './plan.ts';

export type Replacing = {
  signer: Signer;
  chain: Chain;
  price: () => Promise<FeeRates>;
  waited: number;
};
type Own = { attempt: PayoutAttempt; own: BitcoinAttempt };

/** `null`: there is nothing to be bettered now. A reason: there is, and it cannot be had. */
export async function replacementFor(
  world: Replacing,
  { attempt, own }: Own,
  standing: Standing,
): Promise<Replacement | WaitReason | null> {
  const { chain, waited } = world;
  const times = 2 ** (attempt.number - 1);
  switch (standing.is) {
    case 'pending': {
      if (waited <= bumpAfterMs * times) return null;
      const { rate } = await world.price();
      const isDearer = feeFor(rate, bytesIn(own)) > own.fee;
      return isDearer || waited > bumpLostMs * times ? raised(world, attempt, own, null) : null;
    }
    case 'unanswered':
      return waited > unansweredMs * times ? raised(world, attempt, own, null) : null;
    case 'refused':
      switch (standing.code) {
        case 'underpriced':
          return raised(world, attempt, own, await chain.rivalOf(outpointsOf(own)));
        case 'too-dear': {
          const { rate } = await world.price();
          const isCheaper = feeFor(rate, bytesIn(own)) < own.fee;
          return isCheaper
            ? signedAnew(world, own, attempt.ends, (bytes) => feeFor(rate, bytes))
            : null;
        }
        // What became of the inputs is for the next look-up, and a rival that may not be replaced is mined or dropped.
        default:
          return null;
      }
    default:
      return standing satisfies never;
  }
}

/** The inputs, spent back to ourselves at a fee that takes the place of all attempts before. */
export const cancellationOf = (
  world: Replacing,
  { attempt, own }: Own,
): Promise<Replacement | WaitReason> => raised(world, { ...attempt, ends: true }, own, null);

export const outpointsOf = ({ inputs }: BitcoinAttempt) => inputs.map(({ outpoint }) => outpoint);

/** The virtual bytes that this attempt has, or a few more. */
const bytesIn = (own: BitcoinAttempt, ends?: true): number =>
  bytesOf(own.inputs.length, [
    ...(ends ? [] : [scriptOf(own.to, own.net).length]),
    ...own.change.map(() => ownScriptBytes),
  ]);

/**
 * BIP-125, rules 3 and 4: it pays no less than what it replaces, and for its own bytes what a node wants for relaying them. Newer nodes want
 * a higher rate as well (src/policy/rbf.cpp, PaysMoreThanConflicts).
 */
async function raised(
  world: Replacing,
  { ends }: Pick<PayoutAttempt, 'ends'>,
  own: BitcoinAttempt,
  rival: Rival | null,
): Promise<Replacement | WaitReason> {
  const price = await world.price();
  // No node would take what may be paid.
  if (price.least > price.cap) return 'fee-above-cap';
  const before = [
    { fee: own.fee, bytes: bytesIn(own) },
    ...(rival === null ? [] : [{ fee: rival.fee, bytes: rival.bytes }]),
  ];
  const highest = max(...before.map(({ fee }) => fee));
  const least = (bytes: number): bigint => {
    const byRate = before.map(
      (one) => (one.fee * BigInt(bytes)) / BigInt(one.bytes) + 1n + feeFor(price.step, bytes),
    );
    return max(highest + feeFor(price.step, bytes), ...byRate);
  };
  const wanted = (bytes: number): bigint =>
    max(
      feeFor(max(price.rate, price.least), bytes),
      least(bytes),
      (own.fee * (100n + bumpPercent)) / 100n,
    );
  const within = (bytes: number): bigint => {
    const most = feeFor(price.cap, bytes);
    return wanted(bytes) > most && least(bytes) <= most ? most : wanted(bytes);
  };
  return signedAnew(world, own, ends, within);
}

/** A reason: it would be dearer than is allowed, or nobody here may sign it. */
async function signedAnew(
  { signer, chain, price }: Replacing,
  own: BitcoinAttempt,
  ends: true | undefined,
  feeOf: (bytes: number) => bigint,
): Promise<Replacement | WaitReason> {
  const { payer, inputs, to, value } = own;
  if (!signer.signs(payer)) return 'payer-key-missing';
  const script = scriptOf(to, chain.net);
  const payment = ends ? null : { to, value };
  const paid = ends ? [] : [script.length];
  const left = amountOf(inputs) - (ends ? 0n : value);
  const parts = split(left, inputs.length, paid, ends ? 1 : own.change.length, feeOf);
  const { cap } = await price();
  if (parts === null || parts.fee > feeMax(cap, inputs.length, paid, parts.change.length))
    return 'fee-above-cap';
  const { raw, txId } = await signer.sign({ inputs, payment, ...parts }, own);
  const details = detailsOf({ ...own, ...parts, raw, txId });
  return { changes: [], details, txId, payer };
}

const max = (...values: readonly bigint[]): bigint =>
  values.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0))[0] ?? 0n;
