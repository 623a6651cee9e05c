/** Sends webhooks, and tells of each attempt and of what it is about. */
import { about, type Subject } from '../kernel/about.ts';
import { isTransactionId, isWithdrawalId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { eventTypes } from '../requests/event-names.ts';
import { rootSpanId, type Span, spanIdOf, traceIdOf } from '../withdrawal/trace.ts';
import type { Send } from './deliver.ts';
import type { Delivery, SendResult } from './webhook.ts';

/** `span` is where the attempt stands in the trace of its withdrawal; `null`: it is about none. */
export type Attempted = {
  delivery: Delivery;
  /** The name of an event of ours; what a client calls an event of its own is the client's. */
  event: string;
  number: number;
  result: SendResult;
  startedAt: Instant;
  span: Pick<Span, 'traceId' | 'spanId' | 'parentId'> | null;
};

const known: ReadonlySet<string> = new Set(eventTypes);

export const telling =
  (send: Send, clock: Clock, tell: (attempted: Attempted) => void): Send =>
  (endpoint, delivery, onSlow) => {
    const startedAt = clock.now();
    const number = delivery.attempts.at(-1)?.number ?? 0;
    const span = spanOf(delivery, number);
    return about(subjectOf(delivery, span), async () => {
      const result = await send(endpoint, delivery, onSlow);
      const event = known.has(delivery.type) ? delivery.type : 'own';
      tell({ delivery, event, number, result, startedAt, span });
      return result;
    });
  };

/** The event is of our own making, and says so much of itself. */
const walletOf = (body: string): string | undefined => /"walletId":"(wal_\w{26})"/.exec(body)?.[1];

function subjectOf({ sourceId, ...delivery }: Delivery, span: Attempted['span']): Subject {
  const walletId = walletOf(delivery.body);
  return {
    ...(walletId && { walletId }),
    deliveryId: delivery.id,
    eventId: delivery.eventId,
    endpointId: delivery.endpointId,
    ...(isWithdrawalId(sourceId) ? { withdrawalId: sourceId } : {}),
    ...(isTransactionId(sourceId) ? { transactionId: sourceId } : {}),
    ...(span === null ? {} : { trace: { traceId: span.traceId, parentId: span.spanId } }),
  };
}

/** The event says when its withdrawal was created, which its trace follows from. */
function spanOf({ id, sourceId, body, reopened }: Delivery, number: number): Attempted['span'] {
  if (!isWithdrawalId(sourceId)) return null;
  const [, text = ''] = /"createdAt":"([^"]{20,30})"/.exec(body) ?? [];
  const createdAt = Date.parse(text);
  if (!Number.isFinite(createdAt)) return null;
  return {
    traceId: traceIdOf({ id: sourceId, createdAt: createdAt as Instant }),
    spanId: spanIdOf(sourceId, 'webhook', id, reopened, number),
    parentId: rootSpanId(sourceId),
  };
}
