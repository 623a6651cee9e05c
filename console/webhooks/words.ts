/** What is said of deliveries. */
import type { Attempt, Delivery, Endpoint, WebhookStats } from '../api/types.ts';
import type { Tone } from '../words/stages.ts';

type Said = { label: string; tone: Tone };
export const deliveryWords: Record<Delivery['status'], Said> = {
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

/** Why an attempt got no answer, where the name that Node.js or we give it says little. */
const errorWords: Partial<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it hung up',
  EHOSTUNREACH: 'no way to that machine',
  ENETUNREACH: 'no way to that network',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name was not looked up',
  ETIMEDOUT: 'no answer in time',
  TIMEOUT: 'no answer in time',
  CONNECT_TIMEOUT: 'no connection in time',
  NO_ANSWER: 'it hung up',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is its own',
  WEBHOOK_URL_NOT_ALLOWED: 'its address is not allowed',
  SENT_UNKNOWN: 'end not seen',
};
/** What came of an attempt: the status that was answered, or why there is none. */
type Came = Pick<Attempt, 'httpStatus' | 'error' | 'completedAt'>;
export const cameOf = ({ httpStatus, error, completedAt }: Came): string =>
  httpStatus !== null
    ? String(httpStatus)
    : error !== null
      ? (errorWords[error] ?? error)
      : completedAt === null
        ? 'under way'
        : 'no answer';

type Counts = Pick<WebhookStats['byEndpoint'][number], 'completed' | 'failed'>;
/** How an endpoint does: one that is on and has got nothing of what was sent to it is not well. */
export function stateOf({ enabled }: Pick<Endpoint, 'enabled'>, counts?: Counts): Said {
  if (!enabled) return { label: 'Disabled', tone: 'waiting' };
  if (counts !== undefined && counts.failed > 0)
    return counts.completed === 0
      ? { label: 'Gets nothing', tone: 'bad' }
      : { label: 'Missed some', tone: 'waiting' };
  return { label: 'Enabled', tone: 'good' };
}

export function aboutOf(body: string): string | null {
  const id = (read(body) as { data?: { id?: unknown } } | null)?.data?.id;
  return typeof id === 'string' && /^(wd|wal)_/.test(id) ? id : null;
}
export function read(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

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
