/**
 * Money is a whole number of the smallest unit of its currency: cents for USD, wei for ETH. It is a decimal
 * string outside and a bigint inside, never a floating-point number. Only this file and the adapters write `as Minor`.
 */

/** An amount in the smallest unit of its currency. Never negative, never above `minorMax`. */
export type Minor = bigint & { readonly minor: unique symbol };

/** DynamoDB keeps 38 digits of a number (DynamoDB guide, "Supported data types and naming rules"). */
export const minorMax = (10n ** 38n - 1n) as Minor;

/** Decimals of each currency that a wallet may hold or a payout may be made in. */
export const decimals = { USD: 2, USDC: 6, ETH: 18, SOL: 9, BTC: 8 } as const;
export type Currency = keyof typeof decimals;
export const currencies = Object.keys(decimals) as Currency[];

/** What can be paid out. A wallet in one of these pays itself; dollars are turned into USDC first. */
export const assets = ['USDC', 'ETH', 'SOL', 'BTC'] as const satisfies readonly Currency[];
export type Asset = (typeof assets)[number];
export const isAsset = (text: string): text is Asset => assets.some((asset) => asset === text);

/** The asset that a wallet of this currency pays. */
export const assetOf = (currency: Currency): Asset => (currency === 'USD' ? 'USDC' : currency);

/** The most that a wallet may hold: 18 digits before the point, as many as clients can write. */
export const balanceMax = (currency: Currency): Minor =>
  (10n ** BigInt(18 + decimals[currency]) - 1n) as Minor;

/** How clients write an amount: up to 18 digits on either side of the point, no sign, exponent or leading zeros. */
export const amountPattern = /^(0|[1-9]\d{0,17})(\.\d{1,18})?$/;

/** Reads a decimal string; `null` when it is malformed, zero, or has more decimals than the currency. Never rounds. */
export function parseAmount(text: string, currency: Currency): Minor | null {
  if (!amountPattern.test(text)) return null;
  const [whole = '', fraction = ''] = text.split('.');
  const places = decimals[currency];
  if (fraction.length > places) return null;
  const minor = BigInt(whole + fraction.padEnd(places, '0'));
  return minor > 0n ? (minor as Minor) : null;
}

/** Writes an amount as clients see it (`"100.00"`, `"0.000001"`): at least two decimals, no trailing zeros after those. */
export function formatAmount(amount: bigint, currency: Currency): string {
  const places = decimals[currency];
  const digits = amount.toString().padStart(places + 1, '0');
  const whole = digits.slice(0, -places);
  const fraction = digits.slice(-places).replace(/0+$/, '').padEnd(2, '0');
  return `${whole}.${fraction}`;
}

/** Makes an amount of a bigint, for instance of one read from our table. Throws RangeError unless in [0, `minorMax`]. */
export function minor(value: bigint): Minor {
  if (value < 0n || value > minorMax) throw new RangeError(`amount out of range: ${value}`);
  return value as Minor;
}

/** Throw RangeError, as `minor` does, when the result is out of range. */
export const add = (a: Minor, b: Minor): Minor => minor(a + b);
export const subtract = (a: Minor, b: Minor): Minor => minor(a - b);

/** The sum of amounts, which may be larger than an amount can be. */
export const sumOf = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((sum, one) => sum + one, 0n);

/** The same value in another currency's unit, one to one. Throws RangeError when it would have to round. */
export function convertAtPar(amount: Minor, from: Currency, to: Currency): Minor {
  const shift = decimals[to] - decimals[from];
  if (shift >= 0) return minor(amount * 10n ** BigInt(shift));
  const divisor = 10n ** BigInt(-shift);
  if (amount % divisor !== 0n)
    throw new RangeError(`${amount} ${from} is no whole amount of ${to}`);
  return minor(amount / divisor);
}
