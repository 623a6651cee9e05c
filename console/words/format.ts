/** How amounts, times and ids are written on the page. Amounts stay decimal strings: no number is ever made of one. */

/** `1234567.5` is `1,234,567.5`. */
export function grouped(amount: string): string {
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)(\.\d+)?$/.exec(amount) ?? [];
  if (whole === '') return amount;
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

const decimalsOf: Record<string, number> = { USD: 2, USDC: 6, ETH: 18, SOL: 9, BTC: 8 };
/** The amount in the smallest unit of its currency; `null` when it is none. */
export function minor(amount: string, currency: string): bigint | null {
  const decimals = decimalsOf[currency];
  const [, whole, rest = ''] = /^(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  if (decimals === undefined || whole === undefined || rest.length > decimals) return null;
  return BigInt(whole + rest.padEnd(decimals, '0'));
}

/** The decimal string of an amount in the smallest unit: at least two decimals, and no zeros after those. */
export function major(amount: bigint, currency: string): string {
  const places = decimalsOf[currency] ?? 0;
  const digits = amount.toString().padStart(places + 1, '0');
  const rest = digits
    .slice(digits.length - places)
    .replace(/0+$/, '')
    .padEnd(2, '0');
  return `${digits.slice(0, digits.length - places)}.${rest}`;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration in its largest unit, or two where the first is small: `45 s`, `3 min`, `1 h 20 min`, `12 days`. */
export function duration(ms: number): string {
  if (ms < second) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * second) return `${(ms / second).toFixed(1)} s`;
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < day) {
    const minutes = Math.floor((ms % hour) / minute);
    return `${Math.floor(ms / hour)} h${minutes === 0 ? '' : ` ${minutes} min`}`;
  }
  const days = Math.floor(ms / day);
  return `${days} day${days === 1 ? '' : 's'}`;
}

/** `just now`, `12 s ago`, `in 3 min`. */
export function relative(at: number, from: number): string {
  const ms = from - at;
  const size = Math.floor(Math.abs(ms) / second) * second;
  if (size < 2 * second) return ms < -second ? 'in a moment' : 'just now';
  const text = size < minute ? `${size / second} s` : duration(size);
  return ms > 0 ? `${text} ago` : `in ${text}`;
}

const clock = new Intl.DateTimeFormat('en-GB', {
  ...{ year: 'numeric', month: 'short', day: '2-digit' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
});
/** The reader's own time, to the second. */
export const absolute = (iso: string): string => clock.format(new Date(iso));
/** A sentence of the API, which writes times for programs, with those of the clock on the reader's wall. */
export const withClock = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (iso) => absolute(iso));

/** `wd_emak…82xx`, `0x5aAe…BeAed`: enough to tell two apart, and the whole is a copy away. */
export function short(id: string, head = 8, tail = 5): string {
  return id.length <= head + tail + 2 ? id : `${id.slice(0, head)}…${id.slice(-tail)}`;
}
