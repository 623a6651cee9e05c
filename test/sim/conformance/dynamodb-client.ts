/** The AWS SDK with the DynamoDB model in place of the network. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { indexes } from '../../support/dynoxide.ts';
import { type DynamoModel, dynamodbModel } from '../models/dynamodb.ts';
import type { TableDefinition } from '../models/dynamodb-table.ts';
import { randomOf } from '../random.ts';
import type { World } from '../world.ts';

/** As test/support/dynoxide.ts makes them. */
export const definitions: readonly TableDefinition[] = Object.entries(indexes).map(
  ([name, list]) => ({
    name,
    indexes: list.map(([index, partition, sort, sortType]) => ({
      name: index,
      partition,
      sort,
      sortType,
    })),
  }),
);

type TestWorld = World & { pass(ms: number): void };

/** A world whose time passes when a test says so. */
export function worldOf(seed: number): TestWorld {
  let now = 1_800_000_000_000;
  const events: { at: number; event: () => void }[] = [];
  return {
    now: () => now,
    random: randomOf(seed),
    after: (ms, event) => {
      events.push({ at: now + ms, event });
      events.sort((a, b) => a.at - b.at);
    },
    tell: () => {},
    pass: (ms) => {
      const end = now + ms;
      for (let next = events[0]; next !== undefined && next.at <= end; next = events[0]) {
        events.shift();
        now = next.at;
        next.event();
      }
      now = end;
    },
  };
}

export const emptyModel = (): DynamoModel => dynamodbModel(worldOf(1), definitions);

type Sent = { headers: Record<string, string>; body?: Uint8Array };

/** The SDK tries once, unless `more` says more; what `more.execute` throws is what the network does. */
export const modelClient = (
  model: DynamoModel,
  more: { maxAttempts?: number; execute?: DynamoModel['execute'] } = {},
): DynamoDBClient =>
  new DynamoDBClient({
    endpoint: 'http://model.invalid',
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
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
