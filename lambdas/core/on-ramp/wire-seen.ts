/**
 * What the brokerage's list of wires proves of one of ours. The brokerage keeps what a memo says in its own way: it may write
 * capitals, cut it, put a word before it, or say nothing of it. So only a wire with our id or our very memo is ours, and that
 * nothing was wired is believed only when no wire is there that may be ours.
 */
import { stands, type WireSeen } from '../brokerage/brokerage.ts';
import type { Found } from '../effect/kind.ts';
import { providerClockSkewMs } from '../kernel/limits.ts';
import { later } from '../kernel/time.ts';
import type { WireRecord } from '../store/wire-record.ts';

/** Concludes from all wires that are ours, or may be, never from one of them alone. `known`: wires on record, ours among them. */
export function whatBecame(
  effect: WireRecord,
  listed: readonly WireSeen[],
  known: readonly WireRecord[],
): Found<WireSeen> {
  const ours = listed.filter((one) => isOurs(effect, one));
  const others = new Set(known.flatMap(({ wireId }) => wireId ?? []));
  const doubtful = listed.filter(
    (one) => !ours.includes(one) && !others.has(one.id ?? '') && mayBeOurs(effect, one),
  );
  const standing = ours.filter(stands);
  const [wire] = standing;
  if (standing.length > 1)
    return { found: 'wrong', why: 'The dollars were wired to the on-ramp more than once.' };
  if (ours.some((one) => one.amount === null || one.id === null || !isCertain(effect, one)))
    return { found: 'unclear' };
  if (wire !== undefined) {
    const why = unlikeAsked(effect, wire);
    if (why !== null) return { found: 'wrong', why };
    // One send makes one wire, so what else is there is another's; after a second one it may be ours as well.
    return effect.sends > 1 && doubtful.some(stands)
      ? { found: 'wrong', why: 'The dollars may have been wired to the on-ramp more than once.' }
      : { found: 'these', values: [wire] };
  }
  if (doubtful.length > 0) return { found: 'unclear' };
  const [back] = ours;
  if (back === undefined)
    // A wire that was seen before has not ceased to be: this list does not show it.
    return effect.wireId === null ? { found: 'these', values: [] } : { found: 'unclear' };
  // Of one that was seen or answered the list has to tell, too.
  return effect.wireId === null || ours.some(({ id }) => id === effect.wireId)
    ? { found: 'void', code: 'wire-returned', value: back }
    : { found: 'unclear' };
}

/** Why a wire of ours is for a person; `null`: it is as it was asked for, or does not say. */
export function unlikeAsked({ amount, bankId }: WireRecord, seen: WireSeen): string | null {
  if (seen.amount !== null && seen.amount !== amount)
    return 'The brokerage wired another amount than was asked for.';
  return isSameBank(bankId, seen.bankId)
    ? null
    : 'The brokerage wired to another bank than was asked for.';
}

const isOurs = ({ wireId, memo }: WireRecord, seen: WireSeen): boolean =>
  (wireId !== null && seen.id === wireId) || seen.memo === memo;

/** What has our id is our wire, by whatever word; by its memo alone only a wire out of the account is. */
const isCertain = ({ wireId }: WireRecord, seen: WireSeen): boolean =>
  (wireId !== null && seen.id === wireId) || (seen.isOut && seen.createdAt !== null);

const isSameBank = (bankId: string, seen: string | null): boolean =>
  seen === null || seen.toLowerCase() === bankId.toLowerCase();

/** Whether nothing that can be read of the wire says that it is another's. */
const mayBeOurs = ({ amount, bankId, memo, firstSentAt }: WireRecord, seen: WireSeen): boolean =>
  (seen.amount === null || seen.amount === amount) &&
  isSameBank(bankId, seen.bankId) &&
  (seen.createdAt === null || seen.createdAt >= later(firstSentAt, -providerClockSkewMs)) &&
  (seen.memo === null || mayBeWrittenFor(memo, seen.memo));

/** Whether a brokerage may have made this of our memo. Another memo of the same shape is another wire's, of ours mostly. */
function mayBeWrittenFor(ours: string, theirs: string): boolean {
  return isWrittenFor(ours, theirs) || shapeOf(ours) !== shapeOf(theirs);
}

/** Whether it is our memo in other capitals or signs, with more around it, or cut. */
export function isWrittenFor(ours: string, theirs: string): boolean {
  const [asked, written] = [signsOf(ours), signsOf(theirs)];
  return written.includes(asked) || asked.startsWith(written);
}

const signsOf = (memo: string): string => memo.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
/** A memo with one sign for all letters and digits. */
const shapeOf = (memo: string): string => memo.replace(/[\p{L}\p{N}]/gu, '0');
