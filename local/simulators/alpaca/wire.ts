/** Writes as Alpaca does (docs.alpaca.markets): error envelope, rate-limit headers, and decimals as the shortest strings. */
import type { SimulatorReply } from '../http.ts';

/** An error in Alpaca's envelope. Its code begins with the status. */
export const refused = (status: number, message: string): SimulatorReply => ({
  status,
  body: { code: status * 100_000 + 10_000, message },
});

export const ok = (body: unknown): SimulatorReply => ({ status: 200, body });

/** The cents of a positive decimal string with at most two decimals, or null. They are safe integers, and so exact. */
export function centsIn(text: unknown): number | null {
  if (typeof text !== 'string' || !/^\d{1,13}(\.\d{1,2})?$/.test(text)) return null;
  const [whole = '', fraction = ''] = text.split('.');
  const cents = Number(whole + fraction.padEnd(2, '0'));
  return cents > 0 ? cents : null;
}

/** A decimal such as `645`, `115.5` or `0.01`. */
export function decimal(cents: number): string {
  const digits = String(cents).padStart(3, '0');
  const fraction = digits.slice(-2).replace(/0+$/, '');
  return digits.slice(0, -2) + (fraction === '' ? '' : `.${fraction}`);
}

export const time = (ms: number): string => new Date(ms).toISOString();
export const date = (ms: number): string => time(ms).slice(0, 10);

const windowMs = 60_000;

/** Counts the requests of the whole integration by the minute, as Alpaca does (docs.alpaca.markets/us/docs/rate-limits). */
export function rateLimit(perMinute: number) {
  let window = { endMs: 0, used: 0 };
  const headers = (untilMs: number): Record<string, string> => ({
    'x-ratelimit-limit': String(perMinute),
    'x-ratelimit-remaining': String(Math.max(0, perMinute - window.used)),
    // The seconds are rounded up, so that a client that waits until then has waited long enough.
    'x-ratelimit-reset': String(Math.ceil(untilMs / 1000)),
  });
  const limited = (untilMs: number): SimulatorReply => ({
    ...refused(429, 'rate limit exceeded'),
    headers: { ...headers(untilMs), 'x-ratelimit-remaining': '0' },
  });
  return {
    limited,
    /** The answer, or a 429 when the minute's requests are used up. Both have the headers. */
    around: (answer: () => SimulatorReply): SimulatorReply => {
      const now = Date.now();
      if (window.endMs <= now) window = { endMs: now + windowMs, used: 0 };
      window.used += 1;
      if (window.used > perMinute) return limited(window.endMs);
      return { ...answer(), headers: headers(window.endMs) };
    },
  };
}
