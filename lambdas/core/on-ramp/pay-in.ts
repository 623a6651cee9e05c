/**
 * The modes in which our dollars reach the on-ramp, side by side. ON_RAMP_PAY_IN names the mode of new conversions; one that
 * was begun goes on in its own mode, whatever the setting says meanwhile.
 */
import { all } from '../kernel/all.ts';
import {
  conversionLateMs,
  onRampProofMs,
  providerClockSkewMs,
  wireArrivalMs,
} from '../kernel/limits.ts';
import type { Minor } from '../kernel/money.ts';
import type { Network } from '../kernel/networks.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord, PayIn } from '../store/conversion-record.ts';
import { commitGroups } from '../store/store.ts';
import { treasuryNow } from './arrival.ts';
import {
  claimOf,
  isAlike,
  isPlausible,
  type Known,
  listedFor,
  type OnRampWorld,
} from './conversion.ts';
import type { Transfer, TransferState } from './provider.ts';
import type { Converting } from './rows.ts';
import { payByWire, type Unpaid, type Wiring } from './wire.ts';
import { unlikeAsked } from './wire-seen.ts';

/** A conversion that waits for our dollars. Where they are to make its transfer, there is none yet. */
export type Unfunded = Unpaid | (Converting & { transfer: null });

type PayInMode = {
  /** Whether dollars can be paid in yet. Nothing is asked of anybody before. Without it there is nothing to wait for. */
  isReady?(world: OnRampWorld, network: Network): Promise<boolean>;
  /** Whether the on-ramp is asked for a transfer. If not, the dollars that arrive make one by themselves. */
  isAskedFor: boolean;
  /** Whether a transfer that was paid has paid what it should. */
  isPayoutRight(converting: Converting, payout: Minor): boolean;
  /** Pays in for those that wait for dollars. Answers those whose transfer has become known. */
  payFor(world: OnRampWorld, unfunded: readonly Unfunded[]): Promise<Known[]>;
  /** What the wire of a conversion pays for now, as its record says in `transferId`; `null`: it has none. */
  wiredFor(effect: ConversionRecord): string | null;
};

/** The on-ramp draws the dollars from our float. */
const ach: PayInMode = {
  isAskedFor: true,
  isPayoutRight: ({ effect }, payout) => payout === effect.payout,
  payFor: async () => [],
  wiredFor: ({ transferId }) => transferId,
};

/** The brokerage wires the dollars for a transfer that waits for them. */
const wire: PayInMode = {
  ...ach,
  payFor: async (world, unfunded) => {
    const unpaid = unfunded.filter((one) => one.transfer !== null);
    await payByWire(world, unpaid);
    return [];
  },
};

/**
 * The brokerage wires the dollars into our virtual account at the on-ramp, where each deposit becomes USDC by itself, in a
 * transfer of its own that nobody asked for. It is known by its account, amount and time alone, and deposits of one amount
 * are alike. So one is claimed only once our own wire is known to have gone: there are never more claims than wires, and
 * which withdrawal has whose deposit does not matter (docs/decisions/0022).
 */
const virtualAccount: PayInMode = {
  isReady: async (world, network) => (await accountOf(world, network)) !== null,
  isAskedFor: false,
  // No quote binds what a deposit buys.
  isPayoutRight: ({ withdrawal }, payout) => isPlausible(withdrawal, payout),
  payFor: convertByDeposit,
  wiredFor: (effect) => (effect.refusedCode === null ? depositMemo(effect) : null),
};

export const payInModes: Readonly<Record<PayIn, PayInMode>> = {
  ach,
  wire,
  'virtual-account': virtualAccount,
};

/** We choose the memo of a deposit, and another one for each attempt. */
export const depositMemo = (effect: Pick<ConversionRecord, 'withdrawalId' | 'quoteNumber'>) =>
  `${effect.withdrawalId}-${effect.quoteNumber}`;

/**
 * Our account of this network, once dollars can be wired into it; `null` until then. An account that asks for a memo of its
 * own cannot be used, for a wire is found again by a memo that no other wire has.
 */
async function accountOf({ accounts }: OnRampWorld, network: Network) {
  const answer = await accounts.ensure(network);
  if (!answer.ok) return null;
  const { id, active, payIn } = answer.value;
  return active && payIn !== null && payIn.memo === null ? { id, payIn } : null;
}

/**
 * The conversion as a wire of now is to find it: what is wired now becomes USDC of the treasury of now, whichever it was when it was
 * quoted, and nothing was asked of the on-ramp for it. `null`: nobody says now who the on-ramp pays to.
 */
async function forTreasuryOfToday(
  { arrivals, onRamp }: OnRampWorld,
  { withdrawal: { network }, effect }: Unfunded,
): Promise<ConversionRecord | null> {
  const payee = treasuryNow(arrivals, network);
  if (payee === null) return null;
  if (effect.payee === undefined || effect.payee === payee) return effect;
  const recipient = await onRamp.recipient(network);
  if (!recipient.ok) return null;
  return { ...effect, version: effect.version + 1, recipientId: recipient.value, payee };
}

/** Wires what is not wired yet, and looks for the transfers that our deposits have made. */
async function convertByDeposit(
  world: OnRampWorld,
  unfunded: readonly Unfunded[],
): Promise<Known[]> {
  const awaited = unfunded.filter(({ transfer }) => transfer === null);
  const wanting = awaited.map(async (one) => {
    const effect = await forTreasuryOfToday(world, one);
    const account = effect && (await accountOf(world, one.withdrawal.network));
    const { source, payout, recipientId } = effect ?? one.effect;
    const id = depositMemo(one.effect);
    const payIn = account && effect && { ...account.payIn, memo: id };
    const accountId = account?.id ?? null;
    const transfer = { id, accountId, source, payout, recipientId, payIn };
    return {
      ...one,
      transfer,
      ...(effect === null || effect === one.effect ? {} : { turned: effect }),
    };
  });
  const wired = await payByWire(world, await all(wanting));
  const gone = wired.filter(
    ({ item, end }) =>
      end.is === 'taken' &&
      end.value.state === 'sent' &&
      unlikeAsked(item.effect, end.value) === null,
  );
  return claimDeposits(
    world,
    gone.map(({ item }) => item),
  );
}

/** Answers those that have claimed a deposit. Where another was faster, the next visit looks again. */
async function claimDeposits(world: OnRampWorld, wired: readonly Wiring[]) {
  if (wired.length === 0) return [];
  const { store, clock } = world;
  const now = clock.now();
  const { since, transfers } = await listBack(world, wired, now);
  // Who takes a deposit has seen all that it may take. Whoever may take the fewest is first: what is left for it alone nobody
  // else takes, and a deposit that never comes keeps none but its own wire waiting.
  const gone = wired
    .filter((item) => oldestFor(item, now) >= since)
    .sort((a, b) => oldestFor(b, now) - oldestFor(a, now));
  const deposits = transfers.filter(({ accountId }) => accountId !== null);
  const claimed = await store.claims(deposits.map(({ id }) => id));
  const free = new Set(deposits.filter(({ id }) => !claimed.has(id)));
  const groups = gone.flatMap((item): (Known & { changes: Change[] })[] => {
    const transfer = choose([...free], item, now);
    if (transfer === null) return [];
    free.delete(transfer);
    // Nothing was sent to the on-ramp: the record is as old as what it names.
    const { withdrawal, conversion } = item;
    const { id: transferId } = transfer;
    const effect = { ...conversion, version: conversion.version + 1, lastSentAt: now, transferId };
    return [{ withdrawal, effect, changes: claimOf({ withdrawal, effect }) }];
  });
  return commitGroups(store, groups);
}

/** The time of one list: of those that are late by little it is all that they may take. */
const listedAtOnceMs = wireArrivalMs + 2 * conversionLateMs;

/** The looks at one that is a day late are half an hour apart (core/on-ramp/late.ts), and each reads some 10,000 transfers. */
const depositsReadMs = 8 * onRampProofMs;

/**
 * Lists what deposits may have made for these, from now backwards, for as long as there are answers: whoever has waited for days
 * asks for a long list, and one that is too long for an answer must not hold back who was wired just now.
 */
async function listBack({ onRamp, budget }: OnRampWorld, gone: readonly Wiring[], now: Instant) {
  const transfers = new Map<string, Transfer>();
  const items = gone.map(({ withdrawal, conversion }) => ({ withdrawal, effect: conversion }));
  // Nothing is concluded from a deposit that does not show, so what some looks before have read does, however seldom they come.
  const how = () => ({ ...listedFor(budget, items, now), noOlderThanMs: depositsReadMs });
  const starts = gone.map((item) => oldestFor(item, now)).sort((a, b) => b - a);
  let since = now;
  while (starts.length > 0) {
    // Those that were wired at about the same time are looked for together.
    const near = starts.filter((one) => one > (starts[0] ?? now) - conversionLateMs);
    starts.splice(0, near.length);
    const end = near.at(-1) ?? since;
    while (since > end) {
      const from = Math.max(end, since - listedAtOnceMs) as Instant;
      const listed = await onRamp.transfersBetween(from, since, how());
      if (!listed.ok) return { since, transfers: [...transfers.values()] };
      for (const one of listed.value) transfers.set(one.id, one);
      since = from;
    }
  }
  return { since, transfers: [...transfers.values()] };
}

/** When the deposit of this wire can have come at the earliest. */
const ownSince = ({ effect }: Wiring): Instant => later(effect.firstSentAt, -providerClockSkewMs);

/**
 * When the oldest deposit was made that it may claim. Whoever saw one list that was behind may have claimed the deposit of
 * another wire than the next in time, and what is left is then older than the wire that is left: there are as many deposits as
 * wires, so whoever has waited long takes one of those that were on their way when its own wire was sent.
 */
const oldestFor = (item: Wiring, now: Instant): Instant =>
  now - item.effect.firstSentAt < conversionLateMs
    ? ownSince(item)
    : later(ownSince(item), -wireArrivalMs);

const mayBeOf = ({ withdrawal, conversion, effect }: Wiring, transfer: Transfer): boolean =>
  transfer.accountId === effect.accountId && isAlike({ withdrawal, effect: conversion }, transfer);

const comesToNothing: readonly TransferState[] = ['returning', 'returned', 'failed'];

/**
 * Prefers a transfer that may be of its own wire, of these one that pays, and of these the oldest: were it to take a later one,
 * those that are left might all be older than the wires that are left.
 */
function choose(free: readonly Transfer[], item: Wiring, now: Instant): Transfer | null {
  const rank = ({ createdAt, state }: Transfer): number =>
    Number(createdAt < ownSince(item)) * 2 + Number(comesToNothing.includes(state));
  const [best] = free
    .filter((one) => mayBeOf(item, one) && one.createdAt >= oldestFor(item, now))
    .sort((a, b) => rank(a) - rank(b) || a.createdAt - b.createdAt);
  return best ?? null;
}
