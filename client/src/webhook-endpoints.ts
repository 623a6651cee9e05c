/** Webhook endpoints, and what was delivered to them. What they receive is verified by webhooks.ts. */
import { type CallOptions, type Connection, type InputOf, request } from './calls.ts';
import type {
  CreatedWebhookEndpoint,
  CreateWebhookEndpoint,
  UpdateWebhookEndpoint,
  WebhookDelivery,
  WebhookEndpoint,
} from './generated/types.ts';
import { type List, listOf } from './lists.ts';

export class WebhookEndpoints {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Makes an endpoint. Its `secret` is shown this once; `verifyWebhook` needs it.
   *
   * @example
   * const { id, secret } = await drawbridge.webhookEndpoints.create({
   *   url: 'http://127.0.0.1:9000/hooks',
   *   events: ['withdrawal.*'],
   * });
   */
  async create(
    body: CreateWebhookEndpoint,
    options?: CallOptions,
  ): Promise<CreatedWebhookEndpoint> {
    return (await request('createWebhookEndpoint', { body }, this.#connection, options)).data;
  }

  /**
   * An endpoint, without its secret.
   *
   * @example
   * const { enabled, disabledReason } = await drawbridge.webhookEndpoints.get(endpointId);
   */
  async get(id: string, options?: CallOptions): Promise<WebhookEndpoint> {
    return (await request('getWebhookEndpoint', { path: { id } }, this.#connection, options)).data;
  }

  /**
   * All endpoints.
   *
   * @example
   * for await (const { id, url } of drawbridge.webhookEndpoints.list()) console.log(id, url);
   */
  list(options?: CallOptions): List<WebhookEndpoint> {
    return listOf(async (cursor) => {
      const input = { query: cursor === undefined ? {} : { cursor } };
      return (await request('listWebhookEndpoints', input, this.#connection, options)).data;
    });
  }

  /**
   * Changes where it is, what it wants, or whether it is sent anything.
   *
   * @example
   * await drawbridge.webhookEndpoints.update(endpointId, { events: ['withdrawal.completed'] });
   */
  async update(
    id: string,
    body: UpdateWebhookEndpoint,
    options?: CallOptions,
  ): Promise<WebhookEndpoint> {
    const input = { path: { id }, body };
    return (await request('updateWebhookEndpoint', input, this.#connection, options)).data;
  }

  /**
   * Deletes an endpoint.
   *
   * @example
   * const spare = await drawbridge.webhookEndpoints.create({
   *   url: 'http://127.0.0.1:9000/spare',
   *   events: ['*'],
   * });
   * await drawbridge.webhookEndpoints.delete(spare.id);
   */
  async delete(id: string, options?: CallOptions): Promise<void> {
    await request('deleteWebhookEndpoint', { path: { id } }, this.#connection, options);
  }

  /**
   * What was or will be delivered to it.
   *
   * @example
   * for await (const { type, attempts } of drawbridge.webhookEndpoints.deliveries(endpointId, { status: 'FAILED' }))
   *   console.log(type, attempts.length);
   */
  deliveries(
    id: string,
    query: NonNullable<InputOf<'listWebhookDeliveries'>['query']> = {},
    options?: CallOptions,
  ): List<WebhookDelivery> {
    return listOf(async (cursor) => {
      const input = { path: { id }, query: cursor === undefined ? query : { ...query, cursor } };
      return (await request('listWebhookDeliveries', input, this.#connection, options)).data;
    });
  }
}
