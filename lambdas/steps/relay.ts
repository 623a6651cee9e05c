/** The outbox: each change of a withdrawal or transaction, in order, becomes a doorbell for the next step and an event. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { rowOf } from '../adapters/dynamo/stream-image.ts';
import { transactionFrom } from '../adapters/dynamo/wallet-rows.ts';
import { withdrawalFrom } from '../adapters/dynamo/withdrawal-row.ts';
import { explorers } from '../boot/networks.ts';
import { logger, metrics, observed } from '../boot/observe.ts';
import { bootDoorbells } from '../boot/outbox.ts';
import { bootWebhooks } from '../boot/webhooks.ts';
import { type Changed, makeRelay } from '../core/outbox/relay.ts';
import { waitReasonOf } from '../core/withdrawal/retry.ts';

const relay = makeRelay(bootWebhooks(), bootDoorbells(), explorers());

export const handler = observed(
  async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    // A throw gives the whole batch back, and Lambda bisects it down to the record that cannot be relayed (lib/relay.ts).
    const moved = await relay(event.Records.flatMap(changeIn));
    // The metric `withdrawal-review` raises an alarm, because a person has to decide.
    for (const { stage } of moved) metrics.addMetric(`withdrawal-${stage}`, MetricUnit.Count, 1);
    for (const { dynamodb } of event.Records) tellOfWait(dynamodb ?? {});
    return { batchItemFailures: [] };
  },
);

/** Tells whoever operates this of a wait that has begun. The metrics of those that need a person raise alarms (lib/relay.ts). */
function tellOfWait({
  NewImage: after,
  OldImage: before,
}: NonNullable<DynamoDBRecord['dynamodb']>) {
  const linesOf = (image: typeof after) => image?.['history']?.L?.length ?? 0;
  if (after?.['pk']?.S?.startsWith('WD#') !== true || linesOf(after) <= linesOf(before)) return;
  const withdrawal = withdrawalFrom(rowOf(after));
  const reason = waitReasonOf(withdrawal);
  if (reason === null) return;
  const { id: withdrawalId, stage, network } = withdrawal;
  logger.warn('withdrawal waits', { withdrawalId, stage, network, reason });
  metrics.addMetric(`wait-${reason}`, MetricUnit.Count, 1);
}

/** The changes that somebody must hear of: a withdrawal in a new stage (no retry within one), an accepted transaction. */
function changeIn({ dynamodb }: DynamoDBRecord): Changed[] {
  const after = dynamodb?.NewImage;
  const before = dynamodb?.OldImage;
  if (after === undefined) return [];
  const pk = after['pk']?.S ?? '';
  if (pk.startsWith('WD#') && before?.['stage']?.S !== after['stage']?.S)
    return [{ item: 'withdrawal', now: withdrawalFrom(rowOf(after)) }];
  if (pk.startsWith('TXN#') && before === undefined)
    return [{ item: 'transaction', now: transactionFrom(rowOf(after)) }];
  return [];
}
