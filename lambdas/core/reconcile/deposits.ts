/** The on-ramp against the chain: what the on-ramp says that it paid our treasury is there, in full, and counted once. */
import { providerClockSkewMs } from '../kernel/limits.ts';
import type { Transfer } from '../on-ramp/provider.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { afterPaid, type Booked, type ChainBook } from './books.ts';
import type { Difference, Period } from './difference.ts';

/** `isStill`: whether the withdrawal was last changed longer ago than money may be under way. */
export function depositDifferences(
  booked: readonly Booked[],
  transfers: readonly Transfer[],
  chains: readonly ChainBook[],
  period: Period,
  isStill: (withdrawal: Withdrawal) => boolean,
): Difference[] {
  const byId = new Map(transfers.map((transfer) => [transfer.id, transfer]));
  const received = new Map(
    chains.map(({ network, incoming }) => [
      network,
      Map.groupBy(incoming, ({ txId }) => txId.toLowerCase()),
    ]),
  );
  const differences = booked.flatMap(({ withdrawal, effect }): Difference[] => {
    const transfer = byId.get(effect?.transferId ?? '');
    const logs = received.get(withdrawal.network);
    if (transfer === undefined || logs === undefined || !('payout' in withdrawal)) return [];
    const { id, confirmation, createdAt } = transfer;
    if (confirmation === null || createdAt < period.from + providerClockSkewMs) return [];
    // A withdrawal that has gone on for longer than money may be under way was paid before, and that is final by now.
    if (!afterPaid.includes(withdrawal.stage) || !isStill(withdrawal)) return [];
    const values = (logs.get(confirmation.txHash.toLowerCase()) ?? []).map(({ value }) => value);
    if (values.some((value) => value === withdrawal.payout)) return [];
    const about = { what: id, providerId: id, withdrawalId: withdrawal.id };
    const expected = `${withdrawal.payout} in ${confirmation.txHash}`;
    const found = values.join(' and ') || 'nothing';
    return [{ kind: 'deposit-differs', ...about, expected, found }];
  });
  return [...differences, ...sharedDeposits(transfers)];
}

function sharedDeposits(transfers: readonly Transfer[]): Difference[] {
  const byLog = new Map<string, string[]>();
  for (const { id, rail, confirmation } of transfers) {
    if (confirmation === null || confirmation.logIndex === null) continue;
    const log = `${rail ?? ''} ${confirmation.txHash}#${confirmation.logIndex}`;
    byLog.set(log, [...(byLog.get(log) ?? []), id]);
  }
  return [...byLog].flatMap(([what, ids]): Difference[] =>
    ids.length < 2
      ? []
      : [{ kind: 'deposit-claimed-twice', what, expected: 'one transfer', found: ids.join(', ') }],
  );
}
