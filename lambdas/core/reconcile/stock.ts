/** What a deposit bought after its conversion was given up is stock of our treasury. */
import { stands } from '../brokerage/brokerage.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { providerClockSkewMs } from '../kernel/limits.ts';
import type { Transfer } from '../on-ramp/provider.ts';
import type { WireRecord } from '../store/wire-record.ts';
import type { Booked } from './books.ts';
import { asRecorded, type WireBook } from './wires.ts';

/**
 * The transfers without those that a deposit made after its conversion was given up: the dollars were under way, so the
 * USDC is stock of our treasury, and no withdrawal claims it. `stock`: the wires of those. What a wire that is back has made is
 * on its way back too, or is no deposit of it.
 */
export function withoutStock(
  transfers: readonly Transfer[],
  claims: ReadonlyMap<string, WithdrawalId>,
  booked: readonly Booked[],
  { wires, wiresSince }: Pick<WireBook, 'wires' | 'wiresSince'>,
): { asked: Transfer[]; stock: ReadonlySet<WireRecord> } {
  const listed = Map.groupBy(asRecorded(wires, booked), ({ memo }) => memo);
  // What became of a wire from before the list is not known, so it explains nothing.
  const isBack = ({ memo, firstSentAt }: WireRecord): boolean =>
    listed.get(memo)?.some(stands) === false ||
    (!listed.has(memo) && firstSentAt < wiresSince + providerClockSkewMs);
  const stock = new Set<WireRecord>();
  const givenUp = booked.flatMap(({ withdrawal, effect, wires }) =>
    withdrawal.stage === 'converting' || effect?.transferId != null
      ? []
      : wires.filter(({ refusedCode }) => refusedCode === null),
  );
  const asked = transfers.filter(({ id, accountId, source, createdAt, state }) => {
    if (claims.has(id)) return true;
    const comesBack = state === 'returning' || state === 'returned' || state === 'failed';
    const index = givenUp.findIndex(
      (wire) =>
        (comesBack || !isBack(wire)) &&
        wire.accountId === accountId &&
        wire.amount === source &&
        wire.firstSentAt <= createdAt + providerClockSkewMs,
    );
    for (const wire of index < 0 ? [] : givenUp.splice(index, 1)) stock.add(wire);
    return index < 0;
  });
  return { asked, stock };
}
