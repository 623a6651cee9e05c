/** Values of settings as text, read the same way when a stack is synthesized (lib/settings.ts) and when it runs (boot.ts). */
import { type Currency, currencies, type Minor, parseAmount } from './money.ts';
import { type PayIn, payIns } from './on-ramp-transfer.ts';

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
