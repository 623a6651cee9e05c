/** Sums of decimal amounts of any currency, exactly. */
const places = 18;

/** An amount as a whole number of its 18th decimal. */
export function decimalOf(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}

export function sumOf(amounts: readonly string[]): string {
  const digits = String(amounts.reduce((sum, one) => sum + decimalOf(one), 0n)).padStart(
    places + 1,
    '0',
  );
  const fraction = digits.slice(-places).replace(/0+$/, '').padEnd(2, '0');
  return `${digits.slice(0, -places)}.${fraction}`;
}
