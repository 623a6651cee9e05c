import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, jest, test } from '@jest/globals';
import { awsAt } from '../support/aws.ts';
import { notebook, type Running, until } from './fixture.ts';
import { hangFile, killable } from './killable-stack.ts';
import { perTest } from './per-test.ts';

afterEach(() => {
  jest.restoreAllMocks();
});
const own = perTest();
const start = async (): Promise<Running> => {
  own.running = await killable(own.directory);
  return own.running;
};

const clients = (endpoint: string) => {
  const settings = { ...awsAt(endpoint), maxAttempts: 10 };
  return { dynamo: new DynamoDBClient(settings), sqs: new SQSClient(settings) };
};
const put = (pk: string) => new PutItemCommand({ TableName: 'money', Item: { pk: { S: pk } } });
const get = (pk: string) => new GetItemCommand({ TableName: 'money', Key: { pk: { S: pk } } });
const send = (awsUrl: string, name: string) =>
  new SendMessageCommand({
    QueueUrl: `${awsUrl}/000000000000/work.fifo`,
    MessageBody: name,
    MessageGroupId: 'one group',
    MessageDeduplicationId: name,
  });
const names = (at: 'began' | 'ended'): string[] =>
  notebook(own.directory)
    .read<{ began?: string[]; ended?: string[] }>()
    .flatMap((note) => note[at] ?? []);
const engineFile = (): string => path.join(own.directory, 'data', 'dynamodb.pid');
const enginePid = (): number => Number(readFileSync(engineFile(), 'utf8'));
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('kill -9 of everything: nothing is lost, and what was being worked on comes again at once', async () => {
  writeFileSync(hangFile(own.directory), '');
  const program = path.join(import.meta.dirname, 'hold-stack.ts');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, own.directory],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { awsUrl } = JSON.parse(line.toString()) as { awsUrl: string };
  const { dynamo, sqs } = clients(awsUrl);
  for (const name of ['m1', 'm2']) await sqs.send(send(awsUrl, name));
  for (const name of ['r1', 'r2']) await dynamo.send(put(name));
  await until(
    () => names('began'),
    (began) => began.includes('m1') && began.includes('r1'),
  );
  const engine = enginePid();
  process.kill(-Number(child.pid), 'SIGKILL');
  await once(child, 'exit');
  rmSync(hangFile(own.directory));

  await start();
  await until(
    () => names('ended'),
    (ended) => ended.length >= 4,
  );
  const inOrder = (prefix: string) => names('ended').filter((name) => name.startsWith(prefix));
  // Nobody waited for the visibility timeout, which is six minutes.
  expect([inOrder('m'), inOrder('r')]).toEqual([
    ['m1', 'm2'],
    ['r1', 'r2'],
  ]);
  expect(isAlive(engine)).toBe(false);
});

test('kill -9 of the database engine: it is started again with everything in it', async () => {
  const said = jest.spyOn(console, 'error').mockReturnValue();
  const { dynamo } = clients((await start()).awsUrl);
  await dynamo.send(put('before'));
  const killed = enginePid();
  process.kill(killed, 'SIGKILL');
  await until(
    () => isAlive(killed),
    (alive) => !alive,
  );
  await dynamo.send(put('after'));
  expect((await dynamo.send(get('before'))).Item).toEqual({ pk: { S: 'before' } });
  await until(
    () => names('ended'),
    (ended) => ended.includes('before') && ended.includes('after'),
  );
  expect(said).toHaveBeenCalledWith(expect.stringContaining('ended unexpectedly'));
});

test('an engine that a killed run has left over is ended', async () => {
  const first = await start();
  await first.dynamo.call('PutItem', { TableName: 'money', Item: { pk: { S: 'kept' } } });
  await first.stop();
  const binary = path.join(import.meta.dirname, '../../node_modules/@dynoxide/linux-x64/dynoxide');
  const database = path.join(own.directory, 'data', 'dynamodb.db');
  const left = spawn(binary, ['serve', '--port', '0', '--db-path', database], { stdio: 'ignore' });
  writeFileSync(engineFile(), String(left.pid));
  const ended = once(left, 'exit');
  const second = await start();
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect((await clients(second.awsUrl).dynamo.send(get('kept'))).Item).toBeDefined();
});

test('a process that only has the same number as an engine of old is left alone', async () => {
  await (await start()).stop();
  writeFileSync(engineFile(), String(process.pid));
  await start();
  expect(isAlive(process.pid)).toBe(true);
});
