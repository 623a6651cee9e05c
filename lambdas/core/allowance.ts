/**
 * How much may be withdrawn: per withdrawal, and per wallet and tenant on one day (UTC). A day's total is a counter that
 * is raised in the very transaction that creates the withdrawal, on condition that it stays within its limit: many
 * requests at once cannot pass it together. What ends without a payout is taken off again, in the transaction that ends it.
 */
import type { Instant, WalletId } from './ids.ts';
import { type Currency, formatAmount, type Minor, minor } from './money.ts';
import type { Change } from './ports.ts';
import { type Problem, refuse } from './problem.ts';
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
const dayMs = 24 * 3_600_000;
const endOf = (day: string): string => new Date(Date.parse(day) + dayMs).toISOString();

/** The day on which a withdrawal of this currency is counted; `null` where no daily limit is set. */
export const countingDay = (limits: Limits, currency: Currency, now: Instant): string | null =>
  limits.perWalletAndDay[currency] === undefined && limits.perTenantAndDay[currency] === undefined
    ? null
    : dayOf(now);

/** What a single amount breaks, if anything. */
export function outOfBounds(limits: Limits, amount: Minor, currency: Currency): Problem | null {
  const least = limits.perWithdrawalMin[currency];
  const most = limits.perWithdrawalMax[currency];
  if (least !== undefined && amount < least)
    return exceeded(
      `A withdrawal is at least ${formatAmount(least, currency)} ${currency}.`,
      formatAmount(least, currency),
    );
  if (most !== undefined && amount > most)
    return exceeded(
      `A withdrawal is at most ${formatAmount(most, currency)} ${currency}.`,
      formatAmount(most, currency),
    );
  return null;
}

const exceeded = (
  detail: string,
  limit: string,
  remaining: string | null = null,
  resetsAt: string | null = null,
): Problem => ({
  ...refuse('LIMIT_EXCEEDED', detail, [{ pointer: '#/amount', code: 'LIMIT_EXCEEDED', detail }]),
  more: { limit, remaining, resetsAt },
});

const countersOf = ({ tenant, walletId, currency, countedOn }: Counted): Counter[] =>
  countedOn === null
    ? []
    : [
        { of: walletId, currency, day: countedOn },
        { of: `tenant:${tenant}`, currency, day: countedOn },
      ];

export type CounterChange = Extract<Change, { change: 'counter' }>;

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

const limitOf = (limits: Limits, { of, currency }: Counter): Minor | undefined =>
  of.startsWith('tenant:') ? limits.perTenantAndDay[currency] : limits.perWalletAndDay[currency];

/** The refusal when a counter stood in the way. `used`: what it says now. */
export function dayExceeded(limits: Limits, counter: Counter, used: bigint): Problem {
  const { currency, day } = counter;
  const limit = limitOf(limits, counter) ?? minor(0n);
  const remaining = used < limit ? limit - used : 0n;
  const whose = counter.of.startsWith('tenant:') ? 'All wallets together' : 'This wallet';
  const shown = formatAmount(limit, currency);
  const left = formatAmount(remaining, currency);
  return exceeded(
    `${whose} may withdraw ${shown} ${currency} a day; ${left} is left.`,
    shown,
    left,
    endOf(day),
  );
}
