/** A token bucket, as API Gateway throttles by (API Gateway guide, "Throttle requests to your REST APIs"). */

export type Throttle = { ratePerSecond: number; burst: number };
/** Milliseconds of a clock that never goes back. */
export type Monotonic = () => number;
/** Takes a token, or answers false when there is none. */
export type TokenBucket = () => boolean;

/** Full at first; it holds `burst` tokens and gets `ratePerSecond` of them back. */
export function tokenBucket({ ratePerSecond, burst }: Throttle, now: Monotonic): TokenBucket {
  let tokens = burst;
  let filledAt = now();
  return () => {
    const at = now();
    tokens = Math.min(burst, tokens + ((at - filledAt) / 1_000) * ratePerSecond);
    filledAt = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** A bucket of its own for each name. */
export function bucketPerName(now: Monotonic): (name: string, throttle: Throttle) => boolean {
  const buckets = new Map<string, TokenBucket>();
  return (name, throttle) => {
    const take = buckets.get(name) ?? tokenBucket(throttle, now);
    buckets.set(name, take);
    return take();
  };
}
