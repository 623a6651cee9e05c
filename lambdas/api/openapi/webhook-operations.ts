/** The descriptions of the operations on webhooks in the OpenAPI document. */
import { webhookEndpointsMax } from '../../core/kernel/limits.ts';
import { type Description, ok, page } from './description.ts';
import * as webhooks from './webhooks.ts';

export const webhookDescriptions = {
  createWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'Register a webhook endpoint',
    description: `It is told of events, signed by Standard Webhooks. A tenant has at most ${webhookEndpointsMax}.`,
    answers: { 201: { is: 'Created.', schema: webhooks.CreatedWebhookEndpoint } },
    problems: ['WEBHOOK_URL_NOT_ALLOWED', 'CONFLICT'],
  },
  listWebhookEndpoints: {
    tag: 'Webhooks',
    summary: 'List webhook endpoints',
    answers: page(webhooks.WebhookEndpoint, 'WebhookEndpointPage'),
  },
  getWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'A webhook endpoint',
    answers: ok('The endpoint.', webhooks.WebhookEndpoint),
  },
  updateWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'Change a webhook endpoint',
    description:
      'What it begins to want, it is told of from now on. When it is disabled, what waits for it is given up (`FAILED`, and can be replayed); what happens until it is enabled again is not recorded for it, and is never sent to it: read how things are then.',
    answers: ok('The endpoint.', webhooks.WebhookEndpoint),
    problems: ['WEBHOOK_URL_NOT_ALLOWED'],
  },
  deleteWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'Delete a webhook endpoint',
    description: 'It is told nothing any more. Its deliveries can be looked up by their ids.',
    answers: { 204: { is: 'Deleted.', schema: null } },
  },
  rotateWebhookSecret: {
    tag: 'Webhooks',
    summary: 'Replace the secret of a webhook endpoint',
    description: 'For 24 hours both secrets sign, so that the receiver can change over.',
    answers: ok('The endpoint with its new secret.', webhooks.CreatedWebhookEndpoint),
    problems: ['CONFLICT'],
  },
  testWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'Send a webhook endpoint a test event',
    description: 'An event `webhook-endpoint.test`, whatever the endpoint wants otherwise.',
    answers: { 202: { is: 'Its delivery.', schema: webhooks.WebhookDelivery } },
    problems: ['CONFLICT'],
  },
  listWebhookDeliveries: {
    tag: 'Webhooks',
    summary: 'List the deliveries to a webhook endpoint',
    description: 'Deliveries are kept for 90 days. Filters combine.',
    answers: page(webhooks.WebhookDelivery, 'WebhookDeliveryPage'),
  },
  replayWebhooks: {
    tag: 'Webhooks',
    summary: 'Deliver everything since a time once more',
    description:
      'All that the endpoint was told since then, the oldest first, each under the same `webhook-id`. The same time again answers how far it is.',
    answers: { 202: { is: 'It goes on.', schema: webhooks.Replaying } },
    problems: ['CONFLICT'],
  },
  redeliverWebhook: {
    tag: 'Webhooks',
    summary: 'Deliver once more',
    description:
      'Under the same `webhook-id`, with seven attempts. One that is under way is left alone.',
    answers: { 202: { is: 'On its way.', schema: webhooks.Replaying } },
    problems: ['CONFLICT'],
  },
  sendWebhook: {
    tag: 'Webhooks',
    summary: 'Send an endpoint an event of your own',
    description: 'The endpoint gets it whatever it wants otherwise, and one `event_id` once.',
    answers: { 202: { is: 'Its delivery.', schema: webhooks.WebhookDelivery } },
    problems: ['NOT_FOUND', 'CONFLICT'],
  },
  getWebhookStats: {
    tag: 'Webhooks',
    summary: 'How deliveries go',
    description: 'Counted as they happen, of the endpoints that there are.',
    answers: ok('The numbers, of all endpoints and of each.', webhooks.WebhookStats),
  },
  getWebhookDelivery: {
    tag: 'Webhooks',
    summary: 'A delivery with its attempts',
    answers: ok('The delivery.', webhooks.WebhookDelivery),
  },
} as const satisfies Record<string, Description>;
