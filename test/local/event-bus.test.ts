/** The local EventBridge, as an SDK sees it: rules with queues as targets, which a restart keeps. */
import { readFileSync } from 'node:fs';
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { awsEndpoint } from '../../local/engines/aws-endpoint.ts';
import { startEventBuses } from '../../local/engines/event-bus.ts';
import { startSqs } from '../../local/engines/sqs-engine.ts';
import { openDataDir } from '../../local/host/data-dir.ts';
import { makeLifetime } from '../../local/host/lifetime.ts';
import { listenEarly } from '../../local/host/servers.ts';
import { makeResolver } from '../../local/template/intrinsics.ts';
import { awsAt } from '../support/aws.ts';
import { removeDir, tempDir } from './fixture.ts';

const directory = tempDir();
afterAll(() => removeDir(directory));
const Bus = { Type: 'AWS::Events::EventBus', Properties: { Name: 'stack-events' } };

/** SQS and EventBridge on one endpoint, without the rest of the machine. */
async function start() {
  const lifetime = makeLifetime();
  const dataDir = openDataDir(directory);
  lifetime.onEnd(dataDir.release);
  const aws = await listenEarly(0, 'AWS_PORT');
  const sqs = await startSqs(dataDir, aws.url);
  lifetime.onEnd(() => sqs.stop());
  const events = startEventBuses(dataDir, sqs, aws.url);
  lifetime.onEnd(async () => events.stop());
  events.createBuses(
    makeResolver({
      template: { Resources: { Bus } },
      stackName: 'Test',
      awsEndpoint: aws.url,
    }),
  );
  const endpoint = awsEndpoint({ sqs, events, dynamoPort: 1 });
  aws.serve(endpoint.listener);
  lifetime.onEnd(async () => {
    await aws.close(0);
    endpoint.close();
  });
  return {
    stop: lifetime.end,
    url: aws.url,
    bridge: new EventBridgeClient({ ...awsAt(aws.url), maxAttempts: 1 }),
    queues: new SQSClient(awsAt(aws.url)),
  };
}
let here: Awaited<ReturnType<typeof start>>;
beforeEach(async () => {
  here = await start();
});
afterEach(() => here.stop());

const EventBusName = 'stack-events';
const arnOf = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
const queue = (QueueName: string, Attributes: Record<string, string> = {}) =>
  here.queues.send(new CreateQueueCommand({ QueueName, Attributes }));
const received = async (name: string): Promise<string[]> => {
  const QueueUrl = `${here.url}/000000000000/${name}`;
  const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 };
  const { Messages = [] } = await here.queues.send(new ReceiveMessageCommand(asked));
  return Messages.map(({ Body }) => String(Body));
};
const rule = (Name: string, pattern: unknown, more = {}) =>
  here.bridge.send(
    new PutRuleCommand({ Name, EventBusName, EventPattern: JSON.stringify(pattern), ...more }),
  );
const target = (Rule: string, Arn: string, more = {}) =>
  here.bridge.send(
    new PutTargetsCommand({ Rule, EventBusName, Targets: [{ Id: 'to', Arn, ...more }] }),
  );
const entry = (DetailType: string, detail: object = {}) => ({
  ...{ EventBusName, Source: 'drawbridge', DetailType, Detail: JSON.stringify(detail) },
  Time: new Date('2026-11-28T09:00:00.123Z'),
});
const put = (...Entries: ReturnType<typeof entry>[]) =>
  here.bridge.send(new PutEventsCommand({ Entries }));

test('an event that a rule matches comes into its queue, also after a restart', async () => {
  await queue('mine');
  await queue('ordered.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  await rule('mine', {
    source: ['drawbridge'],
    'detail-type': [{ prefix: 'withdrawal.' }],
    detail: { tenant: ['alice'] },
  });
  await target('mine', arnOf('mine'));
  await rule('ordered', { detail: { tenant: ['alice'] } });
  await target('ordered', arnOf('ordered.fifo'), {
    InputPath: '$.detail.id',
    SqsParameters: { MessageGroupId: 'all' },
  });
  await here.stop();
  here = await start();

  const { FailedEntryCount, Entries = [] } = await put(
    entry('withdrawal.completed', { id: 'evt_1', tenant: 'alice' }),
    entry('withdrawal.completed', { id: 'evt_2', tenant: 'bob' }),
    entry('wallet.credited', { id: 'evt_3', tenant: 'alice' }),
  );
  expect([FailedEntryCount, Entries.length]).toEqual([0, 3]);
  const mine = await received('mine');
  expect(mine.map((body) => JSON.parse(body))).toEqual([
    {
      version: '0',
      id: Entries[0]?.EventId,
      'detail-type': 'withdrawal.completed',
      source: 'drawbridge',
      account: '000000000000',
      time: '2026-11-28T09:00:00Z',
      region: 'us-east-1',
      resources: [],
      detail: { id: 'evt_1', tenant: 'alice' },
    },
  ]);
  expect(await received('ordered.fifo')).toEqual(['"evt_1"']);
  const lines = readFileSync(`${directory}/events.jsonl`, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).detail.id)).toEqual(['evt_1', 'evt_2', 'evt_3']);
  expect(lines[0]).toBe(mine[0]);
});

test('each entry has its own answer', async () => {
  await queue('answers');
  await rule('answers', { source: [{ exists: true }] });
  await target('answers', arnOf('answers'));
  const { FailedEntryCount, Entries } = await put(
    { ...entry('a'), Detail: 'no JSON' },
    { ...entry('b'), Detail: '[]' },
    { ...entry('c'), Source: 'aws.ours' },
    { ...entry(''), Detail: '{}' },
    entry('good'),
    { ...entry('nowhere'), EventBusName: 'no-such-bus' },
  );
  expect(FailedEntryCount).toBe(4);
  expect(Entries?.map(({ ErrorCode = 'taken' }) => ErrorCode)).toEqual([
    'MalformedDetail',
    'MalformedDetail',
    'NotAuthorizedForSourceException',
    'InvalidArgument',
    'taken',
    'taken',
  ]);
  expect((await received('answers')).map((body) => JSON.parse(body)['detail-type'])).toEqual([
    'good',
  ]);
  await expect(put(...Array.from({ length: 11 }, () => entry('much')))).rejects.toMatchObject({
    name: 'ValidationException',
  });
  const large = { text: 'x'.repeat(600_000) };
  await expect(put(entry('large', large), entry('large', large))).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('buses and rules are listed, switched off and on, and deleted', async () => {
  const { EventBusArn } = await here.bridge.send(new CreateEventBusCommand({ Name: 'other' }));
  expect(EventBusArn).toBe('arn:aws:events:us-east-1:000000000000:event-bus/other');
  await expect(
    here.bridge.send(new CreateEventBusCommand({ Name: 'other' })),
  ).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
  const { EventBuses } = await here.bridge.send(new ListEventBusesCommand({}));
  expect(EventBuses?.map(({ Name }) => Name)).toEqual(['default', 'stack-events', 'other']);
  expect(await here.bridge.send(new DescribeEventBusCommand({ Name: EventBusArn }))).toMatchObject({
    Name: 'other',
    Arn: EventBusArn,
  });
  await here.bridge.send(new DeleteEventBusCommand({ Name: 'other' }));
  await expect(
    here.bridge.send(new DescribeEventBusCommand({ Name: 'other' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

  await queue('switched');
  const { RuleArn } = await rule('switched', { 'detail-type': ['s'] }, { State: 'DISABLED' });
  expect(RuleArn).toBe('arn:aws:events:us-east-1:000000000000:rule/stack-events/switched');
  await target('switched', arnOf('switched'));
  const named = { Name: 'switched', EventBusName };
  await put(entry('s'));
  await here.bridge.send(new EnableRuleCommand(named));
  await put(entry('s'));
  await here.bridge.send(new DisableRuleCommand(named));
  await put(entry('s'));
  expect(await received('switched')).toHaveLength(1);
  const { Rules } = await here.bridge.send(
    new ListRulesCommand({ EventBusName, NamePrefix: 'switched' }),
  );
  expect(Rules).toEqual([await here.bridge.send(new DescribeRuleCommand(named)).then(bare)]);
  await expect(here.bridge.send(new DeleteRuleCommand(named))).rejects.toMatchObject({
    name: 'ValidationException',
  });
  const ofRule = { Rule: 'switched', EventBusName };
  const { Targets } = await here.bridge.send(new ListTargetsByRuleCommand(ofRule));
  expect(Targets).toEqual([{ Id: 'to', Arn: arnOf('switched') }]);
  expect(
    await here.bridge.send(new RemoveTargetsCommand({ ...ofRule, Ids: ['to', 'gone'] })),
  ).toMatchObject({ FailedEntryCount: 1, FailedEntries: [{ TargetId: 'gone' }] });
  await here.bridge.send(new DeleteRuleCommand(named));
  await expect(here.bridge.send(new DescribeRuleCommand(named))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
const bare = ({ $metadata: _, ...rest }: { $metadata: unknown }) => rest;

test('what is not here, or not right, is refused', async () => {
  const refused = async (call: Promise<unknown>) =>
    (await call.then(
      () => null,
      (error: Error) => error.name,
    )) ?? 'taken';
  expect(await refused(rule('odd', { source: [{ like: 'a' }] }))).toBe(
    'InvalidEventPatternException',
  );
  expect(
    await refused(
      here.bridge.send(new PutRuleCommand({ Name: 'tick', ScheduleExpression: 'rate(1 day)' })),
    ),
  ).toBe('ValidationException');
  expect(await refused(target('gone', arnOf('mine')))).toBe('ResourceNotFoundException');
  await rule('new', { source: ['a'] });
  expect(await refused(target('new', 'arn:aws:lambda:us-east-1:000000000000:function:f'))).toBe(
    'ValidationException',
  );
  expect(await refused(target('new', arnOf('some.fifo')))).toBe('ValidationException');
  const InputTransformer = { InputTemplate: '"<a>"' };
  expect(await refused(target('new', arnOf('mine'), { InputTransformer }))).toBe(
    'ValidationException',
  );
  const around = { id: '1', account: '2', time: 't', region: 'r', resources: [] };
  const Event = JSON.stringify({ ...around, source: 'a', 'detail-type': 'b', detail: {} });
  const tested = (EventPattern: string) =>
    here.bridge.send(new TestEventPatternCommand({ EventPattern, Event }));
  expect((await tested('{"source":["a"]}')).Result).toBe(true);
  expect((await tested('{"source":["b"]}')).Result).toBe(false);
  expect(await refused(tested('{}'))).toBe('InvalidEventPatternException');
});

test('a queue that is not there holds up no other, and has dead letters', async () => {
  const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  await queue('there');
  await queue('letters');
  await rule('lost', { 'detail-type': ['lost'] });
  await target('lost', arnOf('nowhere'), { DeadLetterConfig: { Arn: arnOf('letters') } });
  await rule('found', { 'detail-type': ['lost'] });
  await target('found', arnOf('there'));
  expect((await put(entry('lost', { id: 'evt_9' }))).FailedEntryCount).toBe(0);
  expect(await received('there')).toEqual(await received('letters'));
  expect(said).toHaveBeenCalledWith(expect.stringContaining('nowhere'));
});
