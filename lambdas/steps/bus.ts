/** Puts every event on the stack's bus. It reads the stream beside the relay, which never waits for it. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { putAside } from '../adapters/aws/put-aside.ts';
import { sqsClient } from '../adapters/aws/sqs.ts';
import { changesIn } from '../adapters/dynamo/stream-changes.ts';
import { bootBus, busDeadLettersUrl } from '../boot/bus.ts';
import { explorers } from '../boot/networks.ts';
import { logger, metrics, observed } from '../boot/observe.ts';
import { errorName, whyOf } from '../core/kernel/errors.ts';
import { isAgain } from '../core/outbox/bus.ts';
import { eventsIn } from '../core/outbox/changes.ts';
import type { WebhookEvent } from '../core/webhooks/event.ts';

const [bus, sqs, deadLettersUrl, links] = [
  bootBus(),
  sqsClient(),
  busDeadLettersUrl(),
  explorers(),
];

/** A record that no attempt will bring on the bus: it is put aside and told of, and holds up none behind it. */
type Odd = { record: DynamoDBRecord; why: string };

export const handler = observed(
  async ({ Records }: DynamoDBStreamEvent, context): Promise<DynamoDBBatchResponse> => {
    const odd: Odd[] = [];
    const told = Records.flatMap((record): { record: DynamoDBRecord; event: WebhookEvent }[] => {
      try {
        const events = changesIn(record).flatMap((change) => eventsIn(change, links));
        return events.map((event) => ({ record, event }));
      } catch (error) {
        odd.push({ record, why: `it cannot be read: ${errorName(error)}: ${whyOf(error)}` });
        return [];
      }
    });
    const events = told.map(({ event }) => event);
    const puts = await bus(events, () => context.getRemainingTimeInMillis());
    const again: DynamoDBRecord[] = [];
    const reasons = new Set<string>();
    for (const [index, { record }] of told.entries()) {
      const put = puts[index];
      if (isAgain(put)) {
        again.push(record);
        reasons.add(put.again);
      } else if (put !== 'taken') odd.push({ record, why: put?.never ?? 'nothing is known of it' });
    }
    for (const one of odd) if (!(await isAside(one))) again.push(one.record);
    if (again.length > 0)
      logger.warn('events are put again', { count: again.length, reasons: [...reasons] });
    metrics.addMetric('bus-put', MetricUnit.Count, events.length - again.length);
    metrics.addMetric('bus-again', MetricUnit.Count, again.length);
    metrics.addMetric('bus-odd', MetricUnit.Count, odd.length);
    // Lambda goes on at the first of them, so those behind it come again, too (AWS Lambda guide, "DynamoDB").
    return {
      batchItemFailures: again.map(({ dynamodb }) => ({
        itemIdentifier: dynamodb?.SequenceNumber ?? '',
      })),
    };
  },
);

/** Whether the record is in the dead letters. If not, it comes again. */
async function isAside({ record, why }: Odd): Promise<boolean> {
  const item = record.dynamodb?.Keys?.['pk']?.S;
  logger.error('a change cannot be put on the bus', { item, why });
  try {
    await putAside(sqs, deadLettersUrl, record, why);
    return true;
  } catch (error) {
    logger.error('nor into the dead letters', { item, why: whyOf(error) });
    return false;
  }
}
