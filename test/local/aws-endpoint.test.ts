import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { awsAt } from '../support/aws.ts';
import { type Running, removeDir, run, tempDir } from './fixture.ts';

const directory = tempDir();
let running: Running;
const queue = (QueueName: string, more: Record<string, unknown> = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName, FifoQueue: true, VisibilityTimeout: 30, ...more },
});
beforeAll(async () => {
  running = await run({
    directory,
    resources: {
      Dead: queue('work-dead.fifo'),
      Work: queue('work.fifo', {
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] },
          maxReceiveCount: 5,
        },
      }),
    },
    code: {},
  });
});
afterAll(async () => {
  await running.stop();
  removeDir(directory);
});

const settings = () => awsAt(running.awsUrl);
const urlOf = (name: string) => `${running.awsUrl}/000000000000/${name}`;

test('the queues of the template are there, with their attributes', async () => {
  const sqs = new SQSClient(settings());
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({}));
  expect(QueueUrls).toEqual([urlOf('work-dead.fifo'), urlOf('work.fifo')]);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'work.fifo' }));
  expect(QueueUrl).toBe(urlOf('work.fifo'));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({
    QueueArn: 'arn:aws:sqs:us-east-1:000000000000:work.fifo',
    FifoQueue: 'true',
    VisibilityTimeout: '30',
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:work-dead.fifo',
      maxReceiveCount: 5,
    }),
  });
});

test('a message is sent, received, shown again at once, and deleted', async () => {
  const sqs = new SQSClient(settings());
  const QueueUrl = urlOf('work.fifo');
  const receive = async () =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }))).Messages?.[0];
  await sqs.send(
    new SendMessageCommand({
      ...{ QueueUrl, MessageBody: 'hello', MessageGroupId: 'g', MessageDeduplicationId: 'd' },
    }),
  );
  const first = await receive();
  await sqs.send(
    new ChangeMessageVisibilityCommand({
      ...{ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 },
    }),
  );
  const again = await receive();
  expect([first?.Body, again?.Body]).toEqual(['hello', 'hello']);
  expect(again?.MessageId).toBe(first?.MessageId);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
  expect(await receive()).toBeUndefined();
});

test('DynamoDB and its streams answer', async () => {
  const dynamo = new DynamoDBClient(settings());
  await dynamo.send(
    new CreateTableCommand({
      TableName: 'things',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    }),
  );
  const put = (pk: string) => ({
    Put: {
      TableName: 'things',
      Item: { pk: { S: pk } },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  });
  await dynamo.send(new TransactWriteItemsCommand({ TransactItems: [put('a'), put('b')] }));
  await expect(
    dynamo.send(new TransactWriteItemsCommand({ TransactItems: [put('a'), put('c')] })),
  ).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }],
  });
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: 'things', Key: { pk: { S: 'c' } } }),
  );
  expect(Item).toBeUndefined();

  const streams = new DynamoDBStreamsClient(settings());
  const { Streams = [] } = await streams.send(new ListStreamsCommand({ TableName: 'things' }));
  const { StreamDescription } = await streams.send(
    new DescribeStreamCommand({ StreamArn: Streams[0]?.StreamArn }),
  );
  expect(StreamDescription?.Shards).toHaveLength(1);
});

test('a service that is not here is refused with a word about it', async () => {
  const kms = new KMSClient({ ...settings(), maxAttempts: 1 });
  await expect(kms.send(new ListKeysCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('this endpoint has SQS, DynamoDB and EventBridge'),
  });
});

test('many clients at once', async () => {
  const sqs = new SQSClient(settings());
  const dynamo = new DynamoDBClient(settings());
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0
        ? sqs.send(
            new SendMessageCommand({
              QueueUrl: urlOf('work-dead.fifo'),
              MessageBody: String(index),
              MessageGroupId: String(index % 5),
              MessageDeduplicationId: String(index),
            }),
          )
        : dynamo.send(new GetItemCommand({ TableName: 'things', Key: { pk: { S: 'a' } } })),
    ),
  );
  expect(answers.every(({ $metadata }) => $metadata.httpStatusCode === 200)).toBe(true);
});
