import type { DeliveryLane, EndpointId } from '../kernel/ids.ts';
import type { Delivery, WebhookEndpoint } from './webhook.ts';

export type WebhookStore = {
  endpointsOf(tenant: string): Promise<WebhookEndpoint[]>;
  endpoint(id: EndpointId): Promise<WebhookEndpoint | null>;
  /** Writes those that do not exist yet; those of a lane in this order, so that whoever sees one sees all before it. */
  createDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  /** All of the lane, in sequence. */
  deliveries(lane: DeliveryLane): Promise<Delivery[]>;
  /** Refused (false) when the delivery is not at the version before. */
  saveDelivery(to: Delivery): Promise<boolean>;
};
