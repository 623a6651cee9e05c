import type { WalletId } from '../kernel/ids.ts';
import type { Currency, Minor } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import type { Request } from './withdrawal.ts';

/** A currency without a limit is not limited. */
export type Limits = Record<
  'perWithdrawalMin' | 'perWithdrawalMax' | 'perWalletAndDay' | 'perTenantAndDay',
  Partial<Record<Currency, Minor>>
>;
export const noLimits: Limits = {
  perWithdrawalMin: {},
  perWithdrawalMax: {},
  perWalletAndDay: {},
  perTenantAndDay: {},
};

/** What was withdrawn in one currency on one day. `day` is `YYYY-MM-DD`. */
export type Counter = { of: WalletId | `tenant:${string}`; currency: Currency; day: string };

type Counted = Pick<Request, 'tenant' | 'walletId' | 'currency' | 'amount' | 'countedOn'>;

export const dayOf = (now: Instant): string => new Date(now).toISOString().slice(0, 10);
export const dayMs = 24 * 3_600_000;

/** The day on which a withdrawal of this currency is counted; `null` where no daily limit is set. */
export const countingDay = (limits: Limits, currency: Currency, now: Instant): string | null =>
  limits.perWalletAndDay[currency] === undefined && limits.perTenantAndDay[currency] === undefined
    ? null
    : dayOf(now);

const countersOf = ({ tenant, walletId, currency, countedOn }: Counted): Counter[] =>
  countedOn === null
    ? []
    : [
        { of: walletId, currency, day: countedOn },
        { of: `tenant:${tenant}`, currency, day: countedOn },
      ];

/** Refused when the counter would pass `max` (`null`: never). `by` may be negative. */
export type CounterChange = { change: 'counter'; counter: Counter; by: bigint; max: Minor | null };

/** Raises its counters, on condition that both stay within their limits. */
export const counting = (limits: Limits, withdrawal: Counted): CounterChange[] =>
  countersOf(withdrawal).map((counter) => ({
    change: 'counter',
    counter,
    by: withdrawal.amount,
    max: limitOf(limits, counter) ?? null,
  }));

/** Takes off what these were counted for: one change for each counter, however many there are. */
export function uncounting(withdrawals: readonly Counted[]): CounterChange[] {
  const totals = new Map<string, CounterChange>();
  for (const withdrawal of withdrawals)
    for (const counter of countersOf(withdrawal)) {
      const key = JSON.stringify(counter);
      const by = (totals.get(key)?.by ?? 0n) - withdrawal.amount;
      totals.set(key, { change: 'counter', counter, by, max: null });
    }
  return [...totals.values()];
}

export const limitOf = (limits: Limits, { of, currency }: Counter): Minor | undefined =>
  of.startsWith('tenant:') ? limits.perTenantAndDay[currency] : limits.perWalletAndDay[currency];
