/** The limits of what is looked at by the clock (gauges.ts), with their units in their names. */
import assert from 'node:assert/strict';

export const gaugeEverySeconds = 300;
export const gaugeTimeoutSeconds = 60;
/** A node that has not answered within this is unread for now. */
export const gaugePatienceMs = 20_000;
/** A gas lane that can carry fewer payouts than this at the price of now is low. */
export const gasLeftMin = 20;
/** The relay has heard of a withdrawal after this. When it was accepted, and when it was counted, are told by two clocks. */
export const relayHeardMs = 60_000;
export const clockSkewMs = 10_000;
/** A withdrawal that stands in its stage for so long without a reason that has a name stands still. */
export const standsStillMs = 3 * 3_600_000;
/** A withdrawal in REVIEW is old after this. */
export const reviewOldMs = 24 * 3_600_000;
/** Two people may end what a provider has left open for this long. What is asked of it meanwhile goes on. */
export const endableAfterMs = 6 * 3_600_000;

assert(gaugePatienceMs < gaugeTimeoutSeconds * 1_000 && gaugeTimeoutSeconds < gaugeEverySeconds);
