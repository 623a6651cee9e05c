/** The limits of ringing, of retell (core/outbox/retell.ts, tell-anew.ts) and of the bus (core/outbox/bus.ts), with their units in their names. */
import assert from 'node:assert/strict';
import { callTimeoutMs, recordReserveMs, relayRecordAgeMaxSeconds } from '../kernel/limits.ts';

/** A part of a list with so many keys, some 30 KB, is read at once; one that was longer is tried again after so long. */
export const shortListMax = 200;
export const shortListAgainMs = 60_000;
/** Queue lanes of a webhook endpoint, among which its delivery lanes are spread. */
export const queueLanesPerEndpoint = 16;
/** From then on a step whose messages wait for different parties takes from the queue what is done, before its invocation ends. */
export const stepHandBackMs = 1_000;

/** retell looks this often for events that the relay has given up, but for those of the last moments. */
export const retellEverySeconds = 3_600;
export const retellGraceMs = 15 * 60_000;
export const retellTimeoutSeconds = 900;
/** It begins no other page when less than this is left: one has a thousand items at most, whose deliveries it makes. */
export const retellReserveMs = 60_000;
/** An alarm is raised when the time up to which all is told lies so far back at the end of a run, as after two that were not enough. */
export const retellBehindMs = 2 * 3_600_000;
/** How far it looks back the first time, and at most: after so long an event is no news any more. */
export const retellFirstMs = 26 * 3_600_000;
export const retellKeptMs = 14 * 24 * 3_600_000;
/** Withdrawals whose deliveries it reads at the same time. */
export const retellSideBySide = 20;
/** How far it is, is kept once in so many pages: a run that dies repeats no more than these. */
export const retellKeptEveryPages = 10;
/** Pages of 1 MB that its slow round through the table reads in a run: a round of 100 GB takes four days. */
export const retellTablePages = 1_024;
/** So much of what it cannot read is looked at again by name; of what is more the whole look is made again. */
export const retellUnreadableMax = 1_000;
/** A worker whose block is refused posts it again under the time that it had, as long as it runs: Lambda ends it after 15 minutes. */
export const blockLateMs = 20 * 60_000;
/** A dead letter says when its records were written, to the second, by a clock that is not the one of our timelines. */
export const deadLetterSlackMs = 2 * 60_000;

/** Usually the relay is a second behind, and an alarm is raised when it is this far. */
export const relayBehindMs = 60_000;
/** A change that is as old may have been given up by the relay: a little less than the age at which it is. */
export const maybeGivenUpMs = relayRecordAgeMaxSeconds * 1_000 - deadLetterSlackMs;

/** Entries of one request (EventBridge API reference, "PutEvents"). */
export const busEntriesMax = 10;
/**
 * Bytes of one request. EventBridge takes 1 MB since January 2026, where it took 256 KB before; what is below both is taken
 * everywhere. The largest event that can be has some 70 KB (test/core/bus.test.ts).
 */
export const busBytesMax = 256 * 1024;
/** Entries that are refused for now are put so often in one run, after pauses of twice this, four times, … */
export const busRoundsMax = 4;
export const busPauseMs = 50;
/**
 * The event source mapping of the bus. It waits for a second, so that one run has the events of many changes. An outage of
 * EventBridge costs time only, up to an hour before the stream forgets: nothing else waits behind these records.
 */
export const busBatchMax = 100;
export const busWindowSeconds = 1;
export const busTimeoutSeconds = 60;
export const busRetriesMax = 10_000;
export const busRecordAgeMaxSeconds = 23 * 3_600;

assert(busTimeoutSeconds * 1_000 > 2 * (callTimeoutMs + recordReserveMs));
/** What an operator asks for that nobody has done after this long is done on the hour. */
export const errandKeptSeconds = 3_600;

assert(retellTimeoutSeconds < retellEverySeconds);
assert(retellReserveMs < (retellTimeoutSeconds * 1_000) / 2);
// A stream keeps its records for 24 hours (DynamoDB guide, "Change data capture for DynamoDB Streams").
assert(relayRecordAgeMaxSeconds < 24 * 3_600 && busRecordAgeMaxSeconds < 24 * 3_600);

/** A pass of sweep looks at one item for each millisecond until the next, and never at fewer than this. */
export const looksMin = 500;
/** The slow scan for what is open and in no list of sweep begins anew this often, and mends at most so much at a time. */
export const scanEveryMs = 3_600_000;
export const scanMendedMax = 200;
/**
 * While the queue of 4-broadcast is full: for how many a second that wait to be signed sweep rings after `lostDoorbellMs`, and after how
 * long for each, again and again (core/outbox/full-queue.ts). Few have lost their doorbell, and a second message of the others is work for nothing.
 */
export const lostRungPerSecond = 10;
export const lostForSureMs = 60_000;
/** A payout of a batch is looked at by itself only when nobody has read its verdict with the others' for so long. */
export const ledPatienceMs = 60_000;
