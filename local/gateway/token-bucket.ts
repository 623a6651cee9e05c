/** Throttles by token buckets, as API Gateway does (API Gateway guide, "Throttle requests to your REST APIs"). */

export type Throttle = { ratePerSecond: number; burst: number };
/** The milliseconds of a clock that never goes back. */
export type Monotonic = () => number;
/** Takes a token. Answers false when there is none. */
export type TokenBucket = () => boolean;

/** A bucket of `burst` tokens, full at first, that gets `ratePerSecond` of them back. */
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

/** Takes a token from the bucket of a name. */
export function bucketPerName(now: Monotonic): (name: string, throttle: Throttle) => boolean {
  const buckets = new Map<string, TokenBucket>();
  return (name, throttle) => {
    const take = buckets.get(name) ?? tokenBucket(throttle, now);
    buckets.set(name, take);
    return take();
  };
}
