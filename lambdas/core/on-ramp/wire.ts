/**
 * Paying the on-ramp: the firm's cash is wired from the brokerage, for a transfer that waits for it to the bank and with
 * the memo that the transfer names, for a deposit (on-ramp/deposit.ts) to the account that makes transfers of deposits.
 * Details that are not there yet are waited for.
 */

import { journaling, readingBrokerage } from '../breakers/names.ts';
import type { Wire } from '../brokerage/brokerage.ts';
import { type Ended, lookUpAndSend, sendSaved } from '../effect/effect.ts';
import { all } from '../kernel/all.ts';

import type { Change } from '../store/change.ts';
import { firstSend } from '../store/send-record.ts';
import { commitGroups } from '../store/store.ts';
import type { WireRecord } from '../store/wire-record.ts';
import { inReview } from '../withdrawal/retry.ts';
import { type Converting, type OnRampWorld, waiting } from './conversion.ts';
import type { PayInInstruction, Transfer } from './provider.ts';
import { type Wiring, wireEffect } from './wire-effect.ts';

/** A conversion that waits for a wire of ours: for its transfer, or for the one that a deposit is to make. */
export type Unpaid = Converting & {
  transfer: Pick<Transfer, 'id' | 'accountId' | 'source' | 'payout' | 'recipientId' | 'payIn'>;
};
type Intent = { changes: Change[]; send: Wiring | null };

/** Answers what is known of their wires now. */
export async function payByWire(
  world: OnRampWorld,
  wanting: readonly Unpaid[],
): Promise<Ended<Wiring, Wire>[]> {
  const unpaid = await wireable(world, wanting);
  if (unpaid.length === 0) return [];
  const { store, brokerage, clock, dice, budget } = world;
  if (brokerage === null) throw new Error('The on-ramp waits for a wire: set ALPACA_BASE_URL.');
  const wanted = unpaid.map(({ withdrawal, transfer }) => ({
    withdrawalId: withdrawal.id,
    transferId: transfer.id,
  }));
  const known = new Map((await store.wires(wanted)).map((wire) => [wire.transferId, wire]));
  const provider = wireEffect(brokerage, clock, dice);
  const asked = unpaid.flatMap(({ withdrawal, effect: conversion, transfer }): Wiring[] => {
    const effect = known.get(transfer.id);
    return effect === undefined ? [] : [{ withdrawal, conversion, effect }];
  });
  const ended = await lookUpAndSend(world, provider, asked);

  const bankOf = recipients(brokerage);
  const fresh = unpaid.filter(({ transfer }) => !known.has(transfer.id));
  const intents = await all(
    fresh.map(async (one): Promise<Intent> => intentFor(world, one, await bankOf(one))),
  );
  // What there would be no time to record is begun by the next visit.
  if (!budget.allows({ calls: 1 })) return ended;
  const saved = await commitGroups(store, intents);
  const sent = await sendSaved(
    world,
    provider,
    saved.flatMap(({ send }) => send ?? []),
  );
  return [...ended, ...sent];
}

/** Those that the brokerage may be asked to wire for now; the others wait for it, visible as RETRYING. */
async function wireable(
  { store, clock, dice, gates }: OnRampWorld,
  unpaid: readonly Unpaid[],
): Promise<readonly Unpaid[]> {
  if (unpaid.length === 0) return [];
  const { allowed, until } = await gates.begin(unpaid.length, journaling, readingBrokerage);
  const later = unpaid.slice(allowed).map(({ withdrawal }) => ({
    changes: [waiting(withdrawal, until, clock.now(), dice)],
  }));
  await commitGroups(store, later);
  return unpaid.slice(0, allowed);
}

/** The brokerage's id of the bank of a transfer, asked for once for each bank; `null` while there is none to wire to. */
function recipients(brokerage: NonNullable<OnRampWorld['brokerage']>) {
  const asked = new Map<string, ReturnType<typeof brokerage.bank>>();
  return async ({ transfer: { payIn } }: Unpaid): Promise<string | null> => {
    if (payIn === null) return null;
    const { accountName: name, accountNumber, routingNumber }: PayInInstruction = payIn;
    const key = JSON.stringify([name, accountNumber, routingNumber]);
    const answer = asked.get(key) ?? brokerage.bank({ name, accountNumber, routingNumber });
    asked.set(key, answer);
    const bank = await answer;
    return bank.ok ? bank.value : null;
  };
}

/** What is to be wired, saved. Without a bank or a memo it waits: dollars without a memo are nobody's. */
function intentFor(
  { clock }: OnRampWorld,
  { withdrawal, effect: conversion, transfer }: Unpaid,
  bankId: string | null,
): Intent {
  const now = clock.now();
  const { payIn, source, payout, recipientId } = transfer;
  // Nothing is paid for that would pay out to somebody else, or that has another price (reliability.md §4.6).
  if (
    source !== conversion.source ||
    payout !== conversion.payout ||
    (recipientId !== null && recipientId !== conversion.recipientId)
  ) {
    const to = inReview(
      withdrawal,
      'The on-ramp changed the transfer that waits for our wire.',
      now,
    );
    return { changes: [{ change: 'withdrawal', from: withdrawal, to }], send: null };
  }
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
    ...firstSend(now),
    wireId: null,
  };
  return {
    changes: [{ change: 'record', to: effect }],
    send: { withdrawal, conversion, effect },
  };
}
