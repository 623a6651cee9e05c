/** Reads a table's stream in order, from any position. */
import { setTimeout as delay } from 'node:timers/promises';
import { region } from '../template/aws-names.ts';
import { streamArnOf } from '../template/identities.ts';
import type { DynamoCall } from './dynamo-client.ts';
import type { TableStream } from './dynamo-tables.ts';
import type { StreamRecords } from './stream-records.ts';

/** A record as a function gets it (AWS Lambda guide, "DynamoDB event"), with its position in the stream. */
export type StreamRecord = {
  eventName: string;
  dynamodb: { SequenceNumber: string; ApproximateCreationDateTime: number };
};
export type StreamReader = {
  /** Waits for records after this sequence number, the oldest first. Answers none only when `signal` is aborted. */
  after(position: string, signal: AbortSignal): Promise<StreamRecord[]>;
};
type GetRecords = { Records: StreamRecord[]; NextShardIterator?: string };

const recordsAtOnce = 1_000;
const lookEveryMs = 5;
/** After so long without a write the file system tells of the next one, so that a system at rest does nothing. */
const quietMs = 100;
/** The stream is read this often even if the version tells of no write. */
const readAnywayMs = 1_000;

/** Opens a table's stream. Reads ask the engine only when the version has changed. */
export async function openStream(
  call: DynamoCall,
  { version, written }: Pick<StreamRecords, 'version' | 'written'>,
  { table, engineStreamArn }: TableStream,
): Promise<StreamReader> {
  const { StreamDescription } = await call<{
    StreamDescription: { Shards: { ShardId: string }[] };
  }>('DescribeStream', { StreamArn: engineStreamArn });
  const [shard, another] = StreamDescription.Shards;
  if (shard === undefined || another !== undefined)
    throw new Error(`The stream of ${table} has ${StreamDescription.Shards.length} shards, not 1.`);
  /** The place where the last read ended, so that the next one need not ask for an iterator. */
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
        // The version is taken before reading, so that a write during the read is seen by the next one.
        const seen = version();
        const records = await read(position);
        if (records.length > 0) return records;
        const began = Date.now();
        const deadline = began + readAnywayMs;
        let lookedSince = began;
        do {
          if (Date.now() - lookedSince < quietMs) await delay(lookEveryMs);
          else {
            await written(seen, deadline - Date.now(), signal);
            lookedSince = Date.now();
          }
        } while (version() === seen && Date.now() < deadline && !signal.aborted);
      }
      return [];
    },
  };
}
