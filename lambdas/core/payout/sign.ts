/** Signing payouts, and saving what was signed: what was saved may be submitted, and nothing else ever is. */
import type { Clock } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { Store } from '../store/store.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import { moveTo } from '../withdrawal/withdrawal.ts';
import { type Payout, payoutOf } from './payout-effect.ts';
import { convertedOf, type Payable, paymentOf, type Rail } from './rail.ts';

/** Answers those that are signed and saved now, or what all of them wait for. The others have moved on meanwhile. */
export async function signAndSave(
  { store, clock }: { store: Store; clock: Clock },
  rail: Rail,
  payables: readonly Payable[],
): Promise<Payout[] | WaitReason> {
  const saved: Payout[] = [];
  if (payables.length === 0) return saved;
  const preparation = await rail.prepare(payables.map(paymentOf));
  if (preparation.waits !== null) return preparation.waits;
  let rest = payables;
  while (rest.length > 0) {
    const { changes, bound } = await preparation.bind(rest.map(paymentOf));
    if (bound.length === 0) break;
    const signed = bound.map(({ withdrawalId, details, ...known }) => {
      const from = rest.find(({ id }) => id === withdrawalId);
      if (from === undefined) throw new Error(`${withdrawalId} was bound without being asked for`);
      const now = clock.now();
      const attempt = { withdrawalId, number: 1, createdAt: now, details };
      const facts = { ...convertedOf(from), attempts: 1, ...known };
      return { from, ...payoutOf(moveTo(from, 'signed', facts, now), attempt) };
    });
    const refused = await store.commit([
      ...changes,
      ...signed.flatMap(({ from, withdrawal, attempt }): Change[] => [
        { change: 'attempt', attempt },
        { change: 'withdrawal', from, to: withdrawal },
      ]),
    ]);
    const isSaved = refused.length === 0;
    if (isSaved) saved.push(...signed);
    // Refused is either the resource, which went to another worker, and then these are bound anew; or some have moved on.
    const movedOn = refused.map((index) => signed[Math.floor((index - changes.length) / 2)]?.from);
    const done = new Set(isSaved ? signed.map(({ from }) => from) : movedOn);
    rest = rest.filter((one) => !done.has(one));
  }
  return saved;
}
