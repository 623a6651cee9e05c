/** The walls: what was used of each in its busiest second, and what AWS gives. The one that is used most is met first. */
import { dynamodb, kms, lambda, sqs } from './aws.ts';
import type { CapacityWorld } from './world.ts';

export type Limit = { what: string; used: number; most: number; who: string; refused: number };

/** The nearest first. */
export function limitsOf(stage: CapacityWorld): Limit[] {
  const { database, functions, keys, groups } = stage;
  const { partition, index, table } = database.peaks;
  const one = (
    what: string,
    { name, used }: { name: string; used: number },
    most: number,
    refused = 0,
  ): Limit => ({ what, used, most, who: name, refused });
  return [
    one(
      'write units of a partition key',
      partition.most,
      dynamodb.partitionWriteUnits,
      database.units.refused,
    ),
    one('write units of an index partition', index.most, dynamodb.partitionWriteUnits),
    one('write units of a table (quota)', table.most, dynamodb.tableWriteUnits),
    one('sends to a message group', groups.most, sqs.groupRequests),
    one(
      'functions at a time (quota)',
      { name: 'account', used: functions.used.most },
      lambda.concurrency,
      functions.used.throttled,
    ),
    one('signatures of KMS (quota)', keys.peak.most, kms.signatures, keys.used.refused),
  ].sort((a, b) => b.used / b.most - a.used / a.most);
}
