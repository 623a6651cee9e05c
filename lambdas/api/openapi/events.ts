/** The section `webhooks` of the OpenAPI document: every event that an endpoint may get, with its schema. */
import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import type { eventTypes } from '../../core/requests/event-names.ts';
import { disabledReasons } from '../../core/webhooks/endpoint.ts';
import { eventId } from './webhooks.ts';

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const words = { type: 'string' } as const;
const when = { type: 'string', format: 'date-time' } as const;
const object = (properties: Record<string, object>) => ({
  type: 'object' as const,
  properties,
  required: Object.keys(properties),
});
/** What is sent is described as it is answered elsewhere: a request of zod-openapi would be another schema. */
const [Withdrawal, Transaction] = [ref('Withdrawal'), ref('Transaction')];
const Disabled = object({
  id: words,
  url: words,
  disabledReason: { type: 'string', enum: [...disabledReasons] },
  disabledAt: when,
});
const Tried = object({ id: words, url: words, sentAt: when });

type Told = (typeof eventTypes)[number] | 'webhook-endpoint.test';
const events: Readonly<Record<Told, { is: string; data: object }>> = {
  'withdrawal.requested': { is: 'A withdrawal was accepted.', data: Withdrawal },
  'withdrawal.reserved': { is: 'Its money is held.', data: Withdrawal },
  'withdrawal.converted': { is: 'Its money is in the asset to be paid.', data: Withdrawal },
  'withdrawal.broadcast': { is: 'Its payout is on its way.', data: Withdrawal },
  'withdrawal.retrying': {
    is: 'It waits for its next attempt; `nextAttemptAt` says when that comes.',
    data: Withdrawal,
  },
  'withdrawal.completed': { is: 'Its payout is final.', data: Withdrawal },
  'withdrawal.failed': { is: 'Nothing was paid; all was given back.', data: Withdrawal },
  'withdrawal.cancelled': { is: 'It was cancelled; all was given back.', data: Withdrawal },
  'withdrawal.review': { is: 'A person has to look at it; its money is held.', data: Withdrawal },
  'wallet.credited': { is: 'A credit has come into the ledger.', data: Transaction },
  'wallet.debited': { is: 'A debit has come into the ledger.', data: Transaction },
  'webhook-endpoint.disabled': {
    is: 'We have disabled another of your endpoints.',
    data: Disabled,
  },
  'webhook-endpoint.test': { is: 'You have asked for it, to try the endpoint.', data: Tried },
};

const headers = z.object({
  'webhook-id': eventId,
  'webhook-timestamp': z
    .string()
    .meta({ description: 'When this attempt was sent, in seconds since 1970.' }),
  'webhook-signature': z.string().meta({
    description:
      '`v1,` and the base64 of HMAC-SHA-256 over `id.timestamp.body`, one for each secret that is valid, with a space between.',
  }),
});

/** `withdrawal.completed` as `withdrawalCompletedEvent`. */
const nameOf = (type: string): string =>
  `${type.replace(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase())}Event`;

export const webhookEvents = (): ZodOpenApiPathsObject =>
  Object.fromEntries(
    Object.entries(events).map(([type, { is, data }]) => [
      type,
      {
        post: {
          operationId: nameOf(type),
          tags: ['Webhooks'],
          summary: is,
          security: [],
          requestParams: { header: headers },
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: object({
                  id: words,
                  type: { const: type },
                  timestamp: when,
                  sequence: { type: 'integer', minimum: 1 },
                  data,
                }),
              },
            },
          },
          responses: {
            '2XX': { description: 'Taken. Anything else is tried again.' },
            '410': { description: 'The receiver is gone: its endpoint is disabled.' },
          },
        },
      },
    ]),
  );
