/** The port of webhook endpoints and deliveries. */
import type { DeliveryLane, EndpointId } from '../kernel/ids.ts';
import type { Delivery, WebhookEndpoint } from './webhook.ts';

export type WebhookStore = {
  endpointsOf(tenant: string): Promise<WebhookEndpoint[]>;
  endpoint(id: EndpointId): Promise<WebhookEndpoint | null>;
  /** Writes those that do not exist yet, within a lane in this order: whoever sees one sees all before it. */
  createDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  /** All deliveries of the lane, in sequence. */
  deliveries(lane: DeliveryLane): Promise<Delivery[]>;
  /** Answers false, and writes nothing, when the delivery is not at the version before `to`'s. */
  saveDelivery(to: Delivery): Promise<boolean>;
};
