/** The walls: what was used of each in its busiest second, and what AWS or the stack gives. The one that is used most is met first. */
import { stepConcurrencyMax } from '../../lambdas/core/kernel/limits.ts';
import { dynamodb, kms, lambda, sqs } from './aws.ts';
import type { blocksOf } from './blocks.ts';
import type { limitedDatabase } from './database.ts';
import type { Functions } from './functions.ts';
import type { keysModel } from './keys.ts';
import type { Polled } from './pollers.ts';
import type { Peak } from './rates.ts';
import type { Chain } from './world.ts';

export type Limit = { what: string; used: number; most: number; who: string; refused: number };

/** Where it is counted. */
export type Walls = {
  database: Pick<ReturnType<typeof limitedDatabase>, 'peaks'>;
  functions: Pick<Functions, 'used' | 'forgetPeak'>;
  keys: Pick<ReturnType<typeof keysModel>, 'peak'>;
  groups: Peak;
  polled: Pick<Polled, 'steps'>;
  blocks: ReturnType<typeof blocksOf>;
};

/** From now on only what follows counts. */
export function forgetPeaks({ database, functions, keys, groups, polled, blocks }: Walls): void {
  for (const peak of [...Object.values(database.peaks), keys.peak, groups]) peak.forget();
  for (const busy of polled.steps.values()) busy.forget();
  functions.forgetPeak();
  blocks.forget();
}

/** The nearest first. */
export function limitsOf(
  { database, functions, keys, groups, polled, blocks }: Walls,
  chain: Pick<Chain, 'gasLimit'>,
): Limit[] {
  const { partition, index, table, read } = database.peaks;
  const one = (
    what: string,
    { most: { name: who, used }, refused }: Pick<Peak, 'most' | 'refused'>,
    most: number,
  ): Limit => ({ what, used, most, who, refused });
  const peakOf = (name: string, used: number, refused = 0): Pick<Peak, 'most' | 'refused'> => ({
    most: { name, used },
    refused,
  });
  return [
    one('write units of a partition key', partition, dynamodb.partitionWriteUnits),
    one('write units of an index partition', index, dynamodb.partitionWriteUnits),
    one('read units of a partition key', read, dynamodb.partitionReadUnits),
    one('write units of a table (quota)', table, dynamodb.tableWriteUnits),
    one('sends to a message group', groups, sqs.groupRequests),
    one(
      'functions at a time (quota)',
      peakOf('account', functions.used.most, functions.used.throttled),
      lambda.concurrency,
    ),
    one('signatures of KMS (quota)', keys.peak, kms.signatures),
    ...[...polled.steps].map(([step, busy]) =>
      one(`runs of ${step} at a time`, peakOf(step, busy.most), stepConcurrencyMax[step]),
    ),
    one('gas of a block', { most: blocks.fullest(), refused: 0 }, Number(chain.gasLimit)),
  ]
    .filter(({ used, refused }) => used > 0 || refused > 0)
    .sort((a, b) => b.used / b.most - a.used / a.most);
}
