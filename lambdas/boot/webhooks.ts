/** Builds the stores of webhook endpoints and deliveries. */
import { dynamoDeliveryRecords } from '../adapters/dynamo/webhook-records.ts';
import { dynamoEndpointRegister } from '../adapters/dynamo/webhook-register.ts';
import { dynamoReplays } from '../adapters/dynamo/webhook-replays.ts';
import { dynamoWebhooks } from '../adapters/dynamo/webhooks.ts';
import type { ReplayStore } from '../core/webhooks/replay.ts';
import type { DeliveryRecords, EndpointRegister } from '../core/webhooks/store.ts';
import { database, tables } from './tables.ts';
import { clock } from './world.ts';

export const bootWebhooks = () => dynamoWebhooks(database(), tables(), clock);

export const bootEndpointRegister = (): EndpointRegister =>
  dynamoEndpointRegister(database(), tables());

export const bootDeliveryRecords = (): DeliveryRecords =>
  dynamoDeliveryRecords(database(), tables());

export const bootReplays = (): ReplayStore => dynamoReplays(database(), tables());
