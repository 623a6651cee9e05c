/** Daily limits: what is withdrawn on one day (UTC) is counted by wallet and by tenant. */
import type { WalletId } from '../kernel/ids.ts';
import type { Currency, Minor } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import type { Request } from './withdrawal.ts';

/** The limits of each currency, in its smallest unit. A currency that is not there is not limited. */
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

/** Whether anything is limited by the day, so that withdrawals of a tenant meet at one counter. */
export const isCounting = ({ perWalletAndDay, perTenantAndDay }: Limits): boolean =>
  Object.keys({ ...perWalletAndDay, ...perTenantAndDay }).length > 0;

/** Counts what a wallet or a tenant withdraws in one currency on one day (`YYYY-MM-DD`). */
export type Counter = { of: WalletId | `tenant:${string}`; currency: Currency; day: string };

type Counted = Pick<Request, 'tenant' | 'walletId' | 'currency' | 'amount' | 'countedOn'>;

export const dayOf = (now: Instant): string => new Date(now).toISOString().slice(0, 10);
export const dayMs = 24 * 3_600_000;

/** The day on which a withdrawal of this currency is counted; `null` when the currency has no daily limit. */
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

/** The changes that raise a withdrawal's counters; a counter that would pass its limit is refused. */
export const counting = (limits: Limits, withdrawal: Counted): CounterChange[] =>
  countersOf(withdrawal).map((counter) => ({
    change: 'counter',
    counter,
    by: withdrawal.amount,
    max: limitOf(limits, counter) ?? null,
  }));

/** The changes that take withdrawals off their counters, one for each counter: a transaction names an item only once. */
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

/** The limit that a counter is held against; `undefined`: none. */
export const limitOf = (limits: Limits, { of, currency }: Counter): Minor | undefined =>
  of.startsWith('tenant:') ? limits.perTenantAndDay[currency] : limits.perWalletAndDay[currency];
