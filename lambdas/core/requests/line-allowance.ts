/**
 * How many lines of batches a caller may send. A usage plan counts a batch as one request, so its lines are counted here, by the
 * same rate and burst. A batch may be larger than the burst: it is let in as long as anything is left, and what it took too much
 * has to come back before the next one is.
 */
import type { Clock } from '../kernel/world.ts';
import { type Problem, refuse } from './problem.ts';

export type LineRate = { perSecond: number; burst: number };

/**
 * The port of the bucket of each caller, which is kept as the time at which it is full again, in microseconds: at a high rate a
 * line takes less than a millisecond to come back.
 */
export type LineBuckets = {
  /**
   * Puts that time off by `costs`, from `now` on if it is past, unless it is at `limit` or later: then nothing is written, and that
   * time is answered; `null`: it is taken.
   */
  take(
    caller: string,
    asked: { now: number; limit: number; costs: number },
  ): Promise<number | null>;
};

/** Takes the lines from the caller's bucket, or answers RATE_LIMITED and takes nothing. */
export async function takeLines(
  { buckets, rate, clock }: { buckets: LineBuckets; rate: LineRate; clock: Clock },
  caller: string,
  lines: number,
): Promise<Problem | null> {
  const perLine = 1_000_000 / rate.perSecond;
  const now = clock.now() * 1_000;
  const limit = Math.ceil(now + rate.burst * perLine);
  const fullAt = await buckets.take(caller, { now, limit, costs: Math.ceil(lines * perLine) });
  return fullAt === null ? null : limited(rate, (fullAt - limit) / 1_000_000);
}

/** In the form of draft-ietf-httpapi-ratelimit-headers, as the usage plan's own answer (lib/gateway-responses.ts). */
function limited({ perSecond }: LineRate, waitSeconds: number): Problem {
  const seconds = Math.max(1, Math.ceil(waitSeconds));
  return {
    ...refuse(
      'RATE_LIMITED',
      `Too many lines of batches. Each API key has ${perSecond} a second. Nothing was done: send the same batch again later.`,
    ),
    headers: {
      'retry-after': String(seconds),
      'ratelimit-policy': `"lines";q=${perSecond};w=1`,
      ratelimit: `"lines";r=0;t=${seconds}`,
    },
  };
}
