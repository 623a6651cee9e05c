/**
 * Sends a client's own event once (`POST /v1/webhooks`). What makes it happen once for ever is the delivery's id; a replay of the
 * request is only a nuisance, and that Powertools' idempotency spares: its records expire.
 */
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Context } from 'aws-lambda';
import { rawDynamoClient } from '../adapters/dynamo/client.ts';
import type { EndpointId } from '../core/kernel/ids.ts';
import { apiTimeoutSeconds } from '../core/kernel/limits.ts';
import { tables } from './tables.ts';

const config = new IdempotencyConfig({
  eventKeyJmesPath: 'eventId',
  expiresAfterSeconds: 14 * 24 * 3600,
});
/** A request that dies locks its event for no longer than a request lasts. */
const lasts = { getRemainingTimeInMillis: () => apiTimeoutSeconds * 1_000 };
config.registerLambdaContext(lasts as Context);
const awsSdkV3Client = rawDynamoClient();

/** Calls `send`, unless it was called for this event of this endpoint before, or another request is calling it now. */
export async function sendOnce(
  endpointId: EndpointId,
  eventId: string,
  send: () => Promise<unknown>,
): Promise<void> {
  const once = makeIdempotent(
    async (_: { eventId: string }) => {
      await send();
      return { sent: true };
    },
    {
      persistenceStore: new DynamoDBPersistenceLayer({
        tableName: tables().control,
        keyAttr: 'pk',
        sortKeyAttr: 'sk',
        // Each endpoint is a partition of its own, so that no busy one is in the way of another.
        staticPkValue: `OWN-EVENT#${endpointId}`,
        expiryAttr: 'expiresAt',
        awsSdkV3Client,
      }),
      config,
      keyPrefix: 'own-event',
    },
  );
  try {
    await once({ eventId });
  } catch (error) {
    if (!(error instanceof IdempotencyAlreadyInProgressError)) throw error;
  }
}
