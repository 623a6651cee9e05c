/** One withdrawal is followed through logs and trace by its id alone, and neither has anything that is nobody's business. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, expect, test } from '@jest/globals';
import { awsAt } from '../support/aws.ts';
import { clientOf, done, newAddress } from './client.ts';
import { testSystem } from './system.ts';

const { system, alice, dataDir } = testSystem();

const receiver = createServer((_, response) => response.writeHead(204).end());
afterAll(() => {
  receiver.close();
});

/** Each stands in one place only, so a finding says where it came from. */
const canary = (where: string): string => `canary-${where}-7f3a91`;

type Line = Record<string, unknown>;
const logsOf = (): { file: string; text: string }[] =>
  readdirSync(path.join(dataDir, 'logs')).map((file) => ({
    file,
    text: readFileSync(path.join(dataDir, 'logs', file), 'utf8'),
  }));
const linesAbout = (id: string): Line[] =>
  logsOf().flatMap(({ text }) =>
    text
      .split('\n')
      .filter((line) => line.includes(id) && line.endsWith('}'))
      .map((line): Line => JSON.parse(line)),
  );

async function planted(): Promise<string> {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/${canary('hook-path')}?token=${canary('hook-query')}`;
  const endpoint = { url, events: ['*'], description: canary('description') };
  const made = await alice.call<{ id: string }>('POST', '/v1/webhook-endpoints', endpoint);
  expect(made.status).toBe(201);
  const own = { event_type: canary('event-type'), event_id: 'own-1', config_id: made.body.id };
  const sent = { ...own, url_params: { name: canary('url-param') } };
  expect((await alice.call('POST', '/v1/webhooks', sent)).status).toBe(202);
  const walletId = await alice.wallet('USD', '50.00');
  const given = {
    destinationAddress: newAddress(),
    reference: canary('reference'),
    metadata: { [canary('label')]: canary('metadata') },
  };
  const { body } = await alice.withdraw(walletId, given, canary('idempotency-key'));
  return body.id;
}

/** What is refused is refused without a word of what was sent. */
async function refusedRequests(): Promise<string[]> {
  const alias = canary('alias').replaceAll('-', '_');
  const post = '/v1/withdrawals';
  const key = { 'idempotency-key': canary('refused-key') };
  const answers = [
    await alice.call('POST', post, `{"${canary('broken')}`, key),
    await alice.call('POST', post, { [canary('field')]: canary('value') }, key),
    await alice.call('POST', post, { walletId: canary('wallet'), amount: canary('amount') }, key),
    await alice.call('GET', `/v1/${canary('unknown-path')}`),
    await alice.call('GET', `${post}/${canary('id-in-path')}`),
    await alice.call('POST', `${post}/${canary('other-method')}`, {}),
    await alice.call('GET', `${post}?reference=${canary('query')}&${canary('parameter')}=1`),
    await alice.call('POST', '/graphql', {
      query: `{ ${canary('graphql').replaceAll('-', '_')} }`,
    }),
    await alice.call('POST', '/graphql', { query: `{ ${alias}: withdrawal(id: "wd_0") { id } }` }),
    await alice.call('POST', '/v1/webhook-endpoints', {
      url: `ftp://${canary('url')}`,
      events: ['*'],
    }),
    await alice.call('POST', post, {}, { authorization: `Bearer dk_${canary('api-key')}` }),
    await alice.call('POST', '/v1/providers/due/events', { id: canary('event') }),
  ];
  type Refused = { requestId?: string; errors?: { extensions?: { requestId?: string } }[] };
  return answers.map(({ body }) => {
    const { requestId, errors } = body as Refused;
    const named = requestId ?? errors?.[0]?.extensions?.requestId;
    if (named === undefined) throw new Error(`${JSON.stringify(body)} names no request`);
    return named;
  });
}

test('one id shows all of a withdrawal, and nothing shows what is secret', async () => {
  const id = await planted();
  const requestIds = await refusedRequests();
  const byGateway = [requestIds[3], requestIds.at(-2)];
  const { stage } = await alice.ended(id);
  expect(stage).toBe('settled');
  const operator = await clientOf(system.outputs, 'dk_local_operator');
  // The last webhook goes out after the end.
  const trace = await operator.until(
    async () => done(await operator.api.getWithdrawalTrace(id, operator.options), 200),
    ({ spans }) => spans.some(({ name }) => name === 'webhook withdrawal.completed'),
  );

  const lines = linesAbout(id);
  const stages = ['requested', 'reserved', 'converting', 'converted', 'signed', 'broadcast'];
  const all = [...stages, 'confirmed', 'settled'];
  const reached = lines.filter(({ message }) => message === 'stage reached');
  expect(reached.map((line) => line['stage']).toSorted()).toEqual(all.toSorted());
  expect(reached.every((line) => line['traceId'] === trace.traceId && line['walletId'])).toBe(true);
  const attempts = lines.filter(({ message }) => message === 'attempt').map((line) => line['what']);
  expect(attempts).toEqual(expect.arrayContaining(['conversion', 'payout']));
  expect(lines.filter(({ message }) => message === 'provider asked').length).toBeGreaterThan(2);
  const told = lines.filter(({ message }) => message === 'webhook attempt');
  expect(told.length).toBeGreaterThan(3);
  for (const line of told)
    expect(line).toMatchObject({
      ...{ deliveryId: expect.stringMatching(/^del_/), eventId: expect.stringMatching(/^evt_/) },
      ...{ traceId: trace.traceId, walletId: expect.stringMatching(/^wal_/) },
    });
  expect(lines.length).toBeLessThan(60);

  // One tree, from the request to the last webhook, over the stream and the queues.
  const names = new Set(trace.spans.map(({ name }) => name));
  for (const name of ['withdrawal', ...all, 'relay', 'conversion', 'payout', 'drawbridge-confirm'])
    expect([...names]).toContain(name);
  const known = new Set(trace.spans.map(({ spanId }) => spanId));
  const lost = trace.spans.filter(({ parentId }) => parentId !== null && !known.has(parentId));
  expect(lost).toEqual([]);
  expect(trace.spans.filter(({ parentId }) => parentId === null)).toHaveLength(1);
  expect(trace.spans.every(({ endedAt }) => endedAt !== null)).toBe(true);

  const text = [
    ...logsOf(),
    { file: 'traces', text: readFileSync(path.join(dataDir, 'traces.jsonl'), 'utf8') },
  ];
  for (const requestId of requestIds) {
    const where = text.filter(({ text: log }) => log.includes(requestId)).map(({ file }) => file);
    expect(where).toContain('access.log');
    // What API Gateway refuses by itself no function hears of.
    if (!byGateway.includes(requestId)) {
      const [told] = linesAbout(requestId).filter(({ message }) => message === 'request refused');
      expect(told).toMatchObject({ route: expect.any(String), status: expect.any(Number) });
    }
  }
  const sqs = new SQSClient(awsAt(system.outputs.awsEndpoint));
  for (const [name, QueueUrl] of Object.entries(system.outputs.deadLetterQueues)) {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }),
    );
    text.push({ file: `dead letters of ${name}`, text: JSON.stringify(Messages ?? []) });
  }
  const forbidden = /canary[-_]\w+(?:[-_]\w+)*|dk_local\w*|whsec_\S+|0x[\da-f]{130,}/gi;
  const found = text.flatMap(({ file, text: log }) =>
    [...log.matchAll(forbidden)].map(([word]) => `${file}: ${word}`),
  );
  expect([...new Set(found)]).toEqual([]);

  const program = path.join(import.meta.dirname, '../../bin/follow.ts');
  const { stdout } = spawnSync(process.execPath, [program, id, '--once'], {
    env: { ...process.env, DATA_DIR: dataDir },
    encoding: 'utf8',
  });
  expect(stdout).toContain('request  method=POST status=202 resource=/v1/withdrawals ');
  for (const one of all) expect(stdout).toContain(`stage reached  stage=${one}`);
  expect(stdout).toContain(`trace ${trace.traceId}`);
});

test('a dead letter of the bus is gone when its time is told, and one that nobody can read when somebody says why', async () => {
  const operator = await clientOf(system.outputs, 'dk_local_operator');
  const { api, options } = operator;
  const sqs = new SQSClient(awsAt(system.outputs.awsEndpoint));
  const QueueUrl = system.outputs.deadLetterQueues['bus'];
  const now = new Date().toISOString();
  const letter = {
    why: 'MalformedDetail',
    item: `WD#wd_${'0'.repeat(26)}`,
    DDBStreamBatchInfo: {
      approximateArrivalOfFirstRecord: now,
      approximateArrivalOfLastRecord: now,
    },
  };
  for (const MessageBody of [JSON.stringify(letter), `not json ${canary('letter')}`])
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const left = async () => done(await api.getStats(options), 200).deadLetters['bus'];
  expect(await left()).toBe(2);
  expect(done(await api.redriveDeadLetters('bus', options), 202).status).toBe('STARTED');
  await operator.until(left, (count) => count === 1);
  const [odd] = done(await api.getDeadLetters('bus', options), 200).data;
  expect(odd).toMatchObject({ readable: false, from: 'bus' });
  const named = { messageId: odd?.messageId ?? '', reason: 'A test put it there.' };
  done(await api.discardDeadLetter('bus', named, options), 200);
  expect(await left()).toBe(0);
  for (const { file, text } of logsOf())
    expect({ file, has: text.includes(canary('letter')) }).toEqual({ file, has: false });
});
