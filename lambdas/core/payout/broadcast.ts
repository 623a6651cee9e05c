/**
 * 4-broadcast: signs the payout and saves its bytes, then hands them to the chain. `signed` is the point of no return:
 * from there on only the chain may say that it was not paid (5-confirm).
 */
import type { Gates } from '../breakers/gates.ts';
import { readingFrom, sendingTo } from '../breakers/names.ts';
import { hasJournal, stillFunded } from '../brokerage/funding.ts';
import type { PerhapsBrokerage } from '../brokerage/world.ts';
import { sendSaved } from '../effect/effect.ts';
import { admit, waitForTurn } from '../effect/turns.ts';
import { all } from '../kernel/all.ts';
import { errorName, KeysAwayError } from '../kernel/errors.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { payoutStuckMs } from '../kernel/limits.ts';
import { sumOf } from '../kernel/money.ts';
import { type Network, type Route, routeKey } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import { commitGroups } from '../store/store.ts';
import { chunksOf } from '../store/weight.ts';
import { heldChange } from '../switches/waiting.ts';
import { retryOrRefund } from '../withdrawal/retry.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import { stepFor, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { carryOn } from './carry-on.ts';
import { notPayable } from './ending.ts';
import { payoutBesides } from './limits.ts';
import { waitWhile } from './patience.ts';
import { payoutEffect } from './payout-effect.ts';
import {
  isPayable,
  type Payable,
  paymentOf,
  type Rail,
  type Rails,
  type SentPayout,
} from './rail.ts';
import { heldFromSigning, signAndSave } from './sign.ts';

export type BroadcastWorld = PerhapsBrokerage & {
  rails: Rails<Rail>;
  gates: Pick<Gates, 'begin' | 'during'>;
};

export const makeBroadcast =
  (world: BroadcastWorld) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const now = world.clock.now();
    const due = (await world.store.withdrawals(ids)).filter(
      (one) => (one.nextAttemptAt === null || one.nextAttemptAt <= now) && !isWithConfirm(one, now),
    );
    const byRoute = Map.groupBy(due, routeKey);
    await world.gates.during(() => all([...byRoute.values()].map((some) => payOn(world, some))));
  };

/**
 * It was sent a moment ago and waits for nothing: 5-confirm sees to it until it may be stuck, of which half the time is left, for whoever
 * rings then may have a clock that is ahead.
 */
const isWithConfirm = (one: Withdrawal, now: Instant): boolean =>
  one.stage === 'broadcast' &&
  one.nextAttemptAt === null &&
  one.ending === undefined &&
  now - one.updatedAt <= payoutStuckMs / 2;

/** What a thrown error lets all payouts of a route wait for, by its name. */
const heldUpBy: Readonly<Record<string, WaitReason>> = {
  WrongChainError: 'wrong-chain',
  SettingError: 'out-of-service',
  UnavailableError: 'node-away',
  KeysAwayError: 'keys-away',
};

/** What the node or our keys do not say holds up what was to be paid: it waits visibly, and is told of here as before. */
async function payOn(world: BroadcastWorld, due: readonly Withdrawal[]): Promise<void> {
  const [first] = due;
  if (first === undefined) return;
  try {
    await visit(world, first, due);
  } catch (error) {
    const name = errorName(error);
    const reason = heldUpBy[name];
    if (reason !== undefined) {
      const now = world.clock.now();
      const held = due.filter(
        (one): one is Payable | SentPayout => isSigned(one) || isPayable(one),
      );
      await commitGroups(
        world.store,
        held.map((one) => ({ changes: [waitOf(one, reason, now, world.dice)] })),
      );
    }
    throw error;
  }
}

async function visit(
  world: BroadcastWorld,
  { network, asset }: Route,
  due: readonly Withdrawal[],
): Promise<void> {
  const { gates } = world;
  const own = due.filter((one) => stepFor(one) === 'broadcast');
  const reading = await gates.begin(1, readingFrom(network));
  if (reading.allowed === 0) return waitForTurn(world, own, 'node-away', reading.until);
  const rail = await world.rails({ network, asset });
  // What is signed goes first. While a node comes back only a few may be sent, and one that goes lets more go after it.
  const signed = await admit(world, own.filter(isSigned), 'node-away', sendingTo(network));
  const payables = own.filter(isPayable);
  const unsigned: KeysAwayError[] = [];
  const pay = async (some: readonly Payable[]): Promise<void> => {
    try {
      await signAndSubmit(world, rail, network, some);
    } catch (error) {
      // What is signed already does not wait for our keys.
      if (!(error instanceof KeysAwayError)) throw error;
      unsigned.push(error);
    }
  };
  await pay(payables.filter((one) => !hasJournal(one)));
  await carryOn(world, rail, [...signed, ...(await stuckOf(world, network, due))]);
  // Last, so that nobody else waits for the brokerage.
  await pay(payables.filter(hasJournal));
  if (unsigned.length > 0) throw unsigned[0];
}

/** These wait for 5-confirm, and here they only look whether they are stuck. Those that may not be sent now look another time. */
async function stuckOf(
  { gates }: BroadcastWorld,
  network: Network,
  due: readonly Withdrawal[],
): Promise<readonly SentPayout[]> {
  const sent = due.filter((one) => one.stage === 'broadcast');
  if (sent.length === 0) return [];
  const { allowed } = await gates.begin(sent.length, sendingTo(network));
  return sent.slice(0, allowed);
}

const isSigned = (one: Withdrawal): one is SentPayout => one.stage === 'signed';

async function signAndSubmit(
  world: BroadcastWorld,
  rail: Rail,
  network: Network,
  payables: readonly Payable[],
): Promise<void> {
  const held = payables.length === 0 ? null : await heldFromSigning(world);
  if (held !== null) {
    const now = world.clock.now();
    await commitGroups(
      world.store,
      payables.map((one) => ({ changes: heldChange(one, held, now, world.dice) })),
    );
    return;
  }
  const payable = await withoutRefused(world, rail, payables);
  const ready = await admit(world, payable, 'node-away', sendingTo(network));
  for (const some of chunksOf(ready.map(toBeSaved), payoutBesides)) {
    let rest: readonly Payable[] = some.map(({ one }) => one);
    while (rest.length > 0) {
      // Asked right before they are signed: what was executed an hour ago may be reversed by now.
      const { saved, left, unsigned, why } = await signAndSave(
        world,
        rail,
        await stillFunded(world, rest),
      );
      await sendSaved(world, payoutEffect(rail, world), saved);
      const now = world.clock.now();
      const waiting = left.map(({ one, reason }) => waitOf(one, reason, now, world.dice));
      await commitGroups(
        world.store,
        waiting.map((change) => ({ changes: [change] })),
      );
      // Each time some are signed, so it comes to an end.
      if (why !== undefined && !world.budget.allows({ calls: callsToSign })) throw why;
      rest = unsigned;
    }
  }
}
/** To sign and to send. */
const callsToSign = 2;

/** A payout is saved by its withdrawal and its attempt, which is never the larger of the two. */
const toBeSaved = (one: Payable) => {
  const change: Change = { change: 'withdrawal', from: one, to: one };
  return { one, changes: [change, change] };
};

/** Leaves out what the chain would refuse now. Nothing is signed yet, so giving up is still harmless, and so is waiting. */
async function withoutRefused(
  { store, clock, dice }: BroadcastWorld,
  rail: Rail,
  payables: readonly Payable[],
): Promise<Payable[]> {
  if (payables.length === 0) return [];
  // Nothing here goes by the answer of another, and a node takes a tenth of a second for each.
  const [has, refusals] = await all([
    rail.funds(sumOf(payables.map((one) => paymentOf(one).value))),
    all(payables.map(async (one) => ({ one, refusal: await rail.refusal(paymentOf(one)) }))),
  ]);
  let funds = has;
  const ready: Payable[] = [];
  const groups: { changes: Change[] }[] = [];
  const now = clock.now();
  const wait = (from: Payable, reason: WaitReason): void => {
    groups.push({ changes: [waitOf(from, reason, now, dice)] });
  };
  for (const { one, refusal } of refusals) {
    if (refusal === null) {
      // A large one that there is not enough for holds up no small one.
      const { value } = paymentOf(one);
      if (value <= funds) {
        funds -= value;
        ready.push(one);
      } else wait(one, 'treasury-short');
    } else if (refusal.by === 'us') wait(one, refusal.waits);
    else if (refusal.by === 'unsaid') wait(one, 'node-away');
    else {
      const failure = notPayable(refusal.why);
      const to = retryOrRefund(one, failure, { proof: 'never-sent' }, now, dice);
      groups.push({ changes: [{ change: 'withdrawal', from: one, to }] });
    }
  }
  await commitGroups(store, groups);
  return ready;
}

const waitOf = (
  from: Payable | SentPayout,
  reason: WaitReason,
  now: Instant,
  dice: Dice,
): Change => ({
  change: 'withdrawal',
  from,
  to: waitWhile(from, reason, now, dice),
});
