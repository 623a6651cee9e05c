/** Signing payouts, and saving what was signed: what was saved may be submitted, and nothing else ever is. */
import type { Clock } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { Store } from '../store/store.ts';
import { moveTo } from '../withdrawal/withdrawal.ts';
import { type Payout, payoutOf } from './payout-effect.ts';
import { convertedOf, type Payable, paymentOf, type Rail } from './rail.ts';

/** Answers those that are signed and saved now. The others have moved on meanwhile. */
export async function signAndSave(
  { store, clock }: { store: Store; clock: Clock },
  rail: Rail,
  payables: readonly Payable[],
): Promise<Payout[]> {
  if (payables.length === 0) return [];
  const preparation = await rail.prepare(payables.map(paymentOf));
  if (preparation.waits !== null) return [];
  let rest = payables;
  while (rest.length > 0) {
    const { changes, bound } = await preparation.bind(rest.map(paymentOf));
    if (bound.length === 0) return [];
    const signed = bound.flatMap(({ details, txId, readFrom }, index) => {
      const from = rest[index];
      if (from === undefined) return [];
      const now = clock.now();
      const attempt = { withdrawalId: from.id, number: 1, createdAt: now, details };
      const { payout, fee } = convertedOf(from);
      const facts = { payout, fee, attempts: 1, txId, readFrom };
      return [{ from, ...payoutOf(moveTo(from, 'signed', facts, now), attempt) }];
    });
    const refused = await store.commit([
      ...changes,
      ...signed.flatMap(({ from, withdrawal, attempt }): Change[] => [
        { change: 'attempt', attempt },
        { change: 'withdrawal', from, to: withdrawal },
      ]),
    ]);
    if (refused.length === 0) return signed;
    // Either the resource went to another worker, and these are bound to another one, or some of them have moved on.
    const movedOn = new Set(refused.map((index) => Math.floor((index - changes.length) / 2)));
    rest = rest.filter((_, index) => !movedOn.has(index));
  }
  return [];
}
