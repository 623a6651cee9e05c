/** Our withdrawals against the on-ramp: each transfer belongs to one withdrawal and has the amounts that we recorded. */
import type { WithdrawalId } from '../kernel/ids.ts';
import { providerClockSkewMs } from '../kernel/limits.ts';
import { comparable, type Network } from '../kernel/networks.ts';
import { payInModes } from '../on-ramp/pay-in.ts';
import type { Transfer } from '../on-ramp/provider.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { afterPaid, type Booked, type Lost } from './books.ts';
import { type Difference, inMoney, type Period, unlike } from './difference.ts';

/** The on-ramp takes dollars, of which it keeps its fee, and pays USDC. */
const dollars = (amount: bigint | undefined): string =>
  amount === undefined ? 'none' : inMoney(amount, 'USD');
const paidOut = (amount: bigint | undefined): string =>
  amount === undefined ? 'none' : inMoney(amount, 'USDC');

type Claimed = { withdrawal: Withdrawal; effect: ConversionRecord };

/** `isStill`, `isOld`: whether a withdrawal was last changed, or an instant lies, longer ago than money may be under way. */
export function conversionDifferences(
  booked: readonly Booked[],
  transfers: readonly Transfer[],
  claims: ReadonlyMap<string, WithdrawalId>,
  treasuries: ReadonlyMap<Network, readonly string[]>,
  lost: Lost,
  period: Period,
  isStill: (withdrawal: Withdrawal) => boolean,
  isOld: (at: number) => boolean,
): Difference[] {
  const named = new Map<string, Claimed[]>();
  for (const { withdrawal, effect } of booked) {
    if (effect === null || effect.transferId === null) continue;
    const others = named.get(effect.transferId) ?? [];
    named.set(effect.transferId, [...others, { withdrawal, effect }]);
  }
  const byId = new Map(booked.map(({ withdrawal }) => [withdrawal.id, withdrawal]));
  const differences: Difference[] = [];
  for (const transfer of transfers) {
    if (lost.transfers.has(transfer.id)) continue;
    const [first, ...others] = named.get(transfer.id) ?? [];
    const claimant = claims.get(transfer.id);
    if (first === undefined && claimant !== undefined)
      differences.push(...unnamed(transfer, claimant, byId.get(claimant), isStill, isOld));
    else if (first === undefined) differences.push(...unclaimed(transfer, period, isOld));
    else if (others.length > 0 || (claimant ?? first.withdrawal.id) !== first.withdrawal.id)
      differences.push(claimedTwice(transfer, [first, ...others], claimant));
    else {
      const difference =
        differs(transfer, first, treasuries) ??
        (isStill(first.withdrawal) ? stray(transfer, first) : null);
      if (difference !== null) differences.push(difference);
    }
  }
  const known = new Set(transfers.map(({ id }) => id));
  for (const [id, [claimed]] of named) {
    if (claimed === undefined || known.has(id)) continue;
    const { effect, withdrawal } = claimed;
    // Only a transfer that was surely created in the period can be missing from its list.
    const within =
      effect.firstSentAt >= period.from + providerClockSkewMs && effect.lastSentAt <= period.to;
    if (within && isOld(effect.lastSentAt))
      differences.push({
        kind: 'transfer-missing',
        what: id,
        providerId: id,
        withdrawalId: withdrawal.id,
        expected: `a transfer of ${dollars(effect.source)}`,
        found: 'none',
      });
  }
  return differences;
}

/** Dollars went to the on-ramp for no withdrawal. A transfer that was never paid for moved nothing. */
function unclaimed(
  { id, state, source, createdAt }: Transfer,
  period: Period,
  isOld: (at: number) => boolean,
): Difference[] {
  if (state === 'awaiting-funds' || !isOld(createdAt)) return [];
  if (createdAt < period.from + providerClockSkewMs) return []; // Its withdrawal may have ended before.
  const found = `${dollars(source)} ${state}`;
  return [{ kind: 'transfer-unclaimed', what: id, providerId: id, expected: 'none', found }];
}

/**
 * A withdrawal has claimed the transfer, and names another one or none. That is right when the dollars came back and were
 * sent again; a withdrawal that went on without a transfer is reported as such.
 */
function unnamed(
  { id, state, source, createdAt }: Transfer,
  withdrawalId: WithdrawalId,
  withdrawal: Withdrawal | undefined,
  isStill: (withdrawal: Withdrawal) => boolean,
  isOld: (at: number) => boolean,
): Difference[] {
  if (!isOld(createdAt)) return []; // It may have been claimed after the withdrawal was read.
  // Nor does one that was given up before our wire reached it: it never moved anything.
  if (state === 'returned' || state === 'returning' || state === 'awaiting-funds') return [];
  if (withdrawal !== undefined && (!isStill(withdrawal) || afterPaid.includes(withdrawal.stage)))
    return [];
  const about = { what: id, providerId: id, withdrawalId };
  const expected = 'a withdrawal that names it';
  return [{ kind: 'transfer-unclaimed', ...about, expected, found: `${dollars(source)} ${state}` }];
}

function claimedTwice(
  { id }: Transfer,
  claimed: readonly Claimed[],
  claimant: WithdrawalId | undefined,
): Difference {
  const owners = new Set([...claimed.map(({ withdrawal }) => withdrawal.id), claimant ?? '']);
  const found = [...owners].filter((owner) => owner !== '').join(', ');
  const about = { what: id, providerId: id };
  return { kind: 'transfer-claimed-twice', ...about, expected: 'one withdrawal', found };
}

/** Compares the transfer with what we asked for and what we recorded of it. Facts that it does not tell do not differ. */
function differs(
  transfer: Transfer,
  { withdrawal, effect }: Claimed,
  treasuries: ReadonlyMap<Network, readonly string[]>,
): Difference | null {
  const { recipientId, rail, address } = transfer;
  const paidTo = address === null ? null : comparable(address);
  const ours = treasuries.get(withdrawal.network);
  // What was asked for before the treasury changed was paid to the one before.
  const due = ours?.find((one) => one === paidTo) ?? ours?.[0] ?? null;
  const converted = afterPaid.includes(withdrawal.stage) && 'payout' in withdrawal;
  // What a deposit will buy is not known before it is paid.
  const asked = payInModes[effect.payIn].isAskedFor ? effect : transfer;
  const wrong = unlike(
    {
      amount: dollars(effect.source),
      payout: paidOut(converted ? withdrawal.payout : asked.payout),
      fee: dollars(converted ? withdrawal.fee : asked.fee),
      recipient: recipientId === null ? null : effect.recipientId,
      rail: rail === null ? null : withdrawal.network,
      address: paidTo === null ? null : due,
    },
    {
      amount: dollars(transfer.source),
      payout: paidOut(transfer.payout),
      fee: dollars(transfer.fee),
      recipient: recipientId,
      rail,
      address: ours === undefined ? null : paidTo,
    },
  );
  if (wrong === null) return null;
  const about = { what: transfer.id, providerId: transfer.id, withdrawalId: withdrawal.id };
  return { kind: 'transfer-differs', ...about, ...wrong };
}

/**
 * A withdrawal went on from a transfer that is not paid, or waits for one that is. One whose money was given back may have
 * a paid transfer: its USDC stays in our treasury (`never-sent` in core/withdrawal/proof.ts).
 */
function stray(transfer: Transfer, { withdrawal, effect }: Claimed): Difference | null {
  const { stage, id: withdrawalId } = withdrawal;
  const { id, state } = transfer;
  const paid = state === 'paid';
  // A transfer that waited for a wire may have been paid a moment ago (core/reconcile/wires.ts reports old ones).
  const isUnnoticed = stage === 'converting' && paid && effect.payIn === 'ach';
  const wrong = afterPaid.includes(stage) ? !paid : isUnnoticed;
  if (!wrong) return null;
  const expected = paid ? `${stage} to have become converted` : `paid, for it is ${stage}`;
  return { kind: 'transfer-state', what: id, providerId: id, withdrawalId, expected, found: state };
}
