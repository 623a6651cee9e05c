/** The walls: what was used of each in its busiest second, and what AWS or the stack gives. The one that is used most is met first. */
import { stepConcurrencyMax } from '../../lambdas/core/kernel/limits.ts';
import { dynamodb, kms, lambda, sqs } from './aws.ts';
import type { CapacityWorld, Chain } from './world.ts';

export type Limit = { what: string; used: number; most: number; who: string; refused: number };

/** The nearest first. */
export function limitsOf(stage: CapacityWorld, chain: Chain): Limit[] {
  const { database, functions, keys, groups, polled } = stage;
  const { partition, index, table, read } = database.peaks;
  const one = (
    what: string,
    { name, used }: { name: string; used: number },
    most: number,
    refused = 0,
  ): Limit => ({ what, used, most, who: name, refused });
  const fullest = stage.fullestBlock();
  return [
    one('write units of a partition key', partition.most, dynamodb.partitionWriteUnits),
    one(
      'write units of an index partition',
      index.most,
      dynamodb.partitionWriteUnits,
      database.units.refused,
    ),
    one('read units of a partition key', read.most, dynamodb.partitionReadUnits),
    one('write units of a table (quota)', table.most, dynamodb.tableWriteUnits),
    one('sends to a message group', groups.most, sqs.groupRequests),
    one(
      'functions at a time (quota)',
      { name: 'account', used: functions.used.most },
      lambda.concurrency,
      functions.used.throttled,
    ),
    one('signatures of KMS (quota)', keys.peak.most, kms.signatures, keys.used.refused),
    ...[...polled.steps].map(([step, busy]) =>
      one(`runs of ${step} at a time`, { name: step, used: busy.most }, stepConcurrencyMax[step]),
    ),
    one(
      'gas of a block',
      { name: `block ${fullest.number}`, used: fullest.gas },
      Number(chain.gasLimit),
    ),
  ]
    .filter(({ used }) => used > 0)
    .sort((a, b) => b.used / b.most - a.used / a.most);
}
