/** Builds what keeps batches of withdrawals, and counts their lines. */
import { dynamoLineBuckets } from '../adapters/dynamo/line-buckets.ts';
import { dynamoBatches } from '../adapters/dynamo/withdrawal-batches.ts';
import type { Instant } from '../core/kernel/time.ts';
import type { Clock } from '../core/kernel/world.ts';
import type { Batches } from '../core/requests/batch.ts';
import type { LineBuckets, LineRate } from '../core/requests/line-allowance.ts';
import { told } from './environment.ts';
import { rateLimitBurst, rateLimitPerSecond } from './settings-table.ts';
import { database, tables } from './tables.ts';
import { clock } from './world.ts';

export const bootBatches = (): Batches => dynamoBatches(database(), tables());
export const bootLineBuckets = (): LineBuckets => dynamoLineBuckets(database(), tables());

/** The rate and burst of each key, as its usage plan has them. */
export const lineRate = (): LineRate => ({
  perSecond: told(rateLimitPerSecond),
  burst: told(rateLimitBurst),
});

/** A clock that never says the same twice, so that what is accepted one after the other stays in this order. */
export function everLater(): Clock {
  let last = 0;
  return {
    ...clock,
    now: () => {
      last = Math.max(last + 1, clock.now());
      return last as Instant;
    },
  };
}
