/**
 * Converting by deposit: dollars that are wired into our virtual account at the on-ramp become USDC by themselves, each
 * deposit in a transfer of its own that nobody asked for. It is known by its account, amount and time alone, and deposits of
 * one amount are alike. So one is claimed only once our own wire is known to have gone: there are never more claims than
 * wires, and which withdrawal has whose deposit does not matter (docs/decisions/0022).
 */
import { all } from '../kernel/all.ts';
import { bucketOf } from '../kernel/ids.ts';
import { providerClockSkewMs } from '../kernel/limits.ts';
import type { Network } from '../kernel/networks.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import { commitGroups } from '../store/store.ts';
import { claimOf, type Known, type OnRampWorld } from './conversion.ts';
import type { Converting } from './endings.ts';
import type { PayInInstruction, Transfer, TransferState } from './provider.ts';
import { payByWire, type Unpaid, type Wiring } from './wire.ts';

type Account = { id: string; payIn: PayInInstruction };

/**
 * Our account of this network, once dollars can be wired into it; `null` until then. One that asks for a memo of its own is
 * none: a wire is found again by a memo that no other wire has.
 */
export async function accountOf(
  { accounts }: Pick<OnRampWorld, 'accounts'>,
  network: Network,
): Promise<Account | null> {
  const answer = await accounts.ensure(network);
  if (!answer.ok) return null;
  const { id, active, payIn } = answer.value;
  return active && payIn !== null && payIn.memo === null ? { id, payIn } : null;
}

/** The memo of a deposit: ours to choose, and another one for each time that it is tried. */
export const depositMemo = ({
  withdrawalId,
  quoteNumber,
}: Pick<ConversionRecord, 'withdrawalId' | 'quoteNumber'>): string =>
  `${withdrawalId}-${quoteNumber}`;

/** Wires what is not wired yet, and finds the transfers of what has gone: answers those that it has found. */
export async function convertByDeposit(
  world: OnRampWorld,
  converting: readonly Converting[],
): Promise<Known[]> {
  const unpaid = await all(
    converting.map(async (one): Promise<Unpaid> => {
      const { withdrawal, effect } = one;
      const account = await accountOf(world, withdrawal.network);
      const id = depositMemo(effect);
      const payIn = account && { ...account.payIn, memo: id };
      const { source, payout, recipientId } = effect;
      const accountId = account?.id ?? null;
      return { ...one, transfer: { id, accountId, source, payout, recipientId, payIn } };
    }),
  );
  const wired = await payByWire(world, unpaid);
  return claimDeposits(
    world,
    wired.flatMap(({ item, end }) =>
      end.is === 'taken' && end.value.state === 'sent' ? [item] : [],
    ),
  );
}

/** Whoever else is faster with one of them: the next visit looks again. */
async function claimDeposits(
  { onRamp, store, clock }: OnRampWorld,
  gone: readonly Wiring[],
): Promise<Known[]> {
  if (gone.length === 0) return [];
  const first = Math.min(...gone.map(({ effect }) => effect.firstSentAt)) as Instant;
  const now = clock.now();
  const listed = await onRamp.transfersBetween(later(first, -providerClockSkewMs), now);
  if (!listed.ok) return [];
  const deposits = listed.value.filter(({ accountId }) => accountId !== null);
  const claimed = await store.claims(deposits.map(({ id }) => id));
  const free = new Set(deposits.filter(({ id }) => !claimed.has(id)));
  const groups = gone.flatMap((item): (Known & { changes: Change[] })[] => {
    const transfer = choose(
      [...free].filter((one) => mayBeOf(item, one)),
      item,
    );
    if (transfer === null) return [];
    free.delete(transfer);
    // Nothing was sent to the on-ramp: the record is as old as what it names.
    const { withdrawal, conversion } = item;
    const effect = { ...conversion, version: conversion.version + 1, lastSentAt: now };
    const known = { withdrawal, effect, transferId: transfer.id };
    return [{ ...known, changes: claimOf(known) }];
  });
  return commitGroups(store, groups);
}

const mayBeOf = ({ withdrawal, conversion, effect }: Wiring, transfer: Transfer): boolean =>
  transfer.accountId === effect.accountId &&
  transfer.source === effect.amount &&
  transfer.createdAt >= later(effect.firstSentAt, -providerClockSkewMs) &&
  (transfer.rail === null || transfer.rail === withdrawal.network) &&
  (transfer.recipientId === null || transfer.recipientId === conversion.recipientId);

const comesToNothing: readonly TransferState[] = ['returning', 'returned', 'failed'];

/** One that pays, while there is one; and not the one that everybody else would choose. */
function choose(alike: readonly Transfer[], { withdrawal }: Wiring): Transfer | null {
  const good = alike.filter(({ state }) => !comesToNothing.includes(state));
  const best = good.length > 0 ? good : alike;
  return best[bucketOf(withdrawal.id, Math.max(1, best.length))] ?? null;
}
