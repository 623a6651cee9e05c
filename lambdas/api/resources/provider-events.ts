/**
 * Receives the on-ramp's events. A signed event is only a hint: it rings the step that asks the provider itself. A repeat
 * rings with the same cause, which the queue takes once in five minutes; a later one makes the step look once more.
 */
import { createPublicKey, verify } from 'node:crypto';
import * as z from 'zod';
import { findClaim } from '../../adapters/dynamo/claims.ts';
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

async function ring(eventId: string, transferId: string): Promise<void> {
  const withdrawal = await findClaim(database(), tables(), transferId);
  // The transfer may not be recorded yet. The step that records it asks for its state anyway.
  if (withdrawal === null) return;
  await doorbells.ring([doorbellAt('on-ramp', withdrawal, eventId)]);
}

export const handler = httpHandler(async (request) => {
  const bytes = bytesOf(request);
  if (bytes.length > bodyBytesMax)
    return refuse('PAYLOAD_TOO_LARGE', `A body has at most ${bodyBytesMax} bytes.`);
  if (!isSigned(bytes, headerOf(request, 'x-webhook-signature')))
    return refuse('UNAUTHORIZED', 'The signature does not match the body.');
  const event = TransferEvent.safeParse(jsonIn(bytes));
  if (!event.success) return refuse('INVALID_REQUEST', 'This is not an event.');
  const { id: eventId, type, data } = event.data;
  if (type === 'transfer.status_changed' && data?.id !== undefined) await ring(eventId, data.id);
  return { status: 200, body: { received: true } };
});
