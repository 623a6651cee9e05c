import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { paymentsOn } from '../../local/payments.ts';
import { awsAt } from '../support/aws.ts';
import {
  type Answer,
  clientOf,
  isFinished,
  newAddress,
  newKey,
  type Wallet,
  type Withdrawal,
} from './client.ts';
import { testSystem } from './system.ts';

const { system, alice } = testSystem();

const completed = (id: string) => alice.until(() => alice.withdrawal(id), isFinished);

// biome-ignore format: columns are the point
const routes = [
  ['ethereum', 'USD',  '100.00',   '99.50',    99_500_000n, '0.50', ['requested', 'reserved', 'converting', 'converted', 'signed', 'broadcast', 'confirmed', 'settled']],
  ['base',     'USDC', '1.234567', '1.234567', 1_234_567n,  null,   ['requested', 'reserved', 'signed', 'broadcast', 'confirmed', 'settled']],
  ['polygon',  'USDC', '0.000001', '0.000001', 1n,          null,   ['requested', 'reserved', 'signed', 'broadcast', 'confirmed', 'settled']],
  ['arbitrum', 'USD',  '1.00',     '0.50',     500_000n,    '0.50', ['requested', 'reserved', 'converting', 'converted', 'signed', 'broadcast', 'confirmed', 'settled']],
] as const;
type Asked = { walletId: string; destinationAddress: string; answer: Answer<Withdrawal> };

/** They wait for their blocks, so all of them wait at the same time: the first test asks for all. */
let asked: Map<string, Promise<Asked>> | undefined;
const askAll = () =>
  new Map(
    routes.map(([network, currency, amount]) => {
      const one = askFor(network, currency, amount);
      one.catch(() => {}); // The test of this network says so.
      return [network, one];
    }),
  );
async function askFor(network: string, currency: 'USD' | 'USDC', amount: string): Promise<Asked> {
  const walletId = await alice.wallet(currency, '200.00');
  const destinationAddress = newAddress();
  const answer = await alice.withdraw(walletId, { network, amount, destinationAddress });
  return { walletId, destinationAddress, answer };
}

test.each(routes)(
  'a withdrawal on %s from a %s wallet goes through every stage',
  async (network, _currency, _amount, payout, paid, fee, stages) => {
    asked ??= askAll();
    const { walletId, destinationAddress, answer } = (await asked.get(network)) as Asked;
    const { status, body, headers } = answer;
    expect([status, body.status, body.stage, headers.get('location')]).toEqual([
      202,
      'PENDING',
      'requested',
      `/v1/withdrawals/${body.id}`,
    ]);
    const end = await completed(body.id);
    expect(end).toMatchObject({
      status: 'COMPLETED',
      payout: { amount: payout, asset: 'USDC' },
      fees: fee === null ? [] : [{ type: 'on-ramp', amount: fee, currency: 'USD' }],
      failure: null,
      txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      completedAt: expect.any(String),
    });
    const events = await alice.get<{ sequence: number; stage: string }[]>(
      `/v1/withdrawals/${body.id}/events`,
    );
    expect(events.map(({ stage }) => stage)).toEqual(stages);
    expect(events.map(({ sequence }) => sequence)).toEqual(stages.map((_, index) => index + 1));
    expect((await paymentsOn(system.outputs, network)).get(destinationAddress)).toEqual([
      String(paid),
    ]);
    const wallet = await alice.get<Wallet>(`/v1/wallets/${walletId}`);
    expect(wallet.held).toBe('0.00');
  },
);

test('more than there is is rejected with the figures, and nothing is taken', async () => {
  const walletId = await alice.wallet('USD', '5.00');
  const { body } = await alice.withdraw(walletId, { amount: '5.01' });
  const end = await completed(body.id);
  expect(end).toMatchObject({
    status: 'FAILED',
    stage: 'rejected',
    failure: { code: 'INSUFFICIENT_FUNDS', message: expect.stringContaining('5.00 USD') },
  });
  expect(await alice.get(`/v1/wallets/${walletId}`)).toMatchObject({
    available: '5.00',
    held: '0.00',
  });
});

test('many at once take exactly what there is', async () => {
  const walletId = await alice.wallet('USDC', '50.00');
  const made = await Promise.all(
    Array.from({ length: 20 }, () => alice.withdraw(walletId, { amount: '10.00' })),
  );
  const ends = await alice.allFinished(made.map(({ body }) => body.id));
  expect(ends.filter(({ status }) => status === 'COMPLETED')).toHaveLength(5);
  expect(ends.filter(({ status }) => status === 'FAILED')).toHaveLength(15);
  expect(await alice.get(`/v1/wallets/${walletId}`)).toMatchObject({
    available: '0.00',
    held: '0.00',
  });
});

test('credits, debits and withdrawals of a wallet are applied in the order in which they were accepted', async () => {
  const walletId = await alice.wallet('USDC', '10.00');
  const move = async (type: string, amount: string) =>
    (
      await alice.call<{ id: string }>(
        'POST',
        `/v1/wallets/${walletId}/transactions`,
        { type, amount },
        { 'idempotency-key': newKey() },
      )
    ).body.id;
  const debit = await move('DEBIT', '10.00');
  const poor = await alice.withdraw(walletId, { amount: '1.00' });
  await move('CREDIT', '1.00');
  const rich = await alice.withdraw(walletId, { amount: '1.00' });
  const over = await move('DEBIT', '0.01');
  expect(await completed(poor.body.id)).toMatchObject({ stage: 'rejected' });
  expect(await completed(rich.body.id)).toMatchObject({ stage: 'settled' });
  const one = (id: string) => alice.get(`/v1/wallets/${walletId}/transactions/${id}`);
  expect(await one(debit)).toMatchObject({ status: 'PROCESSED', failure: null });
  expect(await one(over)).toMatchObject({
    status: 'FAILED',
    failure: { code: 'INSUFFICIENT_FUNDS' },
  });
});

test('fifty requests with one key are one withdrawal; another request with it is refused', async () => {
  const walletId = await alice.wallet('USDC', '100.00');
  const key = newKey();
  const destinationAddress = newAddress();
  const all = await Promise.all(
    Array.from({ length: 50 }, () => alice.withdraw(walletId, { destinationAddress }, key)),
  );
  expect(new Set(all.map(({ body }) => body.id)).size).toBe(1);
  expect(all.map(({ status }) => status).sort()).toEqual([
    ...Array.from({ length: 49 }, () => 200),
    202,
  ]);
  const replay = await alice.withdraw(walletId, { amount: '10.0', destinationAddress }, `"${key}"`);
  expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  const other = await alice.withdraw(walletId, { amount: '10.01', destinationAddress }, key);
  expect([other.status, other.body]).toMatchObject([422, { code: 'IDEMPOTENCY_KEY_REUSED' }]);
  const bob = await clientOf(system.outputs, 'dk_local_bob');
  const his = await bob.withdraw(await bob.wallet('USDC', '1.00'), { amount: '1.00' }, key);
  expect(his.status).toBe(202);
  await completed(all[0]?.body.id ?? '');
  expect((await paymentsOn(system.outputs, 'ethereum')).get(destinationAddress)).toEqual([
    '10000000',
  ]);
});

test('doubled, shuffled, foreign and broken messages change nothing', async () => {
  const sqs = new SQSClient(awsAt(system.outputs.awsEndpoint));
  const walletId = await alice.wallet('USDC', '100.00');
  const addresses = Array.from({ length: 5 }, newAddress);
  const made = await Promise.all(
    addresses.map((destinationAddress) => alice.withdraw(walletId, { destinationAddress })),
  );
  const ids = made.map(({ body }) => body.id);
  const steps = Object.entries(system.outputs.queues).filter(
    ([step]) => !step.startsWith('webhook'),
  );
  const bodies = [
    { ids },
    { ids: ids.toReversed() },
    { ids: [...ids, ...ids] },
    { ids: ['wd_00000000000000000000000000'] },
    { ids: [walletId] },
  ];
  let count = 0;
  for (let round = 0; round < 3; round += 1)
    for (const [, QueueUrl] of steps.toReversed())
      for (const body of bodies)
        await sqs.send(
          new SendMessageCommand({
            QueueUrl,
            MessageBody: JSON.stringify(body),
            MessageGroupId: `by-hand-${round}`,
            MessageDeduplicationId: `by-hand-${++count}`,
          }),
        );
  await alice.allFinished(ids);
  const paid = await paymentsOn(system.outputs, 'ethereum');
  for (const address of addresses) expect(paid.get(address)).toEqual(['10000000']);
  expect(await alice.get(`/v1/wallets/${walletId}`)).toMatchObject({
    available: '50.00',
    held: '0.00',
  });
});

test('losing what is in the queues costs time only', async () => {
  const sqs = new SQSClient(awsAt(system.outputs.awsEndpoint));
  const walletId = await alice.wallet('USD', '100.00');
  const made = await Promise.all(
    Array.from({ length: 10 }, () => alice.withdraw(walletId, { amount: '5.00' })),
  );
  for (const QueueUrl of Object.values(system.outputs.queues))
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  const ends = await alice.allFinished(made.map(({ body }) => body.id));
  expect(ends.map(({ status }) => status)).toEqual(ends.map(() => 'COMPLETED'));
});

test('the client is told of each event, signed and in sequence, however often the first is not taken', async () => {
  const told: { headers: IncomingHttpHeaders; body: string }[] = [];
  const answers = [500, 500];
  const receiver: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      told.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const endpoint = await alice.call<{ secret: string; id: string }>(
    'POST',
    '/v1/webhook-endpoints',
    {
      url: `http://127.0.0.1:${port}/hook`,
      events: ['withdrawal.*'],
    },
  );
  expect(endpoint.status).toBe(201);
  const { body } = await alice.withdraw(await alice.wallet('USDC', '1.00'), { amount: '1.00' });
  const events = () =>
    told.map(({ headers, body: sent }) =>
      new Webhook(endpoint.body.secret).verify(sent, headers as Record<string, string>),
    ) as { id: string; type: string; data: { id: string; status: string } }[];
  await alice.until(
    async () => events(),
    (all) => all.some(({ type }) => type === 'withdrawal.completed'),
  );
  expect(events().map(({ type }) => type)).toEqual(
    ['requested', 'requested', 'requested', 'reserved', 'broadcast', 'completed'].map(
      (event) => `withdrawal.${event}`,
    ),
  );
  expect(events().at(-1)).toMatchObject({ data: { id: body.id, status: 'COMPLETED' } });
  const [first, , third] = told;
  expect([third?.body, third?.headers['webhook-id']]).toEqual([
    first?.body,
    first?.headers['webhook-id'],
  ]);
  const shown = await alice.get(`/v1/webhook-endpoints/${endpoint.body.id}`);
  expect(shown).not.toHaveProperty('secret');
  await alice.call('DELETE', `/v1/webhook-endpoints/${endpoint.body.id}`);
  receiver.closeAllConnections();
  receiver.close();
});

test('health says ok', async () => {
  const { status, body } = await alice.call('GET', '/health');
  expect([status, body]).toEqual([200, { status: 'ok', checks: { database: 'ok', queues: 'ok' } }]);
});
