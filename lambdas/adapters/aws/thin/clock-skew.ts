/** Corrects our clock by the server's, as the SDK does after each answer (@aws-sdk/core, getUpdatedSystemClockOffset). */
import type { HttpResponse } from '@smithy/types';

/** An answer that took so long says nothing about the time now. */
const slowMs = 900_000;

/** How far the server's clock is ahead of ours, after this answer. */
export function offsetAfter(
  { headers }: HttpResponse,
  { before, sentAt, receivedAt }: { before: number; sentAt: number; receivedAt: number },
): number {
  const { date, Date: capital = date, age, Age = age } = headers;
  // An answer with an age comes out of a cache.
  if (capital === undefined || Age !== undefined || receivedAt - sentAt > slowMs) return before;
  const serverTime = Date.parse(capital);
  return Number.isNaN(serverTime) ? before : serverTime - receivedAt;
}
