/** Signing payouts, and saving what was signed: what was saved may be submitted, and nothing else ever is. */
import type { KeysAwayError } from '../kernel/errors.ts';
import type { Clock } from '../kernel/world.ts';
import { attemptIn } from '../store/attempt.ts';
import type { Store } from '../store/store.ts';
import type { Held, Switches } from '../switches/switches.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import { moveTo } from '../withdrawal/withdrawal.ts';
import { batchOf, type Payout, payoutOf } from './payout-effect.ts';
import { convertedOf, type Payable, type Preparation, paymentOf, type Rail } from './rail.ts';

type Saved = { saved: Payout[]; left: { one: Payable; reason: WaitReason }[] };
/** `unsigned` got no signature while others did, and may be signed at once; `why` is there when they are. */
type Signed = Saved & { unsigned: readonly Payable[]; why?: KeysAwayError };

type SignWorld = { store: Store; clock: Clock; switches: Switches };

/** What holds new payouts back. `signed` is the point of no return: nothing is signed that may not be sent. */
export const heldFromSigning = async ({
  switches,
}: Pick<SignWorld, 'switches'>): Promise<Held | null> =>
  (await switches.held('sign')) ?? (await switches.held('broadcast'));

/**
 * Answers those that are signed and saved now, and those that wait, with what for. The others have moved on meanwhile. Throws KeysAwayError
 * when none could be signed.
 */
export async function signAndSave(
  world: SignWorld,
  rail: Rail,
  payables: readonly Payable[],
): Promise<Signed> {
  const none = { saved: [], left: [], unsigned: [] };
  if (payables.length === 0) return none;
  const held = await heldFromSigning(world);
  if (held !== null) return { ...none, left: waiting(payables, held) };
  const preparation = await rail.prepare(payables.map(paymentOf));
  const { waits, unsigned } = preparation;
  if (waits !== null) return { ...none, left: waiting(payables, waits) };
  const [why] = unsigned?.values() ?? [];
  const isSigned = ({ id }: Payable): boolean => unsigned?.has(id) !== true;
  return {
    ...(await saveSigned(world, preparation, payables.filter(isSigned))),
    unsigned: payables.filter((one) => !isSigned(one)),
    ...(why !== undefined && { why }),
  };
}

const waiting = (some: readonly Payable[], reason: WaitReason) =>
  some.map((one) => ({ one, reason }));

async function saveSigned(
  world: SignWorld,
  preparation: Preparation,
  payables: readonly Payable[],
): Promise<Saved> {
  const { store, clock } = world;
  const saved: Payout[] = [];
  let rest = payables;
  while (rest.length > 0) {
    const held = await heldFromSigning(world);
    if (held !== null) return { saved, left: waiting(rest, held) };
    const { changes, bound, waits } = await preparation.bind(rest.map(paymentOf));
    if (bound.length === 0) return { saved, left: waits === undefined ? [] : waiting(rest, waits) };
    const signed = bound.map((one) => {
      const { withdrawalId, txId, readFrom, payer } = one;
      const from = rest.find(({ id }) => id === withdrawalId);
      if (from === undefined) throw new Error(`${withdrawalId} was bound without being asked for`);
      const now = clock.now();
      const attempt =
        one.batch === undefined
          ? { withdrawalId, number: 1, createdAt: now, details: one.details }
          : attemptIn(one.batch, withdrawalId);
      const attempts = attempt.number;
      const facts = { ...convertedOf(from), attempts, txId, readFrom, payer, ...batchOf(attempt) };
      return { from, ...payoutOf(moveTo(from, 'signed', facts, now), attempt) };
    });
    const own = signed.flatMap(({ from, withdrawal, attempt }) => [
      ...(attempt.batch === undefined
        ? [{ from, change: { change: 'attempt', attempt } as const }]
        : []),
      { from, change: { change: 'withdrawal', from, to: withdrawal } as const },
    ]);
    const refused = await store.commit([...changes, ...own.map(({ change }) => change)]);
    const isSaved = refused.length === 0;
    if (isSaved) saved.push(...signed);
    // Somebody has saved these very bytes: what became of them is for another visit.
    if (refused.some((index) => changes[index]?.change === 'batch')) return { saved, left: [] };
    // Refused is either the resource, which went to another worker, and then these are bound anew; or some have moved on.
    const movedOn = refused.map((index) => own[index - changes.length]?.from);
    const done = new Set(isSaved ? signed.map(({ from }) => from) : movedOn);
    rest = rest.filter((one) => !done.has(one));
  }
  return { saved, left: [] };
}
