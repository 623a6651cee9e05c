/** A program that is bundled as functions are: it says who makes the requests of three like calls of each client. */
import { Readable } from 'node:stream';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteMessageBatchCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { eventBridgeClient } from '../../lambdas/adapters/aws/event-bus.ts';
import { sqsClient } from '../../lambdas/adapters/aws/sqs.ts';
import { dynamoClient } from '../../lambdas/adapters/dynamo/client.ts';
import type { AnyClient } from './thin.ts';

const one = { Id: 'a', ReceiptHandle: 'a' };
const queue = {
  QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/a.fifo',
  Entries: [one],
};
const cases = {
  dynamodb: {
    client: dynamoClient(),
    command: () => new GetCommand({ TableName: 'money', Key: { pk: 'a', sk: 'b' } }),
    answer: {},
  },
  sqs: {
    client: sqsClient(),
    command: () => new DeleteMessageBatchCommand(queue),
    answer: { Successful: [{ Id: 'a' }], Failed: [] },
  },
  eventbridge: {
    client: eventBridgeClient(),
    command: () => new PutEventsCommand({ Entries: [{ Source: 'a' }] }),
    answer: { FailedEntryCount: 0, Entries: [{ EventId: 'a' }] },
  },
};

const madeBy: Record<string, string[]> = {};
for (const [service, { client, command, answer }] of Object.entries(cases)) {
  const makers: string[] = [];
  const { config, send } = client as unknown as AnyClient;
  config.requestHandler = {
    handle: async (request: object) => {
      // The thin path makes no instance of the SDK's class.
      makers.push(Object.getPrototypeOf(request) === Object.prototype ? 'thin' : 'SDK');
      const body = Readable.from([Buffer.from(JSON.stringify(answer))]);
      return { response: { statusCode: 200, headers: {}, body } };
    },
  };
  for (const _ of [1, 2, 3]) await send.call(client, command());
  madeBy[service] = makers;
}
process.stdout.write(JSON.stringify(madeBy));
