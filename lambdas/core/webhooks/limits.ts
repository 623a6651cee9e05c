/** The limits of webhooks (core/webhooks/), with their units in their names. */
import assert from 'node:assert/strict';
import { recordReserveMs, webhookTimeoutMs } from '../kernel/limits.ts';

/** A secret that was replaced signs along for this long, and no more than so many do at a time. */
export const formerSecretMs = 24 * 3_600_000;
export const formerSecretsMax = 5;
/** An endpoint whose every attempt has failed for this long is disabled. */
export const endpointFailingMs = 5 * 24 * 3_600_000;
/** Deliveries are kept for 90 days, and then deleted by the table itself. */
export const deliveryKeptMs = 90 * 24 * 3_600_000;

/** The parts of an attempt: until the connection stands, and from the headers of the answer to the end of its body. */
export const webhookConnectMs = 5_000;
export const webhookBodyMs = 3_000;
/** A receiver that has not answered by then is slow. */
export const webhookSlowMs = 1_000;

/** Counters of an endpoint that share its writes, so that one busy endpoint is not one hot item. */
export const statsShards = 16;
/** Those of deliveries that are made. */
export const statsCreationShards = 8;
/** Deliveries that are made in one transaction, whose actions are at most 100: each is one, and the count of its endpoint another. */
export const deliveriesTogetherMax = 40;

/** An event whose first attempt nobody has recorded by then is rung for again: its doorbell is lost, or whoever made the attempt. */
export const attemptLostMs = 15_000;
/** What the lanes of one invocation read together: keys of one request (DynamoDB API, BatchGetItem), an endpoint being two. */
export const lanesTogetherMax = 50;
/** Attempts that are saved in one transaction: each with its answers and a client's event is at most 100 KB, and DynamoDB takes 4 MB. */
export const attemptsTogetherMax = 25;

/** What a replay opens at each pass of sweep. */
export const replayStepMax = 100;

assert(webhookConnectMs < webhookTimeoutMs && webhookBodyMs < webhookTimeoutMs);
assert(webhookSlowMs < webhookConnectMs);
assert(attemptLostMs > webhookTimeoutMs + recordReserveMs);
