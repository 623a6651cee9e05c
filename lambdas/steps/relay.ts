/** The outbox: each change of a withdrawal or transaction, in order, becomes a doorbell for the next step and an event. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { dynamoStats } from '../adapters/dynamo/stats.ts';
import { changesIn } from '../adapters/dynamo/stream-changes.ts';
import { explorers } from '../boot/networks.ts';
import { logger, metrics, observed, publish, takeSpan } from '../boot/observe.ts';
import { bootDoorbells } from '../boot/outbox.ts';
import { database, tables } from '../boot/tables.ts';
import { bootWebhooks } from '../boot/webhooks.ts';
import { clock } from '../boot/world.ts';
import { errorName, whyOf } from '../core/kernel/errors.ts';
import { count as counts, type Measure } from '../core/kernel/measure.ts';
import type { Instant } from '../core/kernel/time.ts';
import {
  type Change,
  type Counted,
  changeIdOf,
  countsOf,
  isNothing,
  partAt,
} from '../core/operations/stats.ts';
import type { Changed } from '../core/outbox/changes.ts';
import { measuresOf } from '../core/outbox/measures.ts';
import { makeRelay } from '../core/outbox/relay.ts';
import { waitReasonOf } from '../core/withdrawal/retry.ts';
import { type Span, spanIdOf, stageSpanId, traceIdOf } from '../core/withdrawal/trace.ts';
import { stages, type Withdrawal } from '../core/withdrawal/withdrawal.ts';

const stats = dynamoStats(database(), tables());
const relay = makeRelay(bootWebhooks(), bootDoorbells(), explorers(), clock);

export const handler = observed(
  async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    // A throw gives the whole batch back, and Lambda bisects it down to the record that cannot be relayed (lib/relay.ts).
    const changes = event.Records.flatMap((record) => readable(record, changesIn));
    const moved = await relay(changes);
    // The metric `withdrawal-review` raises an alarm, because a person has to decide.
    for (const withdrawal of moved) takeSpan?.(relayed(withdrawal));
    publish(moved.flatMap(measuresOf));
    publish(changes.flatMap(waitBegunWith));
    publish(event.Records.flatMap(retriesIn));
    publish(lagOf(event.Records));
    await count(event.Records.flatMap((record) => readable(record, countIn)));
    return { batchItemFailures: [] };
  },
);

/** From the write of a change to the doorbell and the deliveries that it makes. */
const relayed = (withdrawal: Withdrawal): Span => ({
  traceId: traceIdOf(withdrawal),
  spanId: spanIdOf(withdrawal.id, 'relay', withdrawal.version),
  parentId: stageSpanId(withdrawal),
  name: 'relay',
  startedAt: withdrawal.updatedAt,
  endedAt: clock.now(),
  ok: true,
  attributes: { 'withdrawal.stage': withdrawal.stage },
});

/**
 * A record that cannot be read holds up none of those behind it. It is not lost: sweep rings for what it was to ring, and
 * retell makes the events once there is code that can read the item (core/outbox/retell.ts).
 */
function readable<T>(record: DynamoDBRecord, read: (record: DynamoDBRecord) => T[]): T[] {
  try {
    return read(record);
  } catch (error) {
    logger.error('record cannot be read', {
      item: record.dynamodb?.Keys?.['pk']?.S,
      error: errorName(error),
      why: whyOf(error),
    });
    metrics.addMetric('relay-unreadable', MetricUnit.Count, 1);
    return [];
  }
}

/** The wait that has begun with this change. What raises alarms is that it lasts (lambdas/steps/sweep.ts). */
function waitBegunWith(change: Changed): Measure[] {
  if (change.item !== 'withdrawal' && change.item !== 'retry') return [];
  const reason = waitReasonOf(change.now);
  return reason === null ? [] : [counts(`wait-${reason}`, 1)];
}

/** Last of all, for whatever comes again is told of again and counted once. What cannot be counted holds up nobody. */
async function count(changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  try {
    await stats.count(changes);
  } catch (error) {
    logger.error('not counted', {
      changes: changes.length,
      error: errorName(error),
      why: whyOf(error),
    });
    metrics.addMetric('stats-uncounted', MetricUnit.Count, changes.length);
  }
}

type Image = NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];
/** What of a withdrawal counts in this version of it; `null`: there was none. */
const countedIn = (image: Image): Counted | null => {
  const stage = image?.['stage']?.S;
  if (stage === undefined) return null;
  return { stage: stage as Counted['stage'], retryCount: Number(image?.['retryCount']?.N ?? 0) };
};

/** How far the relay is behind the oldest of these changes. The stream says when they were made to the second. */
function lagOf(records: readonly DynamoDBRecord[]): Measure[] {
  const seconds = records.flatMap(({ dynamodb }) => dynamodb?.ApproximateCreationDateTime ?? []);
  if (seconds.length === 0) return [];
  const value = Math.max(0, clock.now() - Math.min(...seconds) * 1_000);
  return [{ name: 'relay-lag', unit: 'Milliseconds', value }];
}

/** The retry of a stage that has begun with this change. */
function retriesIn({ dynamodb: { NewImage, OldImage } = {} }: DynamoDBRecord): Measure[] {
  const [before, after] = [countedIn(OldImage), countedIn(NewImage)];
  const isRetry = before !== null && after !== null && after.retryCount > before.retryCount;
  return isRetry && Object.hasOwn(stages, after.stage) ? [counts(`retries-${after.stage}`, 1)] : [];
}

function countIn({ eventID = '', dynamodb }: DynamoDBRecord): Change[] {
  const { NewImage, OldImage, ApproximateCreationDateTime: second = 0 } = dynamodb ?? {};
  const after = countedIn(NewImage);
  if (after === null || NewImage?.['pk']?.S?.startsWith('WD#') !== true) return [];
  const counts = countsOf(countedIn(OldImage), after);
  const id = changeIdOf(eventID || (dynamodb?.SequenceNumber ?? ''));
  // The stream says the second and the item the moment: a change comes with the same two whenever it is told again.
  const part = partAt(Number(NewImage['updatedAt']?.N ?? 0) as Instant);
  return isNothing(counts) ? [] : [{ id, second: Math.floor(second), part, counts }];
}
