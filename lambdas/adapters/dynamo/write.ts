/**
 * Makes conditional writes. They are tried again while another transaction holds the item, and recognised as our own when
 * only the answer was lost. The SDK itself retries throttling (@smithy/core, THROTTLING_ERROR_CODES).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  PutCommand,
  type PutCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { errorName } from '../../core/kernel/errors.ts';
import type { Row } from './keys.ts';

export type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** DynamoDB refuses writes to an item that is in a transaction (guide, "Transactions"), and the SDK does not retry that. */
const conflictRetriesMax = 8;
const conflictDelayMs = 15;
export const pause = (tries: number): Promise<void> =>
  sleep(conflictDelayMs * 2 ** Math.min(tries, 5) * (0.5 + Math.random()));

const passingReasons = new Set([
  'None',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** Makes all actions or none, and answers the indexes of those that their condition refused. Throws on any other error. */
export async function transact(
  client: DynamoDBDocumentClient,
  actions: Action[],
): Promise<readonly number[]> {
  // DynamoDB knows the token for 10 minutes ("TransactWriteItems"): with a lost answer, a repetition changes nothing.
  const transaction = { TransactItems: actions, ClientRequestToken: randomUUID() };
  for (let tries = 0; ; tries += 1) {
    try {
      await client.send(new TransactWriteCommand(transaction));
      return [];
    } catch (error) {
      const reasons = cancellationReasons(error);
      if (reasons === null) throw error;
      // DynamoDB gives the reasons in the order of the actions.
      const refused = reasons.flatMap((reason, index) =>
        reason === 'ConditionalCheckFailed' ? [index] : [],
      );
      if (refused.length > 0) return refused;
      if (!reasons.every((reason) => passingReasons.has(reason)) || tries === conflictRetriesMax)
        throw error;
      await pause(tries);
    }
  }
}

/** Why each action was cancelled; `null` when the error is not about a cancelled transaction. */
function cancellationReasons(error: unknown): string[] | null {
  if (errorName(error) !== 'TransactionCanceledException') return null;
  const { CancellationReasons: reasons } = error as { CancellationReasons?: { Code?: string }[] };
  return (reasons ?? []).map(({ Code }) => Code ?? 'None');
}

/** Puts one item. False when its condition refused it. */
export const putAlone = (
  client: DynamoDBDocumentClient,
  put: PutCommandInput & { Item: Row },
): Promise<boolean> =>
  writeAlone(put.Item, () =>
    client.send(new PutCommand({ ...put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })),
  );

/**
 * Updates one item. False when its condition refused it. `written` is what the item has afterwards, undefined for no field.
 * `isRepeated`: it was asked for before, and nobody knows whether it was made.
 */
export const updateAlone = (
  client: DynamoDBDocumentClient,
  update: UpdateCommandInput,
  written: Row,
  isRepeated = false,
): Promise<boolean> => writeAlone(written, () => sendUpdate(client, update), { isRepeated });

const sendUpdate = (client: DynamoDBDocumentClient, update: UpdateCommandInput) =>
  client.send(new UpdateCommand({ ...update, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));

/**
 * Updates one item, and answers `null`, or what stands there and was refused for, which has no fields where there is no item. Whether
 * that is this very update, whose answer was lost, only the caller sees.
 */
export async function updateOrSee(
  client: DynamoDBDocumentClient,
  update: UpdateCommandInput,
): Promise<Row | null> {
  let there: Row = {};
  const isUpdated = await writeAlone(null, () => sendUpdate(client, update), {
    refused: (item) => {
      there = unmarshall(item, { wrapNumbers: (text) => BigInt(text) });
    },
  });
  return isUpdated ? null : there;
}

type Refused = { $metadata?: { attempts?: number }; Item?: Record<string, AttributeValue> };

/**
 * The SDK repeats a request whose answer was lost, and the repetition may be refused because of the first write. That is so
 * if the item has the values that were to be written. A refusal at the first attempt always comes from somebody else.
 */
async function writeAlone(
  written: Row | null,
  send: () => Promise<unknown>,
  {
    refused = () => {},
    ...known
  }: { refused?(item: NonNullable<Refused['Item']>): void; isRepeated?: boolean } = {},
): Promise<boolean> {
  let { isRepeated = false } = known;
  for (let tries = 0; ; tries += 1) {
    try {
      await send();
      return true;
    } catch (error) {
      const { $metadata, Item = {} } = error as Refused;
      isRepeated ||= ($metadata?.attempts ?? 1) > 1;
      const name = errorName(error);
      if (name === 'ConditionalCheckFailedException') {
        if (isRepeated && written !== null && shows(Item, written)) return true;
        refused(Item);
        return false;
      }
      if (name !== 'TransactionConflictException' || tries === conflictRetriesMax) throw error;
      await pause(tries);
    }
  }
}

/** Whether the item has the written values. It comes as DynamoDB sends it: lib-dynamodb does not translate errors. */
function shows(item: Record<string, unknown>, written: Row): boolean {
  const wanted = marshall(written, { removeUndefinedValues: true });
  return Object.keys(written).every((field) => isDeepStrictEqual(item[field], wanted[field]));
}
