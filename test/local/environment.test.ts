import { expect, test } from '@jest/globals';
import type { Resource } from '../../local/template/template.ts';
import { lambda, notebook, noteCode, until } from './fixture.ts';
import { perTest } from './per-test.ts';

const own = perTest();

const code = { probe: 'export const handler = async () => process.env;' };
const probe = (Variables: Record<string, unknown>): Record<string, Resource> => ({
  Parameter: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'debit' } },
  Probe: lambda('probe', { Environment: { Variables } }),
});
async function environmentOf(variables: Record<string, unknown>): Promise<Record<string, string>> {
  const { stack } = await own.run({ resources: probe(variables), code });
  const invocation = await stack.invoke('probe', '{}');
  if (!invocation.ok) throw new Error(invocation.error.errorMessage);
  return JSON.parse(invocation.payload);
}

test('a function gets what the template declares, resolved, and what Lambda sets', async () => {
  const environment = await environmentOf({ QUEUE_URL: { Ref: 'Parameter' }, PLAIN: 1 });
  expect(environment).toMatchObject({
    QUEUE_URL: `${own.running?.awsUrl}/000000000000/debit`,
    PLAIN: '1',
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'probe',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_ENDPOINT_URL: own.running?.awsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: own.running?.dynamo.endpoint,
  });
});

test('local values replace declared ones, and reach nobody who has not declared them', async () => {
  const environment = await environmentOf({
    TOLD: 'there',
    TOKEN_SECRET_ARN: 'arn:aws:secretsmanager:…',
    TREASURY_KEY_ID: 'a key in KMS',
    GAS_KEY_IDS: 'more of them',
    EVM_RPC_URL_BASE: 'http://node',
  });
  expect(environment).toMatchObject({
    TOLD: 'here',
    TOKEN: 'a secret',
    EVM_TREASURY_KEY: '0x1',
    EVM_GAS_KEYS: '0x2,0x3',
    FINALITY_MS: '1',
  });
  for (const deployed of ['TOKEN_SECRET_ARN', 'TREASURY_KEY_ID', 'GAS_KEY_IDS'])
    expect(environment).not.toHaveProperty(deployed);
  await own.running?.stop();
  const other = await environmentOf({});
  for (const name of ['TOLD', 'TOKEN', 'EVM_TREASURY_KEY', 'EVM_GAS_KEYS', 'FINALITY_MS'])
    expect(other).not.toHaveProperty(name);
});

test.each([
  [{ LogFormat: 'JSON' }, 'INFO'],
  [{ LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG' }, 'DEBUG'],
  [{ LogFormat: 'Text' }, undefined],
])('a function that logs %j is told of the level %s, as Lambda does it', async (logging, level) => {
  const resources = { Probe: lambda('probe', { LoggingConfig: logging }) };
  const { stack } = await own.run({ resources, code });
  const invocation = await stack.invoke('probe', '{}');
  if (!invocation.ok) throw new Error(invocation.error.errorMessage);
  expect(JSON.parse(invocation.payload)['AWS_LAMBDA_LOG_LEVEL']).toBe(level);
});

const rule = (ScheduleExpression: string, State = 'ENABLED'): Record<string, Resource> => ({
  Tick: lambda('tick', { Environment: { Variables: { NOTEBOOK: notebook(own.directory).file } } }),
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      Name: 'every-minute',
      ScheduleExpression,
      State,
      Targets: [{ Id: '0', Arn: { 'Fn::GetAtt': ['Tick', 'Arn'] } }],
    },
  },
});
const tickCode = { tick: `${noteCode} export const handler = async (event) => note(event);` };

test('a rule starts its function at once, with the event of EventBridge', async () => {
  await own.run({ resources: rule('rate(1 minute)'), code: tickCode });
  const [event] = await until(
    () => notebook(own.directory).read(),
    ({ length }) => length > 0,
  );
  expect(event).toMatchObject({
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    resources: ['arn:aws:events:us-east-1:000000000000:rule/every-minute'],
    detail: {},
  });
});

test.each(['cron(0 12 * * ? *)', 'rate(soon)', ''])('a rule with "%s" is refused', async (text) => {
  const started = own.run({ resources: rule(text), code: tickCode });
  await expect(started).rejects.toThrow(/every-minute has no rate/);
});

const threadCode = {
  tick: `import { threadId } from 'node:worker_threads';
    export const handler = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return threadId;
    };`,
};
/** How many threads have answered: as many as are to come, or more, while several are asked at once; and then one more. */
async function threadsOf(
  resources: Record<string, Resource>,
  toCome: number,
): Promise<[number, number]> {
  const { stack } = await own.run({ resources, code: threadCode });
  const threads = new Set<unknown>();
  const answer = async (): Promise<void> => {
    const invocation = await stack.invoke('tick', '{}');
    threads.add(invocation.ok ? invocation.payload : invocation.error.errorMessage);
  };
  const several = () => Promise.all([1, 2, 3, 4, 5, 6].map(answer));
  // A worker starts while others are asked.
  do await several();
  while (threads.size < toCome);
  await several();
  const together = threads.size;
  await new Promise((resolve) => setTimeout(resolve, 100));
  await answer();
  return [together, threads.size];
}

const method = (HttpMethod: string): Record<string, Resource> => ({
  Tick: lambda('tick'),
  Method: {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      ...{ HttpMethod, AuthorizationType: 'NONE' },
      ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
      Integration: {
        Type: 'AWS_PROXY',
        Uri: 'arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:0:function:tick/invocations',
      },
    },
  },
});

test.each([
  ['requests invoke', method('GET'), 3],
  ['a rule invokes', rule('rate(1 minute)'), 1],
  ['takes events that others post', method('POST'), 1],
])('a function that %s has so many workers', async (_, resources, workers) => {
  expect(await threadsOf(resources, workers)).toEqual([workers, workers]);
});

test('a worker that a rule needs seldom is not kept warm', async () => {
  expect(await threadsOf(rule('rate(1 hour)'), 1)).toEqual([1, 2]);
});
