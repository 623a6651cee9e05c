import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Running, removeDir, run, tempDir } from './fixture.ts';

const directory = tempDir();
let running: Running;
beforeAll(async () => {
  const queue = (QueueName: string, more: Record<string, unknown> = {}) => ({
    Type: 'AWS::SQS::Queue',
    Properties: { QueueName, ...more },
  });
  running = await run({
    directory,
    resources: { Work: queue('work.fifo', { FifoQueue: true }), Plain: queue('plain') },
    code: {},
  });
});
afterAll(async () => {
  await running.stop();
  removeDir(directory);
});

const urlOf = (name: string) => `${running.awsUrl}/000000000000/${name}`;

/** Sends what AWS CLI 2.9 sends. */
async function ask(action: string, input: Record<string, string> = {}, path = '/') {
  const response = await fetch(running.awsUrl + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      authorization:
        'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: new URLSearchParams({ Action: action, Version: '2012-11-05', ...input }),
  });
  const [status, type, xml] = [
    response.status,
    response.headers.get('content-type'),
    await response.text(),
  ];
  return { status, type, xml, root: /<(\w+) xmlns="([^"]+)"/.exec(xml)?.slice(1) };
}
const textIn = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => text);
const namespace = 'http://queue.amazonaws.com/doc/2012-11-05/';
const work = (more: Record<string, string> = {}) => ({ QueueUrl: urlOf('work.fifo'), ...more });
const send = (body: string, id: string, group = 'g') =>
  ask(
    'SendMessage',
    work({ MessageBody: body, MessageGroupId: group, MessageDeduplicationId: id }),
  );
const receive = (more: Record<string, string> = {}) => ask('ReceiveMessage', work(more));
const remove = (handle = '') => ask('DeleteMessage', work({ ReceiptHandle: handle }));

test('queues are listed, found and described', async () => {
  const listed = await ask('ListQueues', { QueueNamePrefix: 'work' });
  expect(listed).toMatchObject({ status: 200, type: 'text/xml' });
  expect(listed.root).toEqual(['ListQueuesResponse', namespace]);
  expect(listed.xml).toContain(
    `<ListQueuesResult><QueueUrl>${urlOf('work.fifo')}</QueueUrl></ListQueuesResult>`,
  );
  expect(textIn(listed.xml, 'RequestId')).toHaveLength(1);

  const found = await ask('GetQueueUrl', { QueueName: 'plain' });
  expect(textIn(found.xml, 'QueueUrl')).toEqual([urlOf('plain')]);

  const names = { 'AttributeName.1': 'QueueArn', 'AttributeName.2': 'FifoQueue' };
  const { xml } = await ask('GetQueueAttributes', work(names));
  expect(xml).toContain(
    '<Attribute><Name>QueueArn</Name><Value>arn:aws:sqs:us-east-1:000000000000:work.fifo</Value></Attribute>',
  );
  expect(textIn(xml, 'Name').sort()).toEqual(['FifoQueue', 'QueueArn']);
});

test('a message goes through with its attributes, shown again at once, and deleted', async () => {
  const body = 'a & b < "ü"\r\n';
  const sent = await ask(
    'SendMessage',
    work({
      MessageBody: body,
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
      'MessageAttribute.1.Name': 'Kind',
      'MessageAttribute.1.Value.StringValue': 'test',
      'MessageAttribute.1.Value.DataType': 'String',
    }),
  );
  expect(sent.status).toBe(200);
  const names = { 'AttributeName.1': 'All', 'MessageAttributeName.1': 'All' };
  const first = await receive({ ...names, VisibilityTimeout: '300' });
  expect(textIn(first.xml, 'MessageId')).toEqual(textIn(sent.xml, 'MessageId'));
  expect(textIn(first.xml, 'MD5OfBody')).toEqual(textIn(sent.xml, 'MD5OfMessageBody'));
  expect(textIn(first.xml, 'Body')).toEqual(['a &amp; b &lt; &quot;ü&quot;&#xD;\n']);
  expect(first.xml).toContain('<Attribute><Name>MessageGroupId</Name><Value>g</Value></Attribute>');
  expect(first.xml).toMatch(
    /<MessageAttribute><Name>Kind<\/Name><Value>.*<StringValue>test<\/StringValue>.*<\/Value><\/MessageAttribute>/,
  );

  const [handle = ''] = textIn(first.xml, 'ReceiptHandle');
  expect(textIn((await receive()).xml, 'ReceiptHandle')).toEqual([]);
  const shown = { ReceiptHandle: handle, VisibilityTimeout: '0' };
  expect((await ask('ChangeMessageVisibility', work(shown))).status).toBe(200);
  const [again] = textIn((await receive({ WaitTimeSeconds: '1' })).xml, 'ReceiptHandle');
  expect((await remove(again)).root).toEqual(['DeleteMessageResponse', namespace]);
  expect((await receive()).xml).toContain('<ReceiveMessageResult></ReceiveMessageResult>');
});

test('the same deduplication id is one message', async () => {
  const ids = [await send('one', 'same'), await send('two', 'same')].map(({ xml }) =>
    textIn(xml, 'MessageId'),
  );
  expect(ids[1]).toEqual(ids[0]);
  const { xml } = await receive({ MaxNumberOfMessages: '10' });
  expect(textIn(xml, 'Body')).toEqual(['one']);
  await remove(textIn(xml, 'ReceiptHandle')[0]);
});

test('batches say what has succeeded and what has failed', async () => {
  const entry = (at: number, fields: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        `SendMessageBatchRequestEntry.${at}.${name}`,
        value,
      ]),
    );
  const sent = await ask('SendMessageBatch', {
    ...work(),
    ...entry(2, { Id: 'b', MessageBody: '2', MessageGroupId: 'y', MessageDeduplicationId: 'b2' }),
    ...entry(1, { Id: 'a', MessageBody: '1', MessageGroupId: 'x', MessageDeduplicationId: 'b1' }),
    ...entry(3, { Id: 'c', MessageBody: '3', MessageDeduplicationId: 'b3' }),
  });
  const successful = sent.xml.match(
    /<SendMessageBatchResultEntry>.*?<\/SendMessageBatchResultEntry>/g,
  );
  expect(successful?.flatMap((one) => textIn(one, 'Id'))).toEqual(['a', 'b']);
  expect(sent.xml).toMatch(
    /<BatchResultErrorEntry><Id>c<\/Id><SenderFault>true<\/SenderFault><Code>MissingParameter<\/Code>/,
  );
  const { xml } = await receive({ MaxNumberOfMessages: '10' });
  expect(textIn(xml, 'Body')).toEqual(['1', '2']);
  const [one = '', two = ''] = textIn(xml, 'ReceiptHandle');
  const deleted = await ask('DeleteMessageBatch', {
    ...work(),
    'DeleteMessageBatchRequestEntry.1.Id': 'a',
    'DeleteMessageBatchRequestEntry.1.ReceiptHandle': one,
    'DeleteMessageBatchRequestEntry.2.Id': 'b',
    'DeleteMessageBatchRequestEntry.2.ReceiptHandle': two,
  });
  expect(textIn(deleted.xml, 'Id')).toEqual(['a', 'b']);
  expect(deleted.xml).toContain(
    '<DeleteMessageBatchResultEntry><Id>a</Id></DeleteMessageBatchResultEntry>',
  );
});

test('a queue is purged, and may be named by the path', async () => {
  await ask('SendMessage', { MessageBody: 'plain' }, '/000000000000/plain');
  const count = async () => {
    const names = { 'AttributeName.1': 'ApproximateNumberOfMessages' };
    return textIn((await ask('GetQueueAttributes', names, '/000000000000/plain')).xml, 'Value');
  };
  expect(await count()).toEqual(['1']);
  expect((await ask('PurgeQueue', { QueueUrl: urlOf('plain') })).status).toBe(200);
  expect(await count()).toEqual(['0']);
});

test.each<[string, string, Record<string, string>, string]>([
  [
    'an unknown queue',
    'GetQueueUrl',
    { QueueName: 'none' },
    'AWS.SimpleQueueService.NonExistentQueue',
  ],
  [
    'an unknown URL',
    'ReceiveMessage',
    { QueueUrl: 'http://x/1/none' },
    'AWS.SimpleQueueService.NonExistentQueue',
  ],
  ['no message', 'SendMessage', { QueueUrl: 'http://x/1/work.fifo' }, 'MissingParameter'],
  [
    'an empty batch',
    'SendMessageBatch',
    { QueueUrl: 'http://x/1/work.fifo' },
    'AWS.SimpleQueueService.EmptyBatchRequest',
  ],
  [
    'a number out of range',
    'ReceiveMessage',
    { QueueUrl: 'http://x/1/work.fifo', MaxNumberOfMessages: '11' },
    'InvalidParameterValue',
  ],
  ['an unknown action', 'Nothing', {}, 'InvalidAction'],
])('%s is an error of the protocol', async (_, action, input, code) => {
  const { status, root, xml } = await ask(action, input);
  expect([status, root]).toEqual([400, ['ErrorResponse', namespace]]);
  expect([textIn(xml, 'Type'), textIn(xml, 'Code')]).toEqual([['Sender'], [code]]);
  expect([textIn(xml, 'Message'), textIn(xml, 'RequestId')]).toEqual([
    [expect.stringMatching(/\S/)],
    [expect.stringMatching(/\S/)],
  ]);
});

test('too large a form is refused', async () => {
  const { status, xml } = await send('x'.repeat(4 * 1024 * 1024), 'large');
  expect([status, textIn(xml, 'Code')]).toEqual([413, ['RequestTooLarge']]);
});

test('STS says who is asking', async () => {
  const { xml } = await ask('GetCallerIdentity');
  expect(textIn(xml, 'Account')).toEqual(['000000000000']);
});
