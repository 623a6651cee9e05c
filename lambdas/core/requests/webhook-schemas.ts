/** What clients may send about webhooks: one schema for each operation (core/requests/schemas.ts). */
import * as z from 'zod';
import { referenceLengthMax } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import { eventPatterns } from './event-names.ts';
import { cursor, limit, text } from './schemas.ts';
import {
  eventTypeLengthMax,
  urlParamsMax,
  urlTemplateLengthMax,
  webhookUrlLengthMax,
} from './webhook-limits.ts';

const url = z
  .string()
  .min(1)
  .meta({
    description: `https, on the public internet, without credentials, at most ${webhookUrlLengthMax} characters.`,
    examples: ['https://example.com/hooks'],
  });
const events = z.array(z.enum(eventPatterns)).min(1).max(eventPatterns.length).meta({
  description:
    'Events by name, `withdrawal.*` and the like for all of a kind, `*` for all. `+credit` and `-debit` are other names of `wallet.credited` and `wallet.debited`.',
});
const method = z.enum(['POST', 'GET']).meta({
  description: 'A GET has no body: the event is in its query.',
});
/** Every brace belongs to a place, which names a field of the event's data. */
const template = /^(?:[^{}]|\{[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\})*$/;
const urlParams = z
  .record(
    text(1, 100),
    text(0, urlTemplateLengthMax).refine((value) => template.test(value), {
      message: 'braces are for fields of the event only, such as {amount}',
    }),
  )
  .refine((entries) => Object.keys(entries).length <= urlParamsMax, {
    message: `at most ${urlParamsMax} parameters`,
  })
  .nullable()
  .meta({
    description:
      "The query parameters of a GET: templates over the event's data, such as `{amount}` or `{payout.amount}`; `{event.id}`, `{event.type}`, `{event.timestamp}` and `{event.sequence}` are the event's own. Without any, each plain field of the data is a parameter, besides `event_id` and `event_type`.",
    override: {
      type: ['object', 'null'],
      maxProperties: urlParamsMax,
      additionalProperties: { type: 'string', maxLength: urlTemplateLengthMax },
      propertyNames: { type: 'string', minLength: 1, maxLength: 100 },
    },
  });
const description = text(0, referenceLengthMax).nullable();

export const CreateWebhookEndpoint = z
  .strictObject({
    url,
    events,
    method: method.default('POST'),
    urlParams: urlParams.default(null),
    description: description.default(null),
  })
  .meta({
    id: 'CreateWebhookEndpoint',
    examples: [{ url: 'https://example.com/hooks', events: ['withdrawal.completed'] }],
  });

export const UpdateWebhookEndpoint = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    method: method.optional(),
    urlParams: urlParams.optional(),
    description: description.optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'UpdateWebhookEndpoint', examples: [{ enabled: true }] });

const time = z.iso
  .datetime({ offset: true })
  .transform((value) => Date.parse(value) as Instant)
  .meta({ override: { type: 'string', format: 'date-time' } });

export const ListDeliveries = z.strictObject({
  status: z.enum(['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED']).optional(),
  type: z
    .string()
    .min(1)
    .max(eventTypeLengthMax)
    .optional()
    .meta({ description: 'The type of the event.', examples: ['withdrawal.completed'] }),
  createdAfter: time.optional(),
  createdBefore: time.optional(),
  limit,
  cursor,
});

export const ReplayWebhooks = z
  .strictObject({ since: time })
  .meta({ id: 'ReplayWebhooks', examples: [{ since: '2026-01-01T00:00:00.000Z' }] });

/** Its names are those of older clients. */
export const SendWebhook = z
  .strictObject({
    event_type: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'visible ASCII characters')
      .max(eventTypeLengthMax)
      .meta({ examples: ['+credit', '-debit', 'order.shipped'] }),
    event_id: text(1, referenceLengthMax).meta({
      description: 'Your name for it: the same is sent to an endpoint once.',
    }),
    config_id: z.string().meta({ examples: ['we_01h455vb4pex5vsknk084sn02q'] }),
    url_params: z
      .record(text(1, 100), z.unknown())
      .default({})
      .meta({
        description: 'The data of the event.',
        override: { type: 'object', additionalProperties: true },
      }),
  })
  .meta({
    id: 'SendWebhook',
    examples: [
      {
        event_type: '+credit',
        event_id: 'payment-8731',
        config_id: 'we_01h455vb4pex5vsknk084sn02q',
        url_params: { amount: '10.00' },
      },
    ],
  });
