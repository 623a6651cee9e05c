/** Keeps in the `control` table why a step failed for an id the last time: all that there is to say of a dead letter. */
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { queueRetentionSeconds } from '../../core/kernel/limits.ts';
import type { Step } from '../../core/kernel/steps.ts';
import type { StepFailure } from '../../core/operations/dead-letters.ts';
import type { Tables } from './client.ts';
import { instant } from './fields.ts';

export const failureKey = (step: Step, id: string) => ({ pk: `FAILED#${step}`, sk: id });

const failureRow = z.object({ sk: z.string(), name: z.string(), why: z.string(), at: instant });
export function failureFrom(row: unknown): StepFailure {
  const { sk: id, ...failure } = failureRow.parse(row);
  return { id, ...failure };
}

export const keepFailure = async (
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
  step: Step,
  { id, ...failure }: StepFailure,
): Promise<void> => {
  // It is of use for as long as the dead letter lies there.
  const expiresAt = Math.floor(failure.at / 1_000) + 2 * queueRetentionSeconds;
  const Item = { ...failureKey(step, id), ...failure, expiresAt };
  await client.send(new PutCommand({ TableName, Item }));
};
