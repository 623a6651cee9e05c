/** What is said of deliveries. */
import type { Delivery, Endpoint } from '../api/types.ts';
import type { Tone } from '../words/stages.ts';

export const deliveryWords: Record<Delivery['status'], { label: string; tone: Tone }> = {
  PENDING: { label: 'Pending', tone: 'waiting' },
  PROCESSING: { label: 'Under way', tone: 'moving' },
  COMPLETED: { label: 'Delivered', tone: 'good' },
  FAILED: { label: 'Given up', tone: 'bad' },
};

export const failureWords: Record<NonNullable<Delivery['failure']>, string> = {
  EXHAUSTED: 'Seven attempts failed. Deliver it again when the receiver works.',
  RECEIVER_GONE: 'The receiver answered 410, which means: never again. The endpoint is disabled.',
  ENDPOINT_DISABLED: 'The endpoint was disabled when it was to be delivered.',
  ENDPOINT_DELETED: 'The endpoint was deleted.',
};

export const eventNames = [
  '*',
  'withdrawal.*',
  'withdrawal.completed',
  'withdrawal.failed',
  'withdrawal.review',
  'withdrawal.retrying',
  'wallet.*',
] as const;

export const toldOf = (events: Endpoint['events']): string =>
  events.includes('*') ? 'everything' : events.join(', ');
