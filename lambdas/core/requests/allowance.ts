/**
 * How much may be withdrawn: per withdrawal, and per wallet and tenant on one day (UTC). A day's total is a counter. The
 * transaction that creates a withdrawal raises it on condition that it stays within its limit, so many requests at once
 * cannot pass it together; the transaction that ends a withdrawal without a payout lowers it again.
 */
import { type Currency, formatAmount, type Minor, minor } from '../kernel/money.ts';
import { type Counter, dayMs, type Limits, limitOf } from '../withdrawal/counters.ts';
import { type Problem, refuse } from './problem.ts';

const endOf = (day: string): string => new Date(Date.parse(day) + dayMs).toISOString();

/** The refusal of an amount that is outside the limits of one withdrawal; `null`: it is within them. */
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

export const exceeded = (
  detail: string,
  limit: string | null,
  remaining: string | null = null,
  resetsAt: string | null = null,
): Problem => ({
  ...refuse('LIMIT_EXCEEDED', detail, [{ pointer: '#/amount', code: 'LIMIT_EXCEEDED', detail }]),
  more: { limit, remaining, resetsAt },
});

/** The refusal of a withdrawal with which a counter would pass its limit. `used`: the counter's present sum. */
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
