import { expect, test } from '@jest/globals';
import { busSchemas } from '../../lambdas/api/openapi/bus-schemas.ts';
import {
  queueRetentionSeconds,
  stepBatchMax,
  stepConcurrencyMax,
  stepReceivesMax,
} from '../../lambdas/core/kernel/limits.ts';
import { steps } from '../../lambdas/core/kernel/steps.ts';
import { errandKeptSeconds } from '../../lambdas/core/outbox/limits.ts';
import { ofType, type Resource, resources, variablesOf } from './template.ts';

const all = resources();
const queues = ofType(all, 'AWS::SQS::Queue');
const mappings = ofType(all, 'AWS::Lambda::EventSourceMapping');
const at = (list: readonly Resource[], path: string) => list.find((one) => one.path === path);

test('a queue and its dead letters for each step, the dead letters of the relay and the bus, and errands', () => {
  expect(queues.map(({ properties }) => properties['QueueName']).sort()).toEqual(
    [
      ...steps.flatMap((step) => [
        `drawbridge-${step}.fifo`,
        `drawbridge-${step}-dead-letters.fifo`,
      ]),
      'drawbridge-relay-dead-letters',
      'drawbridge-bus-dead-letters',
      // By these somebody has what runs on the hour run now.
      'drawbridge-reconcile-errands',
      'drawbridge-retell-errands',
    ].sort(),
  );
});

test('a second stack in the same account has names of its own', () => {
  const others = ofType(resources({ stackName: 'Drawbridge-staging' }), 'AWS::SQS::Queue');
  for (const { properties } of others)
    expect(properties['QueueName']).toMatch(/^drawbridge-staging-/);
});

test.each(queues)(
  '$path keeps messages for 14 days, or errands for an hour, encrypted, over TLS only',
  (queue) => {
    expect(queue.properties).toMatchObject({
      MessageRetentionPeriod: queue.path.endsWith('/errands')
        ? errandKeptSeconds
        : queueRetentionSeconds,
      SqsManagedSseEnabled: true,
    });
    const policy = ofType(all, 'AWS::SQS::QueuePolicy').find(({ properties }) =>
      JSON.stringify(properties['Queues']).includes(`"${queue.path}"`),
    );
    expect(JSON.stringify(policy?.properties)).toContain('"aws:SecureTransport":"false"');
  },
);

test.each(steps)(
  '%s: FIFO, dead letters that are FIFO too, and a visibility of 6 timeouts',
  (step) => {
    const fifo = {
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    };
    const queue = at(queues, `${step}/queue`);
    const deadLetters = at(queues, `${step}/dead-letters`);
    expect(queue?.properties).toMatchObject({
      ...fifo,
      RedrivePolicy: {
        deadLetterTargetArn: `${step}/dead-letters.Arn`,
        maxReceiveCount: stepReceivesMax,
      },
    });
    expect(deadLetters?.properties).toMatchObject(fifo);
    for (const one of [queue, deadLetters])
      expect(one?.properties).not.toHaveProperty('ContentBasedDeduplication');

    const worker = at(all, `${step}/${step}`);
    expect(Number(queue?.properties['VisibilityTimeout'])).toBeGreaterThanOrEqual(
      6 * Number(worker?.properties['Timeout']),
    );
  },
);

test.each(steps)('%s: its function gets batches, and reports each failed message', (step) => {
  const own = mappings.filter(({ properties }) => properties['FunctionName'] === `${step}/${step}`);
  expect(own.map(({ properties }) => properties)).toEqual([
    {
      EventSourceArn: `${step}/queue.Arn`,
      FunctionName: `${step}/${step}`,
      BatchSize: stepBatchMax,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: stepConcurrencyMax[step] },
    },
  ]);
});

test('relay reads only what can ring something, and puts aside what it cannot handle', () => {
  const stream = mappings.filter(({ path }) => path.startsWith('relay/'));
  expect(stream.map(({ properties }) => properties)).toMatchInlineSnapshot(`
[
  {
    "BatchSize": 100,
    "BisectBatchOnFunctionError": true,
    "DestinationConfig": {
      "OnFailure": {
        "Destination": "relay/dead-letters.Arn",
      },
    },
    "EventSourceArn": "tables/money.StreamArn",
    "FilterCriteria": {
      "Filters": [
        {
          "Pattern": "{"dynamodb":{"Keys":{"sk":{"S":["META"]}}}}",
        },
        {
          "Pattern": "{"dynamodb":{"Keys":{"sk":{"S":["WALLET"]}},"OldImage":{"status":{"S":["SUSPENDED"]}},"NewImage":{"status":{"S":["ACTIVE"]}}}}",
        },
      ],
    },
    "FunctionName": "relay/relay",
    "FunctionResponseTypes": [
      "ReportBatchItemFailures",
    ],
    "MaximumRecordAgeInSeconds": 3600,
    "MaximumRetryAttempts": 1000,
    "ParallelizationFactor": 1,
    "StartingPosition": "TRIM_HORIZON",
  },
]
`);
});

test('sweep is started every minute, gauge every five, reconcile and retell every hour, and a run that failed is not repeated', () => {
  const rules = ofType(all, 'AWS::Events::Rule').map(({ properties }) => properties);
  expect(rules).toMatchObject([
    {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Arn: 'sweep/sweep.Arn', RetryPolicy: { MaximumRetryAttempts: 0 } }],
    },
    {
      ScheduleExpression: 'rate(1 hour)',
      State: 'ENABLED',
      Targets: [{ Arn: 'reconcile/reconcile.Arn', RetryPolicy: { MaximumRetryAttempts: 0 } }],
    },
    {
      ScheduleExpression: 'rate(1 hour)',
      State: 'ENABLED',
      Targets: [{ Arn: 'retell/retell.Arn', RetryPolicy: { MaximumRetryAttempts: 0 } }],
    },
    {
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Targets: [{ Arn: 'gauge/gauge.Arn', RetryPolicy: { MaximumRetryAttempts: 0 } }],
    },
  ]);
  const [asynchronous] = ofType(all, 'AWS::Lambda::EventInvokeConfig');
  expect(asynchronous?.properties).toMatchObject({
    FunctionName: 'sweep/sweep',
    MaximumRetryAttempts: 0,
  });
});

test('a bus of the stack, which bus and retell alone may put on, each told its name', () => {
  expect(ofType(all, 'AWS::Events::EventBus').map(({ properties }) => properties)).toMatchObject([
    { Name: 'drawbridge-events' },
  ]);
  const told = ofType(all, 'AWS::Lambda::Function').filter(
    ({ path }) => variablesOf(all, path)['EVENT_BUS'] !== undefined,
  );
  expect(told.map(({ path }) => path).sort()).toEqual(['bus/bus', 'retell/retell']);
  expect(variablesOf(all, 'bus/bus')).toMatchObject({
    EVENT_BUS: 'bus/events',
    BUS_DEAD_LETTERS_URL: 'bus/dead-letters',
  });
});

test('it reads the stream beside the relay, and stops at nothing for as long as the stream remembers', () => {
  const [mapping, another] = ofType(all, 'AWS::Lambda::EventSourceMapping').filter(({ path }) =>
    path.startsWith('bus/'),
  );
  expect(another).toBeUndefined();
  expect(mapping?.properties).toMatchInlineSnapshot(`
{
  "BatchSize": 100,
  "BisectBatchOnFunctionError": true,
  "DestinationConfig": {
    "OnFailure": {
      "Destination": "bus/dead-letters.Arn",
    },
  },
  "EventSourceArn": "tables/money.StreamArn",
  "FilterCriteria": {
    "Filters": [
      {
        "Pattern": "{"dynamodb":{"Keys":{"sk":{"S":["META"]}}}}",
      },
    ],
  },
  "FunctionName": "bus/bus",
  "FunctionResponseTypes": [
    "ReportBatchItemFailures",
  ],
  "MaximumBatchingWindowInSeconds": 1,
  "MaximumRecordAgeInSeconds": 82800,
  "MaximumRetryAttempts": 10000,
  "StartingPosition": "TRIM_HORIZON",
}
`);
  // A shard has two readers, and no more.
  const readers = ofType(all, 'AWS::Lambda::EventSourceMapping').filter(
    ({ properties }) => properties['EventSourceArn'] === 'tables/money.StreamArn',
  );
  expect(readers).toHaveLength(2);
});

test('the registry has a schema of each event that is on the bus', () => {
  expect(ofType(all, 'AWS::EventSchemas::Registry')).toMatchObject([
    { properties: { RegistryName: 'drawbridge-events' } },
  ]);
  const schemas = ofType(all, 'AWS::EventSchemas::Schema').map(({ properties }) => properties);
  expect(
    schemas.map(({ SchemaName, Content }) => [SchemaName, JSON.parse(String(Content))]),
  ).toEqual(busSchemas().map(({ name, content }) => [name, content]));
  for (const { Type, RegistryName, Content } of schemas) {
    expect([Type, RegistryName]).toEqual(['OpenApi3', 'bus/schemas/registry.RegistryName']);
    // CloudFormation takes 100,000 characters.
    expect(String(Content).length).toBeLessThan(20_000);
  }
});
