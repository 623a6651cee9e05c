/** Keeps for ever which dead letters operators have taken away, each in an item of its own. */
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type Discard, type Discards, letterBoxes } from '../../core/operations/dead-letters.ts';
import type { Principal } from '../../core/operations/principal.ts';
import type { Tables } from './client.ts';
import { instant, integer } from './fields.ts';

/** How many of the past are shown. */
const shownMax = 20;
const partition = (box: Discard['box']): string => `DISCARDED#${box}`;

const row = z.object({
  box: z.enum(letterBoxes),
  messageId: z.string(),
  by: z.string().transform((name) => name as Principal),
  callerId: z.string(),
  reason: z.string(),
  at: instant,
  bytes: integer,
  sha256: z.string(),
});

export const dynamoDiscards = (
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
): Discards => ({
  keep: async (discard) => {
    const sk = `${String(discard.at).padStart(14, '0')}#${discard.messageId}`;
    const Item = { pk: partition(discard.box), sk, ...discard };
    await client.send(new PutCommand({ TableName, Item }));
  },
  discards: async (box) => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partition(box) },
        ScanIndexForward: false,
        Limit: shownMax,
        ConsistentRead: true,
      }),
    );
    return Items.map((one) => row.parse(one));
  },
});
