/** Reads a table's stream in order, from any position on. */
import { setTimeout as delay } from 'node:timers/promises';
import { region } from '../template/aws-names.ts';
import { streamArnOf } from '../template/identities.ts';
import type { DynamoCall } from './dynamo-client.ts';
import type { TableStream } from './dynamo-tables.ts';

/** A record as a function gets it (AWS Lambda guide, "DynamoDB event"), with its position in the stream. */
export type StreamRecord = {
  eventName: string;
  dynamodb: { SequenceNumber: string; ApproximateCreationDateTime: number };
};
export type StreamReader = {
  /** The records after this sequence number, oldest first; waits for some. Empty only when `signal` is aborted. */
  after(position: string, signal: AbortSignal): Promise<StreamRecord[]>;
};
type GetRecords = { Records: StreamRecord[]; NextShardIterator?: string };

const recordsAtOnce = 1_000;
const lookEveryMs = 5;
/** Should the version ever fail to tell of a write. */
const readAnywayMs = 1_000;

export async function openStream(
  call: DynamoCall,
  version: () => number,
  { table, engineStreamArn }: TableStream,
): Promise<StreamReader> {
  const { StreamDescription } = await call<{
    StreamDescription: { Shards: { ShardId: string }[] };
  }>('DescribeStream', { StreamArn: engineStreamArn });
  const [shard, another] = StreamDescription.Shards;
  if (shard === undefined || another !== undefined)
    throw new Error(`The stream of ${table} has ${StreamDescription.Shards.length} shards, not 1.`);
  /** Where the last read ended, so that the next one need not ask for an iterator. */
  let cached: { position: string; iterator: string } | null = null;

  const iteratorAfter = async (position: string): Promise<string> => {
    if (cached?.position === position) return cached.iterator;
    const { ShardIterator } = await call<{ ShardIterator: string }>('GetShardIterator', {
      StreamArn: engineStreamArn,
      ShardId: shard.ShardId,
      ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
      SequenceNumber: position,
    });
    return ShardIterator;
  };
  const read = async (position: string): Promise<StreamRecord[]> => {
    const { Records, NextShardIterator } = await call<GetRecords>('GetRecords', {
      ShardIterator: await iteratorAfter(position),
      Limit: recordsAtOnce,
    });
    const reached = Records.at(-1)?.dynamodb.SequenceNumber ?? position;
    cached =
      NextShardIterator === undefined ? null : { position: reached, iterator: NextShardIterator };
    return Records.map((record) => ({
      ...record,
      awsRegion: region,
      eventSourceARN: streamArnOf(table),
    }));
  };
  return {
    after: async (position, signal) => {
      while (!signal.aborted) {
        // Looked at before reading: a write during the read changes it and is read next.
        const seen = version();
        const records = await read(position);
        if (records.length > 0) return records;
        const deadline = Date.now() + readAnywayMs;
        do await delay(lookEveryMs);
        while (version() === seen && Date.now() < deadline && !signal.aborted);
      }
      return [];
    },
  };
}
