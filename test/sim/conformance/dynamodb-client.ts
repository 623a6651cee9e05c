/** The AWS SDK with the DynamoDB model in place of the network. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { thin } from '../../../lambdas/adapters/aws/thin/thin.ts';
import { countCalls, counted } from '../../../lambdas/adapters/dynamo/usage.ts';
import { awsAt } from '../../support/aws.ts';
import { type DynamoModel, dynamodbModel } from '../models/dynamodb.ts';
import { stillWorld } from '../still-world.ts';
import { tables } from '../tables.ts';

export const emptyModel = (): DynamoModel => dynamodbModel(stillWorld(), tables);

type Sent = { headers: Record<string, string>; body?: Uint8Array };

type More = { maxAttempts?: number; execute?: DynamoModel['execute'] };

/** The same on the thin path, as the product's own client. */
export function thinModelClient(model: DynamoModel, more: More = {}): DynamoDBClient {
  const client = modelClient(model, more);
  countCalls(client.middlewareStack);
  return thin(client, counted);
}

/** The SDK tries once, unless `more` says more; what `more.execute` throws is what the network does. */
export const modelClient = (model: DynamoModel, more: More = {}): DynamoDBClient =>
  new DynamoDBClient({
    ...awsAt('http://model.invalid'),
    maxAttempts: more.maxAttempts ?? 1,
    requestHandler: {
      handle: async (request: Sent) => {
        const operation = request.headers['x-amz-target']?.split('.')[1] ?? '';
        const input: unknown = JSON.parse(new TextDecoder().decode(request.body));
        const { status, body } = (more.execute ?? model.execute)(operation, input);
        return {
          response: {
            statusCode: status,
            headers: { 'content-type': 'application/x-amz-json-1.0' },
            body: Buffer.from(JSON.stringify(body)),
          },
        };
      },
    },
  });
