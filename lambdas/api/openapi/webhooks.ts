/** The schemas of answers about webhooks in the OpenAPI document. */
import * as z from 'zod';
import { eventPatterns } from '../../core/requests/event-names.ts';
import { disabledReasons } from '../../core/webhooks/endpoint.ts';
import { deliveryFailures, deliveryStatuses } from '../../core/webhooks/webhook.ts';
import { idOf, time } from './resources.ts';

export const endpointId = idOf('we', 'Id of a webhook endpoint');
export const eventId = idOf('evt', 'Id of an event: the `webhook-id` of all that is sent of it');
export const deliveryId = z
  .string()
  .regex(/^del_[0-9a-hjkmnp-tv-z]{26}_(wd|txn|evt)_[0-9a-hjkmnp-tv-z]{26}_[1-9]\d{0,5}$/)
  .meta({
    description: 'Id of a delivery: of one event to one endpoint',
    examples: ['del_01h455vb4pex5vsknk084sn02q_wd_01h455vb4pex5vsknk084sn02r_1'],
  });

const endpoint = {
  id: endpointId,
  url: z.string(),
  method: z.enum(['POST', 'GET']),
  urlParams: z.record(z.string(), z.string()).nullable(),
  events: z.array(z.enum(eventPatterns)),
  description: z.string().nullable(),
  enabled: z.boolean().meta({
    description:
      'What happens while it is false is not recorded for this endpoint and never sent to it, by a replay neither.',
  }),
  disabledReason: z.enum(disabledReasons).nullable().meta({
    description:
      'Why we have disabled it: `RECEIVER_GONE`, its receiver answered 410; `FAILING`, every attempt of five days failed. Null also when you have disabled it.',
  }),
  createdAt: time,
};
export const WebhookEndpoint = z.object(endpoint).meta({ id: 'WebhookEndpoint' });
export const CreatedWebhookEndpoint = z
  .object({ ...endpoint, secret: z.string().meta({ description: 'Shown this once.' }) })
  .meta({ id: 'CreatedWebhookEndpoint' });

const DeliveryAttempt = z
  .object({
    number: z.int().min(0).max(6),
    startedAt: time,
    completedAt: time.nullable(),
    durationMs: z.int().nullable(),
    httpStatus: z.int().nullable(),
    responseBody: z.string().nullable().meta({ description: 'Its first 4 KiB.' }),
    error: z.string().nullable().meta({
      description:
        'Why there is no answer. `SENT_UNKNOWN`: its end was never seen, so the receiver may have got it.',
    }),
    query: z.string().nullable().meta({ description: 'Of a GET: the query that was sent.' }),
  })
  .meta({ id: 'WebhookDeliveryAttempt' });

export const WebhookDelivery = z
  .object({
    id: deliveryId,
    endpointId,
    eventId,
    type: z.string(),
    status: z.enum(deliveryStatuses),
    failure: z.enum(deliveryFailures).nullable().meta({ description: 'Why it was given up.' }),
    nextAttemptAt: time.nullable(),
    body: z.string().meta({ description: 'The event, as each POST sends it.' }),
    attempts: z.array(DeliveryAttempt),
    redeliveries: z.int().min(0).meta({
      description: 'How often it was delivered once more; `attempts` are those of the last time.',
    }),
    earlierAttempts: z.array(z.array(DeliveryAttempt)).meta({
      description: 'The attempts of the times before, where one delivery is asked for.',
    }),
    createdAt: time,
  })
  .meta({ id: 'WebhookDelivery' });

export const Replaying = z
  .object({ id: z.string(), total: z.int().min(0), done: z.int().min(0) })
  .meta({
    id: 'WebhookReplay',
    description: 'How many deliveries are made once more, and how many of them are on their way.',
  });

const counts = {
  pending: z.int().min(0),
  processing: z.int().min(0),
  completed: z.int().min(0),
  failed: z.int().min(0),
  attempts: z.int().min(0),
  successRate: z.number().min(0).max(1).meta({
    description:
      'Of the deliveries that have ended. While none has: 0 once there were attempts, and 1 before.',
  }),
  p50Ms: z.int().nullable().meta({ description: 'Half of the attempts took no longer.' }),
  p95Ms: z.int().nullable(),
};
export const WebhookStats = z
  .object({
    ...counts,
    byEndpoint: z.array(z.object({ endpointId, ...counts })),
  })
  .meta({ id: 'WebhookStats' });
