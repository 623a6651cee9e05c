/**
 * The AWS SDK's clients without what only AWS looks at, and with what they would ask the machine for told at once: a cold
 * start makes them anew. Commands, marshalling, retries and the reading of answers are all the SDK's own.
 */
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as sqs from '@aws-sdk/client-sqs';
import type { MiddlewareStack } from '@smithy/types';

/** The SDK's names. */
const unseen = [
  'hostHeaderMiddleware',
  'contentLengthMiddleware',
  'recursionDetectionMiddleware',
  'loggerMiddleware',
  'httpAuthSchemeMiddleware',
  'httpSigningMiddleware',
] as const;

function simplify<I extends object, O extends object>(stack: MiddlewareStack<I, O>): void {
  for (const name of unseen) if (!stack.remove(name)) throw new Error(`the SDK has no ${name}`);
  // Powertools puts its own behind this one.
  stack.add((next) => next, {
    name: 'getUserAgentMiddleware',
    step: 'build',
    priority: 'low',
    override: true,
  });
}

const given = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'sim', secretAccessKey: 'sim' },
  endpoint: 'https://aws.sim',
  defaultsMode: 'legacy',
} as const;
/** Asks environment and files, once for all clients that are made of it. */
const { maxAttempts, retryMode, useDualstackEndpoint, useFipsEndpoint, accountIdEndpointMode } =
  new dynamodb.DynamoDBClient(given).config;
const told = { ...given, maxAttempts, retryMode, useDualstackEndpoint, useFipsEndpoint };

class DynamoDBClient extends dynamodb.DynamoDBClient {
  constructor(config: dynamodb.DynamoDBClientConfig = {}) {
    super({ ...told, accountIdEndpointMode, ...config });
    simplify(this.middlewareStack);
  }
}

class SQSClient extends sqs.SQSClient {
  constructor(config: sqs.SQSClientConfig = {}) {
    super({ ...told, ...config });
    simplify(this.middlewareStack);
  }
}

export const sdkPackages: Readonly<Record<string, object>> = {
  '@aws-sdk/client-dynamodb': { ...dynamodb, DynamoDBClient },
  '@aws-sdk/client-sqs': { ...sqs, SQSClient },
};

/** The SDK asks once a process, in real time: not in the middle of the first run, which would not repeat. */
export async function askSdkConfiguration(): Promise<void> {
  const requestHandler = { handle: () => Promise.reject(new Error('nobody is there')) };
  await Promise.allSettled([
    new DynamoDBClient({ requestHandler }).send(new dynamodb.ListTablesCommand({})),
    new SQSClient({ requestHandler }).send(new sqs.ListQueuesCommand({})),
  ]);
}
