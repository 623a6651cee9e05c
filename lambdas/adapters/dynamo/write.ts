/**
 * Conditional writes: tried again while somebody's transaction holds the item, and known as ours when they were made and
 * only the answer was lost. Throttling is retried by the SDK (@smithy/core, THROTTLING_ERROR_CODES).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type DynamoDBDocumentClient,
  PutCommand,
  type PutCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { errorName } from '../../core/kernel/errors.ts';
import type { Row } from './keys.ts';

export type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** AWS answers a conflict while another transaction holds an item; the SDK does not retry it (aws.md §2). */
const conflictRetriesMax = 8;
const conflictDelayMs = 15;
const pause = (tries: number): Promise<void> =>
  sleep(conflictDelayMs * 2 ** Math.min(tries, 5) * (0.5 + Math.random()));

const passing = new Set([
  'None',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** Makes all or none; answers the indexes of those that were refused. */
export async function transact(
  client: DynamoDBDocumentClient,
  actions: Action[],
): Promise<readonly number[]> {
  // With one token for all tries, what was made unheard is not made, or refused, a second time (AWS: for 10 minutes).
  const transaction = { TransactItems: actions, ClientRequestToken: randomUUID() };
  for (let tries = 0; ; tries += 1) {
    try {
      await client.send(new TransactWriteCommand(transaction));
      return [];
    } catch (error) {
      const reasons = cancellationReasons(error);
      if (reasons === null) throw error;
      // Reasons stand in the order of the actions.
      const refused = reasons.flatMap((reason, index) =>
        reason === 'ConditionalCheckFailed' ? [index] : [],
      );
      if (refused.length > 0) return refused;
      if (!reasons.every((reason) => passing.has(reason)) || tries === conflictRetriesMax)
        throw error;
      await pause(tries);
    }
  }
}

/** Why each action was refused; `null` when the error is no cancelled transaction. */
function cancellationReasons(error: unknown): string[] | null {
  if (errorName(error) !== 'TransactionCanceledException') return null;
  const { CancellationReasons: reasons } = error as { CancellationReasons?: { Code?: string }[] };
  return (reasons ?? []).map(({ Code }) => Code ?? 'None');
}

/** False when its condition refused it. */
export const putAlone = (
  client: DynamoDBDocumentClient,
  put: PutCommandInput & { Item: Row },
): Promise<boolean> =>
  alone(put.Item, () =>
    client.send(new PutCommand({ ...put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })),
  );

/** False when its condition refused it. `written`: what the item has after it; a field that is undefined is gone. */
export const updateAlone = (
  client: DynamoDBDocumentClient,
  update: UpdateCommandInput,
  written: Row,
): Promise<boolean> =>
  alone(written, () =>
    client.send(new UpdateCommand({ ...update, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })),
  );

type Refused = { $metadata?: { attempts?: number }; Item?: ReturnType<typeof marshall> };

/**
 * The SDK repeats a request whose answer it did not get. Refused then, it may have met its own write: it did when what it
 * wanted stands there. Refused at once, it was somebody else, who may well have wanted the same.
 */
async function alone(written: Row, send: () => Promise<unknown>): Promise<boolean> {
  let isRepeated = false;
  for (let tries = 0; ; tries += 1) {
    try {
      await send();
      return true;
    } catch (error) {
      const { $metadata, Item = {} } = error as Refused;
      isRepeated ||= ($metadata?.attempts ?? 1) > 1;
      const name = errorName(error);
      if (name === 'ConditionalCheckFailedException') return isRepeated && shows(Item, written);
      if (name !== 'TransactionConflictException' || tries === conflictRetriesMax) throw error;
      await pause(tries);
    }
  }
}

/** Errors have items as they come from DynamoDB: lib-dynamodb does not translate them. */
function shows(item: Record<string, unknown>, written: Row): boolean {
  const wanted = marshall(written, { removeUndefinedValues: true });
  return Object.keys(written).every((field) => isDeepStrictEqual(item[field], wanted[field]));
}
