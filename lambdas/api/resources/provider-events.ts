/**
 * Receives the on-ramp's events. A signed event is only a hint: it rings the step that asks the provider itself. Each event
 * id rings once, only to save work. So Powertools' idempotency is enough here, though its records expire.
 */
import { createPublicKey, verify } from 'node:crypto';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import * as z from 'zod';
import { findClaim } from '../../adapters/dynamo/claims.ts';
import { rawDynamoClient } from '../../adapters/dynamo/client.ts';
import { bootDoorbells } from '../../boot/outbox.ts';
import { dueWebhookPublicKey } from '../../boot/settings.ts';
import { database, tables } from '../../boot/tables.ts';
import { bodyBytesMax } from '../../core/kernel/limits.ts';
import { doorbellAt } from '../../core/outbox/doorbells.ts';
import { refuse } from '../../core/requests/problem.ts';
import { bytesOf, headerOf, httpHandler } from '../http.ts';

const doorbells = bootDoorbells();
const pem = dueWebhookPublicKey();
const publicKey = pem === null ? null : createPublicKey(pem);

const TransferEvent = z.object({
  id: z.string().min(1).max(200),
  type: z.string(),
  data: z.object({ id: z.string().max(200).optional() }).optional(),
});

/** Due signs the raw body with Ed25519 and sends the signature in hexadecimal (due.readme.io/docs/webhook-security). */
function isSigned(bytes: Buffer, signature: string | null): boolean {
  if (publicKey === null || signature === null || !/^[0-9a-f]{128}$/i.test(signature)) return false;
  return verify(null, bytes, publicKey, Buffer.from(signature, 'hex'));
}

/** `undefined` for what is no JSON, and no event then. */
function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

const ring = async ({
  eventId,
  transferId,
}: {
  eventId: string;
  transferId: string;
}): Promise<{ rung: boolean }> => {
  const withdrawal = await findClaim(database(), tables(), transferId);
  // The transfer may not be recorded yet. The step that records it asks for its state anyway.
  if (withdrawal === null) return { rung: false };
  await doorbells.ring([doorbellAt('on-ramp', withdrawal, eventId)]);
  return { rung: true };
};

const config = new IdempotencyConfig({
  eventKeyJmesPath: 'eventId',
  expiresAfterSeconds: 14 * 24 * 3600,
});
const ringOnce = makeIdempotent(ring, {
  persistenceStore: new DynamoDBPersistenceLayer({
    tableName: tables().control,
    keyAttr: 'pk',
    sortKeyAttr: 'sk',
    staticPkValue: 'PROVIDER-EVENT',
    expiryAttr: 'expiresAt',
    awsSdkV3Client: rawDynamoClient(),
  }),
  config,
  keyPrefix: 'due',
});

export const handler = httpHandler(async (request, context) => {
  // With the context, an invocation that dies locks its event only for the time that it had left.
  config.registerLambdaContext(context);
  const bytes = bytesOf(request);
  if (bytes.length > bodyBytesMax)
    return refuse('PAYLOAD_TOO_LARGE', `A body has at most ${bodyBytesMax} bytes.`);
  if (!isSigned(bytes, headerOf(request, 'x-webhook-signature')))
    return refuse('UNAUTHORIZED', 'The signature does not match the body.');
  const event = TransferEvent.safeParse(jsonIn(bytes));
  if (!event.success) return refuse('INVALID_REQUEST', 'This is not an event.');
  const { id: eventId, type, data } = event.data;
  if (type === 'transfer.status_changed' && data?.id !== undefined)
    await ringOnce({ eventId, transferId: data.id });
  return { status: 200, body: { received: true } };
});
