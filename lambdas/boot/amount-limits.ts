/** How much may be withdrawn: the limits that are set, and whether they let anything through together. */
import { currencies, formatAmount } from '../core/kernel/money.ts';
import type { Limits } from '../core/withdrawal/counters.ts';
import type { Setting } from './setting-checks.ts';
import * as table from './settings-table.ts';

type Told = <T>(setting: Setting<T>) => T | null;

/** What is not set is not limited. */
export const limitsFrom = (told: Told): Limits => ({
  perWithdrawalMin: told(table.withdrawalMin) ?? {},
  perWithdrawalMax: told(table.withdrawalMax) ?? {},
  perWalletAndDay: told(table.walletDailyLimit) ?? {},
  perTenantAndDay: told(table.tenantDailyLimit) ?? {},
});

/** Each of them can be right by itself. With a least above one of the mosts, every withdrawal would be refused. */
export function contradictionsIn(limits: Limits): string[] {
  const mosts = [
    [table.withdrawalMax.name, limits.perWithdrawalMax],
    [table.walletDailyLimit.name, limits.perWalletAndDay],
    [table.tenantDailyLimit.name, limits.perTenantAndDay],
  ] as const;
  return mosts.flatMap(([name, mostOf]) =>
    currencies.flatMap((currency) => {
      const [least, most] = [limits.perWithdrawalMin[currency], mostOf[currency]];
      if (least === undefined || most === undefined || least <= most) return [];
      const [low, high] = [least, most].map((amount) => formatAmount(amount, currency));
      return `${table.withdrawalMin.name} must be at most ${name}, which is ${high} ${currency}, not ${low}: no withdrawal would be accepted.`;
    }),
  );
}
