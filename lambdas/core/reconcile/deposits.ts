/** The on-ramp against the chain: what the on-ramp says that it paid our treasury is there, in full, and counted once. */
import { providerClockSkewMs } from '../kernel/limits.ts';
import { comparable } from '../kernel/networks.ts';
import type { Transfer } from '../on-ramp/provider.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { afterPaid, type Booked, type ChainBook, isConverted } from './books.ts';
import { type Difference, inMoney, type Period } from './difference.ts';

/** The on-ramp pays USDC, and nothing else. */
const paidOut = (amount: bigint): string => inMoney(amount, 'USDC');

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
    chains
      .filter(isConverted)
      .map(({ network, incoming }) => [
        network,
        Map.groupBy(incoming, ({ txId }) => comparable(txId)),
      ]),
  );
  const paid = new Map<string, { ids: string[]; logs: number }>();
  const named = new Set(
    transfers.flatMap(({ confirmation }) => comparable(confirmation?.txHash ?? '') || []),
  );
  const differences = booked.flatMap(({ withdrawal, effect }): Difference[] => {
    const transfer = byId.get(effect?.transferId ?? '');
    const logs = received.get(withdrawal.network);
    if (transfer === undefined || logs === undefined || !('payout' in withdrawal)) return [];
    const { id, confirmation, createdAt } = transfer;
    if (createdAt < period.from + providerClockSkewMs) return [];
    // A withdrawal that has gone on for longer than money may be under way was paid before, and that is final by now.
    if (!afterPaid.includes(withdrawal.stage) || !isStill(withdrawal)) return [];
    const about = { what: id, providerId: id, withdrawalId: withdrawal.id };
    if (confirmation === null) {
      // It was named when the withdrawal went on: what no transfer names now may be that payment.
      const nobodys = [...logs].flatMap(([txId, those]) => (named.has(txId) ? [] : those));
      if (nobodys.some(({ value }) => value === withdrawal.payout)) return [];
      const expected = `${paidOut(withdrawal.payout)} in a transaction`;
      return [{ kind: 'deposit-differs', ...about, expected, found: 'none is named' }];
    }
    const values = (logs.get(comparable(confirmation.txHash)) ?? []).map(({ value }) => value);
    const same = values.filter((value) => value === withdrawal.payout).length;
    if (same > 0) {
      const payment = `${withdrawal.network} ${comparable(confirmation.txHash)} of ${paidOut(withdrawal.payout)}`;
      const { ids } = paid.get(payment) ?? { ids: [] };
      paid.set(payment, { ids: [...ids, id], logs: same });
      return [];
    }
    const expected = `${paidOut(withdrawal.payout)} in ${confirmation.txHash}`;
    const found = values.map(paidOut).join(' and ') || 'nothing';
    return [{ kind: 'deposit-differs', ...about, expected, found }];
  });
  const shared = sharedDeposits(transfers);
  return [...differences, ...shared, ...tooFewLogs(paid, shared)];
}

/** More conversions name payments of one amount in a transaction than it has, whatever they say of their indexes. */
const tooFewLogs = (
  paid: ReadonlyMap<string, { ids: readonly string[]; logs: number }>,
  shared: readonly Difference[],
): Difference[] =>
  [...paid].flatMap(([what, { ids, logs }]): Difference[] => {
    const found = ids.join(', ');
    if (ids.length <= logs || shared.some((one) => ids.every((id) => one.found.includes(id))))
      return [];
    return [{ kind: 'deposit-claimed-twice', what, expected: `${logs} transfers`, found }];
  });

function sharedDeposits(transfers: readonly Transfer[]): Difference[] {
  const byLog = new Map<string, string[]>();
  for (const { id, rail, confirmation } of transfers) {
    if (confirmation === null || confirmation.logIndex === null) continue;
    const log = `${rail ?? ''} ${comparable(confirmation.txHash)}#${confirmation.logIndex}`;
    byLog.set(log, [...(byLog.get(log) ?? []), id]);
  }
  return [...byLog].flatMap(([what, ids]): Difference[] =>
    ids.length < 2
      ? []
      : [{ kind: 'deposit-claimed-twice', what, expected: 'one transfer', found: ids.join(', ') }],
  );
}
