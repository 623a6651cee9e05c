/**
 * Transfers that are alike are taken by whoever finds them first. So one withdrawal whose request never arrived may have the
 * transfer of another, whose answer was lost: then the first has a quote that it never used, and the second one that is used
 * up, with nothing to show for it. They exchange their quotes as they have exchanged their transfers, and the second goes on
 * at once instead of waiting until it is certain that nothing more comes of its own (docs/decisions/0006).
 */

import { quoteMarginMs } from '../kernel/limits.ts';
import { later } from '../kernel/time.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import { type Converting, madeWithin, matches, type OnRampWorld } from './conversion.ts';

/** Answers those that have another quote now, which may be sent. */
export async function exchangeQuotes(
  world: OnRampWorld,
  waiting: readonly Converting[],
): Promise<Converting[]> {
  const { store, clock } = world;
  const exchanged: Converting[] = [];
  // One after the other: two of them may want the same quote.
  for (const item of waiting) {
    const { withdrawal, effect } = item;
    if (!effect.quoteUsed || clock.now() >= madeWithin(effect).until) continue;
    const other = await whoHasOurs(world, item);
    if (other === null) continue;
    const mine = withQuoteOf(effect, other);
    const refused = await store.commit([
      { change: 'record', to: mine },
      { change: 'record', to: withQuoteOf(other, effect) },
    ]);
    if (refused.length === 0) exchanged.push({ withdrawal, effect: mine });
  }
  return exchanged;
}

/** One like it that has found a transfer in a list, and whose own quote can still make one. */
async function whoHasOurs(
  { store, onRamp, clock }: OnRampWorld,
  item: Converting,
): Promise<ConversionRecord | null> {
  const { effect } = item;
  const { from, until } = madeWithin(effect);
  const listed = await onRamp.transfersBetween(from, until);
  if (!listed.ok) return null;
  const alike = listed.value.filter((one) => matches(item, one));
  const owners = new Set((await store.claims(alike.map(({ id }) => id))).values());
  const others = owners.size === 0 ? [] : await store.conversions([...owners]);
  const now = clock.now();
  return (
    others.find(
      (other) =>
        other.transferId !== null &&
        !other.quoteUsed &&
        other.payIn === effect.payIn &&
        other.source === effect.source &&
        other.payout === effect.payout &&
        other.fee === effect.fee &&
        other.recipientId === effect.recipientId &&
        now < later(other.quoteExpiresAt, -quoteMarginMs),
    ) ?? null
  );
}

/** Alike in all but these, each goes on with the other's quote and all that became of it. */
const withQuoteOf = (
  { withdrawalId, transferId, quoteNumber, version }: ConversionRecord,
  other: ConversionRecord,
): ConversionRecord => ({ ...other, withdrawalId, transferId, quoteNumber, version: version + 1 });
