/**
 * Runs SQS on this machine: fauxqs 2.4.1, in this process, with its database in the data directory. Event sources use its
 * queues directly; all others send it HTTP requests through the AWS endpoint. Its own `startFauxqs` would listen on all
 * interfaces, so its parts are put together here.
 */
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildApp } from '../../node_modules/fauxqs/dist/app.js';
import { PersistenceManager } from '../../node_modules/fauxqs/dist/persistence.js';
import { S3Store } from '../../node_modules/fauxqs/dist/s3/s3Store.js';
import { SnsStore } from '../../node_modules/fauxqs/dist/sns/snsStore.js';
import { type SqsQueue, SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import type { DataDir } from '../host/data-dir.ts';
import { region } from '../template/aws-names.ts';
import { queueArnOf, queueUrlOf } from '../template/identities.ts';
import { moveTasks } from './sqs-move-tasks.ts';

export type QueueSettings = {
  name: string;
  /** The attributes as SetQueueAttributes takes them. */
  attributes: Record<string, string>;
};
export type SqsMessage = {
  receiptHandle: string;
  message: SqsQueue['inflightMessages'] extends Map<string, { message: infer Message }>
    ? Message
    : never;
};
export type SqsAnswer = { status: number; contentType: string; body: string };
export type SqsEngine = {
  /** Answers a request in SQS's JSON protocol. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Answers a request whose body has been read already. */
  answer(headers: Record<string, string>, body: string): Promise<SqsAnswer>;
  /** Creates a queue, or gives an existing one these attributes and keeps its messages. */
  createQueue(settings: QueueSettings): void;
  /**
   * Waits for messages, and answers none only when `signal` is aborted. It gives as many of a group as there is room for, in order, and
   * none of a group of which one is in flight.
   */
  receive(queue: string, max: number, signal: AbortSignal): Promise<SqsMessage[]>;
  delete(queue: string, receiptHandles: readonly string[]): void;
  /** Sends a message to a standard queue. */
  send(queue: string, body: string): void;
  stop(): Promise<void>;
};

/** The longest wait of a long poll (SQS guide, "Long polling"). */
const waitSeconds = 20;

/** Starts the engine. Messages in flight at the end of the last run are visible again, because their receivers are gone. */
export async function startSqs(dataDir: DataDir, awsEndpoint: string): Promise<SqsEngine> {
  const folder = dataDir.file('sqs');
  mkdirSync(folder, { recursive: true });
  const persistence = new PersistenceManager(folder);
  // A write that the operating system has survives the death of this process. Syncing each would cost 90 % of the speed.
  persistence['db'].exec('PRAGMA synchronous = NORMAL');
  const database = new DatabaseSync(path.join(folder, 'fauxqs.db'), { timeout: 5_000 });
  database.exec('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL');
  // fauxqs's own statement sets the receive count to NULL, which the column refuses: the message would be lost until a restart.
  const makeVisible = database.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => {
    makeVisible.run(messageId);
  };
  moveQueues(database, awsEndpoint);

  const sqsStore = new SqsStore();
  const snsStore = new SnsStore();
  sqsStore.region = region;
  persistence.loadSqsAndSns(sqsStore, snsStore);
  sqsStore.persistence = persistence;
  for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
  const stores = { sqsStore, snsStore, s3Store: new S3Store() };
  const app = buildApp({ logger: false, stores });
  await app.ready();

  const find = (name: string): SqsQueue => {
    const queue = sqsStore.getQueueByName(name);
    if (queue === undefined) throw new Error(`There is no queue ${name}.`);
    return queue;
  };
  const moves = moveTasks(sqsStore);
  const actionOf = (target: unknown): string => String(target).replace('AmazonSQS.', '');
  return {
    handle: (request, response) => {
      if (!/MessageMoveTask/.test(actionOf(request.headers['x-amz-target'])))
        return app.routing(request, response);
      void answerMove(moves, actionOf(request.headers['x-amz-target']), request, response);
    },
    answer: async (headers, payload) => {
      const action = actionOf(headers['x-amz-target']);
      const moved = /MessageMoveTask/.test(action) ? moves(action, JSON.parse(payload)) : null;
      if (moved !== null)
        return { status: moved.status, contentType: jsonType, body: JSON.stringify(moved.body) };
      const answer = await app.inject({ method: 'POST', url: '/', headers, payload });
      const contentType = String(answer.headers['content-type']);
      return { status: answer.statusCode, contentType, body: answer.body };
    },
    createQueue: ({ name, attributes }) => {
      const existing = sqsStore.getQueueByName(name);
      if (existing !== undefined) return existing.setAttributes(attributes);
      sqsStore.createQueue(name, queueUrlOf(awsEndpoint, name), queueArnOf(name), attributes);
    },
    receive: async (name, max, signal) => {
      const queue = find(name);
      const cancel = () => queue.cancelWaiters();
      signal.addEventListener('abort', cancel);
      try {
        while (!signal.aborted) {
          const received = receiveNow(queue, max, (arn) => sqsStore.getQueueByArn(arn));
          if (received.length > 0) return received;
          await queue.waitForMessages(waitSeconds);
        }
        return [];
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
    delete: (name, receiptHandles) => {
      const queue = find(name);
      for (const handle of receiptHandles) queue.deleteMessage(handle);
    },
    send: (name, body) => find(name).enqueue(SqsStore.createMessage(body)),
    stop: async () => {
      await app.close();
      persistence.close();
      database.close();
    },
  };
}

const jsonType = 'application/x-amz-json-1.0';

async function answerMove(
  moves: ReturnType<typeof moveTasks>,
  action: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const moved = moves(action, JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(moved?.status ?? 400, { 'content-type': jsonType });
    response.end(JSON.stringify(moved?.body ?? {}));
  } catch (error) {
    console.error('A move task was not answered:', error);
    response.writeHead(500).end(); // The SDKs retry a 500.
  }
}

/** Corrects the stored queue URLs, which contain the AWS endpoint: its port may differ from run to run. */
function moveQueues(database: DatabaseSync, awsEndpoint: string): void {
  const move = database.prepare('UPDATE sqs_queues SET url = ? WHERE name = ?');
  for (const { name } of database.prepare('SELECT name FROM sqs_queues').all())
    move.run(queueUrlOf(awsEndpoint, String(name)), String(name));
}

/**
 * fauxqs gives one message of a group at a time. SQS gives as many of one as fit (SQS guide, "FIFO queue delivery logic"), so whatever
 * was given here is not in the way of the next of its group until all that there is room for are taken.
 */
function receiveNow(queue: SqsQueue, max: number, queueOf: Parameters<SqsQueue['dequeue']>[2]) {
  const received: SqsMessage[] = [];
  const groups = new Map<string, number>();
  queue.processTimers();
  // What comes again is put first by fauxqs one by one, so several of a group would come in the wrong order.
  for (const waiting of queue.fifoMessages.values())
    if ((waiting[0]?.approximateReceiveCount ?? 0) > 0) waiting.sort(bySequence);
  while (received.length < max) {
    const some = queue.dequeue(max - received.length, undefined, queueOf).flatMap(inFlight(queue));
    if (some.length === 0) break;
    received.push(...some);
    for (const { message } of some) {
      const { messageGroupId: group } = message;
      if (group === undefined) continue;
      groups.set(group, (groups.get(group) ?? 0) + 1);
      queue.fifoLockedGroups.delete(group);
    }
  }
  for (const [group, count] of groups) queue.fifoLockedGroups.set(group, count);
  return received;
}

const bySequence = (
  { sequenceNumber: a = '' }: SqsMessage['message'],
  { sequenceNumber: b = '' }: SqsMessage['message'],
): number => (a < b ? -1 : 1);

const inFlight =
  (queue: SqsQueue) =>
  ({ ReceiptHandle }: { ReceiptHandle: string }): SqsMessage[] => {
    const entry = queue.inflightMessages.get(ReceiptHandle);
    return entry === undefined ? [] : [{ receiptHandle: ReceiptHandle, message: entry.message }];
  };
