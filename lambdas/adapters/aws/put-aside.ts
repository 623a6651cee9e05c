/** Puts aside records of a stream, as Lambda itself does with those that a function cannot handle. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';

/** Sends a dead letter that says when the record was written, to the second, and which item it is about. */
export async function putAside(
  client: SQSClient,
  QueueUrl: string,
  { eventSourceARN, dynamodb }: DynamoDBRecord,
  why: string,
): Promise<void> {
  const written = dynamodb?.ApproximateCreationDateTime;
  if (written === undefined) throw new Error('the record does not say when it was written');
  const at = new Date(written * 1_000).toISOString();
  await client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: JSON.stringify({
        why,
        item: dynamodb?.Keys?.['pk']?.S,
        DDBStreamBatchInfo: {
          startSequenceNumber: dynamodb?.SequenceNumber,
          endSequenceNumber: dynamodb?.SequenceNumber,
          approximateArrivalOfFirstRecord: at,
          approximateArrivalOfLastRecord: at,
          batchSize: 1,
          streamArn: eventSourceARN,
        },
      }),
    }),
  );
}
