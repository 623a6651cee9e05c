/** The ports of webhook endpoints and deliveries. All reads of one item or one lane are consistent. */
import type { DeliveryId, DeliveryLane, EndpointId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { Source } from '../requests/page.ts';
import type { AttemptNews, EndpointHealth, WebhookEndpoint } from './endpoint.ts';
import type { Tally } from './tally.ts';
import type { Delivery, DeliveryAttempt } from './webhook.ts';

export type FoundEndpoint = { endpoint: WebhookEndpoint; health: EndpointHealth };

/** What makes deliveries of events. */
export type Telling = {
  endpointsOf(tenant: string): Promise<FoundEndpoint[]>;
  /**
   * Writes those that do not exist yet, within a lane in this order: whoever sees one sees all before it. Answers which it has
   * written.
   */
  createDeliveries(deliveries: readonly Delivery[]): Promise<ReadonlySet<DeliveryId>>;
};

export type SaveEnd = { from: Delivery; to: Delivery };

/** What is asked of many at once is answered in the order in which it was asked. */
export type WebhookStore = Telling & {
  endpoints(
    asked: readonly { tenant: string; id: EndpointId }[],
  ): Promise<readonly (FoundEndpoint | null)[]>;
  /** All deliveries of each lane, in sequence. */
  lanes(lanes: readonly DeliveryLane[]): Promise<readonly (readonly Delivery[])[]>;
  /** Each is false, and nothing of it is written, where the delivery is not at the version before `to`'s. */
  saveBegins(begun: readonly Delivery[]): Promise<readonly boolean[]>;
  saveEnds(ended: readonly SaveEnd[]): Promise<readonly boolean[]>;
  /** Notes how the last attempt went. What goes on keeps the time since when. */
  saveHealth(endpoint: WebhookEndpoint, news: AttemptNews): Promise<void>;
  /** Disables it and makes the deliveries that tell of it, or neither, when it is not at the version before `to`'s. */
  disable(to: WebhookEndpoint, telling: readonly Delivery[]): Promise<boolean>;
};

/** What clients do with their endpoints. */
export type EndpointRegister = {
  /** Answers `false`, and creates nothing, when the tenant has `webhookEndpointsMax` already, also when many ask at once. */
  create(endpoint: WebhookEndpoint): Promise<boolean>;
  /** Answers false, and writes nothing, when it is not at the version before `to`'s. `anew`: how it did before is forgotten. */
  change(to: WebhookEndpoint, anew: boolean): Promise<boolean>;
  /** What waits for it is given up when its time comes. Answers false when it is not there. */
  remove(endpoint: WebhookEndpoint): Promise<boolean>;
};

export type DeliveryFilters = {
  status?: Delivery['status'] | undefined;
  createdAfter?: Instant | undefined;
  createdBefore?: Instant | undefined;
};

/** What clients look up. A delivery that was made a moment ago may be missing from a list. */
export type DeliveryRecords = {
  delivery(id: DeliveryId): Promise<Delivery | null>;
  /** The attempts of all rounds before the present one, the oldest first. */
  earlierAttempts(delivery: Delivery): Promise<readonly (readonly DeliveryAttempt[])[]>;
  /** Newest first. A filter may let more through: it only spares reads. */
  deliveriesTo(id: EndpointId, filters: DeliveryFilters): Source<Delivery>;
  tally(id: EndpointId): Promise<Tally & { processing: number }>;
};
