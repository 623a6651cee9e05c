/** Runs the event source mappings of a template: queues and streams that invoke functions. */
import type { DynamoEngine } from '../engines/dynamo-engine.ts';
import type { TableStream } from '../engines/dynamo-tables.ts';
import type { SqsEngine } from '../engines/sqs-engine.ts';
import { openStream } from '../engines/stream-reader.ts';
import type { DataDir } from '../host/data-dir.ts';
import type { Functions } from '../lambda/functions.ts';
import { functionNameIn, nameInArn } from '../template/aws-names.ts';
import { compilePattern } from '../template/event-pattern.ts';
import { functionArnOf, streamArnOf } from '../template/identities.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { type EventSource, startQueueSource } from './queue-source.ts';
import { openCheckpoints } from './stream-checkpoints.ts';
import { type Discarded, startStreamSource } from './stream-source.ts';

export type EventSourceOptions = {
  resolver: Resolver;
  functions: Pick<Functions, 'invoke' | 'pool'>;
  sqs: SqsEngine;
  dynamo: DynamoEngine;
  streams: readonly TableStream[];
  dataDir: DataDir;
};

/** The properties of AWS::Lambda::EventSourceMapping. */
type Mapping = {
  EventSourceArn: string;
  FunctionName: string;
  Enabled?: boolean;
  BatchSize?: number;
  FunctionResponseTypes?: string[];
  ScalingConfig?: { MaximumConcurrency?: number };
  FilterCriteria?: { Filters?: { Pattern: string }[] };
  StartingPosition?: string;
  BisectBatchOnFunctionError?: boolean;
  MaximumRetryAttempts?: number;
  MaximumRecordAgeInSeconds?: number;
  ParallelizationFactor?: number;
  MaximumBatchingWindowInSeconds?: number;
  DestinationConfig?: { OnFailure?: { Destination: string } };
  Tags?: unknown;
};
/** The properties that are supported here. Any other could change what a function sees, so it is refused. */
const known = new Set([
  ...['EventSourceArn', 'FunctionName', 'Enabled', 'BatchSize', 'FunctionResponseTypes'],
  ...['ScalingConfig', 'FilterCriteria', 'StartingPosition', 'BisectBatchOnFunctionError'],
  ...['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'ParallelizationFactor'],
  ...['DestinationConfig', 'MaximumBatchingWindowInSeconds', 'Tags'],
]);
/** How far Lambda scales for a queue without a limit (AWS Lambda guide, "Configuring scaling behavior for SQS"). */
const concurrencyDefault = 1_000;
const queueBatchDefault = 10;
const streamBatchDefault = 100;
/** After so many consumed records, they are deleted from the stream. */
const trimEvery = 500;

/** Starts all mappings. Throws before any starts if this machine would treat one of them otherwise than AWS does. */
export function startEventSources(options: EventSourceOptions): EventSource {
  const mappings = options.resolver
    .resources('AWS::Lambda::EventSourceMapping')
    .map(([id, { Properties }]) => mappingFrom(id, options.resolver.resolve(Properties)));
  const isStream = ({ EventSourceArn }: Mapping) => EventSourceArn.includes(':dynamodb:');
  const streams = prepareStreams(options, mappings.filter(isStream));
  const queues = mappings
    .filter((mapping) => !isStream(mapping) && isEnabled(mapping))
    .map((mapping) => () => startQueue(options, mapping));
  const sources = [...streams.starts, ...queues].map((start) => start());
  return {
    stop: async () => {
      await Promise.all(sources.map((source) => source.stop()));
      streams.close();
    },
  };
}

function mappingFrom(id: string, properties: unknown): Mapping {
  const mapping = properties as Mapping;
  for (const name of Object.keys(mapping))
    if (!known.has(name)) throw new Error(`${id}: ${name} is not supported on one machine.`);
  return mapping;
}

const isEnabled = ({ Enabled }: Mapping): boolean => Enabled !== false;
const reports = ({ FunctionResponseTypes = [] }: Mapping): boolean =>
  FunctionResponseTypes.includes('ReportBatchItemFailures');

function startQueue({ sqs, functions }: EventSourceOptions, mapping: Mapping): EventSource {
  if (mapping.MaximumBatchingWindowInSeconds !== undefined)
    throw new Error(`A window of a queue (${mapping.EventSourceArn}) is not supported here.`);
  if (mapping.FilterCriteria !== undefined)
    throw new Error(`Filters on a queue (${mapping.EventSourceArn}) are not supported here.`);
  return startQueueSource({
    sqs,
    queue: nameInArn(mapping.EventSourceArn),
    pool: functions.pool(functionNameIn(mapping.FunctionName)),
    batchSize: Math.min(Number(mapping.BatchSize ?? queueBatchDefault), queueBatchDefault),
    concurrencyMax: Number(mapping.ScalingConfig?.MaximumConcurrency ?? concurrencyDefault),
    reportsFailures: reports(mapping),
  });
}

function prepareStreams(options: EventSourceOptions, mappings: readonly Mapping[]) {
  const { dynamo, dataDir, functions, sqs } = options;
  const read = mappings.map((mapping) => {
    const source = options.streams.find(
      ({ table }) => streamArnOf(table) === mapping.EventSourceArn,
    );
    if (source === undefined) throw new Error(`No table has the stream ${mapping.EventSourceArn}.`);
    const functionName = functionNameIn(mapping.FunctionName);
    const filters = (mapping.FilterCriteria?.Filters ?? []).map(({ Pattern }) =>
      compilePattern(JSON.parse(Pattern)),
    );
    return { mapping, source, filters, functionName };
  });
  const readerOf = ({ functionName, source }: (typeof read)[number]) => ({
    functionName,
    streamArn: source.engineStreamArn,
  });
  // A disabled mapping keeps its place in the stream.
  const checkpoints = openCheckpoints(dataDir.file('streams.db'), read.map(readerOf));
  const starts = read
    .filter((one) => isEnabled(one.mapping))
    .map((one) => {
      const { mapping, source, filters, functionName } = one;
      const { streamRecords } = dynamo;
      const reader = readerOf(one);
      const stream = openStream(streamRecords, source.table);
      let trimmed = 0;
      return () =>
        startStreamSource({
          name: functionName,
          stream,
          position: checkpoints.position(reader),
          invoke: functions.pool(functionName).invoke,
          checkpoint: (position) => {
            checkpoints.save(reader, position);
            if (Number(position) < trimmed + trimEvery) return;
            if (streamRecords.trim(source.table, checkpoints.lowest(reader.streamArn)))
              trimmed = Number(position);
          },
          discard: (discarded) => discardTo(sqs, mapping, discarded),
          filters,
          batchSize: Number(mapping.BatchSize ?? streamBatchDefault),
          windowMs: 1_000 * Number(mapping.MaximumBatchingWindowInSeconds ?? 0),
          bisects: mapping.BisectBatchOnFunctionError === true,
          reportsFailures: reports(mapping),
          retriesMax: Number(mapping.MaximumRetryAttempts ?? -1),
          recordAgeMaxSeconds: Number(mapping.MaximumRecordAgeInSeconds ?? -1),
        });
    });
  return { starts, close: () => checkpoints.close() };
}

/** Sends the on-failure destination the place of the records, without their content, as Lambda does. */
function discardTo(sqs: SqsEngine, mapping: Mapping, discarded: Discarded): void {
  const { records, condition, invocations, last } = discarded;
  const functionName = functionNameIn(mapping.FunctionName);
  console.error(`${functionName} gave up on ${records.length} stream records (${condition})`);
  const destination = mapping.DestinationConfig?.OnFailure?.Destination;
  if (destination === undefined) return;
  const at = (index: number) => records.at(index);
  const timeOf = (index: number) => new Date(Number(at(index)?.createdAt) * 1_000).toISOString();
  sqs.send(
    nameInArn(destination),
    JSON.stringify({
      requestContext: {
        requestId: last?.requestId ?? null,
        functionArn: functionArnOf(functionName),
        condition,
        approximateInvokeCount: invocations,
      },
      ...(last !== null && {
        responseContext: {
          statusCode: 200,
          executedVersion: '$LATEST',
          functionError: last.ok ? null : 'Unhandled',
        },
      }),
      version: '1.0',
      timestamp: new Date().toISOString(),
      DDBStreamBatchInfo: {
        shardId: 'shardId-00000000000000000000-00000000',
        startSequenceNumber: at(0)?.sequenceNumber,
        endSequenceNumber: at(-1)?.sequenceNumber,
        approximateArrivalOfFirstRecord: timeOf(0),
        approximateArrivalOfLastRecord: timeOf(-1),
        batchSize: records.length,
        streamArn: mapping.EventSourceArn,
      },
    }),
  );
}
