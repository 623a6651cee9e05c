/**
 * Wiring the firm's cash from the brokerage to the on-ramp, as an effect (effect/effect.ts). A transfer that waits for
 * dollars names the bank and the memo to wire to; a deposit is wired to our virtual account (pay-in.ts). The brokerage has
 * no idempotency key for wires: a wire is found again by its id or its memo (wire-seen.ts), so nothing is wired again before
 * the first wire would long be seen, and never a third time (docs/decisions/0018).
 */
import { journaling, readingBrokerage } from '../breakers/names.ts';
import type { Brokerage, WireSeen } from '../brokerage/brokerage.ts';
import { lookUpAndSend, sendSaved } from '../effect/effect.ts';
import type { EffectKind, End } from '../effect/kind.ts';
import { all } from '../kernel/all.ts';
import { listTimeOf } from '../kernel/budget.ts';
import {
  wireArrivalMs,
  wireLooksApartMs,
  wireProofMs,
  wireReviewMs,
  wireSendsMax,
  wireSettleMs,
} from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import { firstSend, notSent, sentAgain } from '../store/send-record.ts';
import { commitGroups } from '../store/store.ts';
import type { WireRecord } from '../store/wire-record.ts';
import type { OnRampWorld } from './conversion.ts';
import { conclude, endings } from './endings.ts';
import type { Transfer } from './provider.ts';
import type { Converting } from './rows.ts';
import { unlikeAsked, whatBecame } from './wire-seen.ts';

/** A conversion whose transfer waits for a wire of ours. A deposit is wired for the transfer that it is to make. */
export type Unpaid = Converting & {
  transfer: Pick<Transfer, 'id' | 'accountId' | 'source' | 'payout' | 'recipientId' | 'payIn'>;
  /** The conversion as it is to be saved with its wire, where the treasury has changed since it was quoted. */
  turned?: ConversionRecord;
};
export type Wiring = Pick<Converting, 'withdrawal'> & {
  conversion: ConversionRecord;
  effect: WireRecord;
};
type NewWire = { changes: Change[]; send: Wiring | null };

/** Looks up what became of the wires that were sent, and wires what was not. Answers what is known of them all. */
export async function payByWire(world: OnRampWorld, wanting: readonly Unpaid[]) {
  if (wanting.length === 0) return [];
  const { store, brokerage, budget, gates } = world;
  const { allowed, until } = await gates.begin(wanting.length, journaling, readingBrokerage);
  const keptBack = wanting.slice(allowed).map((one) => ({
    changes: conclude(endings.wire, { is: 'kept-back', until }, one, world),
  }));
  await commitGroups(store, keptBack);
  const unpaid = wanting.slice(0, allowed);
  if (unpaid.length === 0) return [];
  if (brokerage === null) throw new Error('The on-ramp waits for a wire: set ALPACA_BASE_URL.');
  const wanted = unpaid.map(({ withdrawal, transfer }) => ({
    withdrawalId: withdrawal.id,
    transferId: transfer.id,
  }));
  const known = new Map((await store.wires(wanted)).map((wire) => [wire.transferId, wire]));
  const kind = wireEffect(world, brokerage);
  const asked = unpaid.flatMap(({ withdrawal, effect: conversion, transfer }): Wiring[] => {
    const effect = known.get(transfer.id);
    return effect === undefined ? [] : [{ withdrawal, conversion, effect }];
  });
  const ended = await lookUpAndSend(world, kind, asked);

  const bankOf = recipients(brokerage);
  const fresh = unpaid.filter(({ transfer }) => !known.has(transfer.id));
  const held = fresh.length === 0 ? null : await world.switches.held('on-ramp');
  if (held !== null) {
    const groups = fresh.map((one) => ({
      changes: conclude(endings.wire, { is: 'held', held }, one, world),
    }));
    await commitGroups(store, groups);
    return ended;
  }
  const wires = await all(fresh.map(async (one) => newWire(world, one, await bankOf(one))));
  // A wire that there would be no time to record is begun by the next visit.
  if (!budget.allows({ calls: 1 })) return ended;
  const saved = await commitGroups(store, wires);
  const toSend = saved.flatMap(({ send }) => send ?? []);
  return [...ended, ...(await sendSaved(world, kind, toSend))];
}

/** The brokerage's id of a transfer's bank, asked for once for each bank; `null` while there is none to wire to. */
function recipients(brokerage: Brokerage) {
  const asked = new Map<string, ReturnType<Brokerage['bank']>>();
  return async ({ transfer: { payIn } }: Unpaid): Promise<string | null> => {
    if (payIn === null) return null;
    const { accountName: name, accountNumber, routingNumber } = payIn;
    const key = JSON.stringify([name, accountNumber, routingNumber]);
    const answer = asked.get(key) ?? brokerage.bank({ name, accountNumber, routingNumber });
    asked.set(key, answer);
    const bank = await answer;
    return bank.ok ? bank.value : null;
  };
}

/** The wire as it is saved before it is asked for. It waits for a bank and a memo: dollars without a memo are nobody's. */
function newWire(world: OnRampWorld, unpaid: Unpaid, bankId: string | null): NewWire {
  const { withdrawal, transfer, turned } = unpaid;
  // Written with the wire, so that nothing is wired for what two people have ended meanwhile (core/operations/review.ts).
  const conversion = turned ?? { ...unpaid.effect, version: unpaid.effect.version + 1 };
  const { payIn, source, payout, recipientId } = transfer;
  // We do not pay for a transfer that would pay out to somebody else, or that has another price.
  if (
    source !== conversion.source ||
    payout !== conversion.payout ||
    (recipientId !== null && recipientId !== conversion.recipientId)
  )
    return { changes: conclude(endings.wire, { is: 'changed' }, unpaid, world), send: null };
  if (bankId === null || !payIn?.memo) return { changes: [], send: null };
  const effect: WireRecord = {
    kind: 'wire',
    withdrawalId: withdrawal.id,
    transferId: transfer.id,
    ...(transfer.accountId === null ? {} : { accountId: transfer.accountId }),
    version: 1,
    bankId,
    amount: source,
    memo: payIn.memo,
    ...firstSend(world.clock.now()),
    wireId: null,
  };
  // Whoever wired to the account of the old treasury meanwhile has the wire's record, and then neither of the two is written.
  const changes: Change[] = [
    { change: 'record', to: effect },
    { change: 'record', to: conversion },
  ];
  return { changes, send: { withdrawal, conversion, effect } };
}

const wireEffect = (world: OnRampWorld, brokerage: Brokerage): EffectKind<Wiring, WireSeen> => ({
  name: 'wire',
  guard: 'on-ramp',
  settleMs: wireSettleMs,
  proofMs: wireProofMs,
  looksApartMs: wireLooksApartMs,
  reviewMs: wireReviewMs,
  isShared: false,
  again: ({ effect }) => {
    const until = later(effect.firstSentAt, wireReviewMs);
    const isSpent = effect.sends >= wireSendsMax;
    return { from: isSpent ? until : later(effect.lastSentAt, wireProofMs), until };
  },
  deadFrom: () => null,
  lookUp: async (items) => {
    const wires = items.map(({ effect }) => effect);
    // None of them can be older, by whatever clock.
    const first = Math.min(...wires.map(({ firstSentAt }) => firstSentAt)) as Instant;
    const since = later(first, -wireArrivalMs);
    const listed = await brokerage.wiresSeen(listTimeOf(world.budget), since);
    return wires.map((effect) =>
      listed.ok ? whatBecame(effect, listed.value, wires) : { found: 'unclear' },
    );
  },
  claim: (item, now) => {
    const effect = sentAgain(item.effect, now);
    return { changes: [{ change: 'record', to: effect }], send: { ...item, effect } };
  },
  call: ({ effect: { bankId, amount, memo } }) => brokerage.wire({ bankId, amount, memo }),
  record: (item, end) => {
    const why = end.is === 'taken' ? unlikeAsked(item.effect, end.value) : null;
    const heard = why === null ? end : ({ is: 'for-a-person', why } as const);
    return [
      ...recorded(item.effect, end),
      ...conclude(endings.wire, heard, { ...item, effect: item.conversion }, world),
    ];
  },
});

/** What is kept on record of the wire; what becomes of the withdrawal stands in endings.ts. */
function recorded(effect: WireRecord, end: End<WireSeen>): Change[] {
  const next = { ...effect, version: effect.version + 1 };
  switch (end.is) {
    case 'taken':
      return end.value.id === effect.wireId
        ? []
        : [{ change: 'record', to: { ...next, wireId: end.value.id, refusedCode: null } }];
    case 'not-made':
      return [{ change: 'record', to: { ...next, refusedCode: end.code } }];
    case 'waiting': {
      const wireId = end.seen?.id ?? effect.wireId;
      return end.learned.refusedCode === effect.refusedCode &&
        end.learned.nothingSince === effect.nothingSince &&
        wireId === effect.wireId
        ? []
        : [{ change: 'record', to: { ...next, ...end.learned, wireId } }];
    }
    case 'not-sent':
      return [{ change: 'record', to: notSent(effect) }];
    case 'held':
    case 'for-a-person':
      return [];
    default:
      return end satisfies never;
  }
}
