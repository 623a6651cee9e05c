/**
 * How many lines of batches a caller may send. A usage plan counts a batch as one request, so its lines are counted here, by the
 * same rate and burst. A batch may be larger than the burst: it is let in as long as anything is left, and what it took too much
 * has to come back before the next one is.
 */
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { type Problem, refuse } from './problem.ts';

export type LineRate = { perSecond: number; burst: number };

/** The port of the bucket of each caller: the time at which it is full again. */
export type LineBuckets = {
  fullAt(caller: string): Promise<Instant | null>;
  /** Writes `to`; `false`, and nothing written, when it is not as `from` any more. */
  take(caller: string, from: Instant | null, to: Instant): Promise<boolean>;
};

/** So many at once meet at one caller's bucket only when it sends batches as fast as it can. */
const triesMax = 5;

/** Takes the lines from the caller's bucket, or answers RATE_LIMITED and takes nothing. */
export async function takeLines(
  { buckets, rate, clock }: { buckets: LineBuckets; rate: LineRate; clock: Clock },
  caller: string,
  lines: number,
): Promise<Problem | null> {
  const msPerLine = 1_000 / rate.perSecond;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const now = clock.now();
    const known = await buckets.fullAt(caller);
    const fullAt = Math.max(known ?? now, now);
    const letInAt = fullAt - rate.burst * msPerLine;
    if (letInAt >= now) return limited(rate, (letInAt - now) / 1_000);
    const to = Math.ceil(fullAt + lines * msPerLine) as Instant;
    if (await buckets.take(caller, known, to)) return null;
  }
  return limited(rate, 1);
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
