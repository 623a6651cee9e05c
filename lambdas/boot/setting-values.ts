/** Values of settings as text, read the same way when a stack is synthesized (lib/settings.ts) and when it runs (boot/environment.ts). */
import { type AccountId, isAccountId } from '../core/brokerage/brokerage.ts';
import { type Currency, currencies, type Minor, parseAmount } from '../core/kernel/money.ts';
import { type PayIn, payIns } from '../core/store/conversion-record.ts';

const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `never`, or a number of seconds, minutes, hours or days: `90s`, `30m`, `24h`, `7d`. Throws on anything else. */
export function lifetimeMs(text: string): number | null {
  if (text === 'never') return null;
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const unitMs = unitsMs[unit ?? ''];
  if (unitMs === undefined) throw new Error(`"never" or a duration such as "24h", not "${text}"`);
  return Number(count) * unitMs;
}

/** Throws on anything else. */
export function payInFrom(text: string): PayIn {
  const known = payIns.find((one) => one === text);
  if (known === undefined) throw new Error(`one of ${payIns.join(', ')}, not "${text}"`);
  return known;
}

/** `USD:100.00,USDC:50.5`: an amount for each currency that it is said for. Throws on anything else. */
export function amountsByCurrency(text: string): Partial<Record<Currency, Minor>> {
  const pairs = text.split(',').map((pair): [Currency, Minor] => {
    const [, word, digits = ''] = /^\s*([A-Z]+):(\S+)\s*$/.exec(pair) ?? [];
    const currency = currencies.find((one) => one === word);
    const amount = currency === undefined ? null : parseAmount(digits, currency);
    if (currency === undefined || amount === null)
      throw new Error(
        `amounts of ${currencies.join(', ')} such as "USD:100.00,USDC:50.00", not "${pair}"`,
      );
    return [currency, amount];
  });
  return Object.fromEntries(pairs);
}

/** `alice:<uuid>,bob:<uuid>`: the tenant that owns each account. Throws on anything else. */
export function accountOwners(text: string): ReadonlyMap<AccountId, string> {
  const owners = new Map<AccountId, string>();
  for (const pair of text.split(',')) {
    const [, tenant = '', id = ''] = /^([\w-]{1,64}):(\S+)$/.exec(pair.trim()) ?? [];
    const account = id.toLowerCase();
    if (!isAccountId(account))
      throw new Error(`a list such as "alice:<uuid>,bob:<uuid>", which "${pair}" is not of`);
    if (owners.has(account)) throw new Error(`a list in which ${account} stands twice`);
    owners.set(account, tenant);
  }
  return owners;
}
