/** Records of the money table's stream, as Lambda gives them. */
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { Row } from '../../lambdas/adapters/dynamo/keys.ts';

/** Bytes are in base64. */
const imageOf = (row: Row): Record<string, AttributeValue> =>
  Object.fromEntries(
    Object.entries(marshall(row, { removeUndefinedValues: true })).map(([name, value]) => [
      name,
      (value.B === undefined
        ? value
        : { B: Buffer.from(value.B).toString('base64') }) as AttributeValue,
    ]),
  );

/** The record of a row that was not there before. */
export const recordOf = (row: Row, sequence = 1): DynamoDBRecord => ({
  eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/money/stream/1',
  dynamodb: {
    Keys: imageOf({ pk: row['pk'], sk: row['sk'] }),
    NewImage: imageOf(row),
    SequenceNumber: String(sequence),
    ApproximateCreationDateTime: 1_795_000_000 + sequence,
  },
});
