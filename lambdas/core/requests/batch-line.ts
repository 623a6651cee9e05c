/** One line of a batch as it was sent: it may be anything that JSON can say. */

import type { AcceptWorld } from './accept.ts';
import { payable } from './destination.ts';
import { CreateWithdrawal, canonicalAmount } from './schemas.ts';

/** `key` is `null` without one, and no text of a key where it is none; `request` is what is posted under it. */
export type SentLine = { key: string | null; request: unknown };

/** No text of a header, so it is refused as a key. */
const notText = '\u0000';

export function lineFrom(sent: unknown): SentLine {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent))
    return { key: null, request: sent };
  const { key = null, ...request } = sent as Record<string, unknown>;
  return { key: typeof key === 'string' || key === null ? key : notText, request };
}

/** The line without what means nothing: two lines are the same request when this is the same. */
export function canonicalLine(
  { key, request }: SentLine,
  networks: AcceptWorld['networks'],
): unknown {
  const read = CreateWithdrawal.safeParse(request);
  if (!read.success) return { key, request };
  const place = payable(networks, read.data);
  const destinationAddress = 'problem' in place ? read.data.destinationAddress : place.destination;
  return {
    key,
    request: { ...read.data, amount: canonicalAmount(read.data.amount), destinationAddress },
  };
}
