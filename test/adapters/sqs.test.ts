/** Doorbells reach a model of SQS that drops repetitions as AWS does, also of messages that were handled. */
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { sqsDoorbells } from '../../lambdas/adapters/aws/sqs.ts';
import type { DeliveryId } from '../../lambdas/core/kernel/ids.ts';
import type { Changed } from '../../lambdas/core/outbox/changes.ts';
import { makeRelay } from '../../lambdas/core/outbox/relay.ts';
import { makeSweep } from '../../lambdas/core/outbox/sweep.ts';
import type { WebhookStore } from '../../lambdas/core/webhooks/store.ts';
import { sqsModel } from '../sim/models/sqs.ts';
import { stillWorld } from '../sim/still-world.ts';
import { listing } from '../support/sweep.ts';
import { at, requestedOf, testClock, transactionOf, walletOf } from '../support/things.ts';

const wallet = walletOf();
const webhooks = {
  createDeliveries: async () => new Set<DeliveryId>(),
  endpointsOf: async () => [],
};

function startQueue() {
  const queue = { name: 'debit.fifo', url: 'https://sqs/debit.fifo' };
  const model = sqsModel(stillWorld(), [{ ...queue, deduplicationScope: 'messageGroup' }]);
  const sqs = mockClient(SQSClient);
  sqs.on(SendMessageBatchCommand).callsFake((input: Record<string, unknown>) => {
    const { body } = model.execute('SendMessageBatch', input);
    return JSON.parse(String(body));
  });
  const doorbells = sqsDoorbells(new SQSClient({ region: 'us-east-1' }), () => queue.url);
  return {
    doorbells,
    relay: makeRelay(webhooks as unknown as WebhookStore, doorbells, new Map(), testClock(1)),
    /** Receives all messages and deletes them. */
    handle: () => {
      const records = model.receive(queue.name, 10);
      model.delete(
        queue.name,
        records.map(({ receiptHandle }) => receiptHandle),
      );
      return records.map(({ body }) => JSON.parse(body));
    },
  };
}
const accepted = (): Changed => ({
  item: 'withdrawal',
  now: requestedOf(wallet),
  linesBefore: 0,
});

test('each change rings, however soon after the one before it was handled', async () => {
  const { relay, handle } = startQueue();
  const credit: Changed = { item: 'transaction', now: transactionOf(wallet, 'CREDIT', 1n) };
  for (const change of [accepted(), accepted(), credit]) {
    await relay([change]);
    const named = change.item === 'withdrawal' ? [expect.stringContaining(change.now.id)] : [];
    expect(handle()).toEqual([{ ids: [wallet.id, ...named] }]);
  }
});

test('changes that are relayed once more ring nobody', async () => {
  const { relay, handle } = startQueue();
  const changes = [accepted(), accepted()];
  await relay(changes);
  await relay(changes);
  expect(handle()).toHaveLength(1);
  await relay(changes);
  expect(handle()).toEqual([]);
});

test('each pass of sweep rings, although nothing has changed', async () => {
  const { doorbells, handle } = startQueue();
  const withdrawal = { ...requestedOf(wallet), nextAttemptAt: at(1) };
  const index = listing({ due: [{ id: withdrawal.id, at: at(1) }] }, [withdrawal]);
  for (const now of [20_000, 20_001]) {
    await makeSweep(index, doorbells, { pollMs: 1_000, passMs: 1_000 })(at(now));
    expect(handle()).toHaveLength(1);
  }
});
