/** The limits of retell (core/outbox/retell.ts), with their units in their names. */
import assert from 'node:assert/strict';
import { relayRecordAgeMaxSeconds } from '../kernel/limits.ts';

/** retell looks this often for events that the relay has given up, but for those of the last moments. */
export const retellEverySeconds = 3_600;
export const retellGraceMs = 15 * 60_000;
export const retellTimeoutSeconds = 900;
/** How far it looks back the first time, and at most: after so long an event is no news any more. */
export const retellFirstMs = 26 * 3_600_000;
export const retellKeptMs = 14 * 24 * 3_600_000;
/** Withdrawals whose deliveries it reads at the same time. */
export const retellSideBySide = 20;
/** A dead letter says when its records were written, to the second, by a clock that is not the one of our timelines. */
export const deadLetterSlackMs = 2 * 60_000;

/** What an operator asks for that nobody has done after this long is done on the hour. */
export const errandKeptSeconds = 3_600;

assert(retellTimeoutSeconds < retellEverySeconds);
// A stream keeps its records for 24 hours (DynamoDB guide, "Change data capture for DynamoDB Streams").
assert(relayRecordAgeMaxSeconds < 24 * 3_600);
