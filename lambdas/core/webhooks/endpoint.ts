/** A client's webhook endpoint, what it wants to be told since when, and the secrets that sign for it. */
import type { EndpointId } from '../kernel/ids.ts';
import { endpointClockSkewMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import { covers, eventTypeOf } from '../requests/event-names.ts';
import { endpointFailingMs, formerSecretMs, formerSecretsMax } from './limits.ts';

export const disabledReasons = ['RECEIVER_GONE', 'FAILING'] as const;
/** Why we have disabled an endpoint: its receiver answered 410, or has failed every attempt for days. */
export type DisabledReason = (typeof disabledReasons)[number];

/** A pattern of events, and the moment since when the endpoint has wanted them without a break. */
export type Want = { pattern: string; since: Instant };
export type UrlParams = Readonly<Record<string, string>>;

export type WebhookEndpoint = {
  id: EndpointId;
  tenant: string;
  url: string;
  method: 'POST' | 'GET';
  /** Of a GET: templates of its parameters (core/webhooks/request.ts); `null`: those that follow from the event. */
  urlParams: UrlParams | null;
  /** The patterns as the client gave them. */
  events: readonly string[];
  wants: readonly Want[];
  secret: string;
  /** Secrets that were replaced, the newest first: until then they sign along. */
  formerSecrets: readonly { secret: string; until: Instant }[];
  description: string | null;
  enabled: boolean;
  /** `null` also when the client has disabled it. */
  disabledReason: DisabledReason | null;
  createdAt: Instant;
  /** Counts its changes; each one is conditional on the version before. */
  version: number;
};

/** How an endpoint does. It is no part of the endpoint, so that a client's change and an attempt never undo each other. */
export type EndpointHealth = {
  /** Whether anything is known: whether it answers is not, before its first attempt. */
  isKnown: boolean;
  /** Every attempt since then has failed. */
  failingSince: Instant | null;
  /** Its receiver has been slow since then, or failing: what it is told is rung for by sweep, away from all others. */
  slowSince: Instant | null;
};
export const well: EndpointHealth = { isKnown: true, failingSince: null, slowSince: null };

/**
 * The step that is rung at once for what an endpoint is told; `null`: sweep rings, with whatever else is due. Those that are known to
 * answer wait for nobody of whom that is not known.
 */
export function stepTelling({ isKnown, slowSince }: EndpointHealth): DeliveringStep | null {
  if (slowSince !== null) return null;
  return isKnown ? 'webhook' : 'webhook-retry';
}
export type DeliveringStep = 'webhook' | 'webhook-retry';

/** Whether an event of this type and time is one that the endpoint is told, however late we look. */
export const isWanted = (
  { enabled, wants }: Pick<WebhookEndpoint, 'enabled' | 'wants'>,
  type: string,
  at: Instant,
): boolean =>
  enabled &&
  wants.some(({ pattern, since }) => covers(pattern, type) && since <= at + endpointClockSkewMs);

export const wantsSince = (events: readonly string[], since: Instant): Want[] =>
  [...new Set(events.map(eventTypeOf))].map((pattern) => ({ pattern, since }));

/** What both patterns stand for; `null`: nothing. */
function common(one: string, other: string): string | null {
  if (covers(one, other)) return eventTypeOf(other);
  return covers(other, one) ? eventTypeOf(one) : null;
}

/**
 * The wants after a change of patterns: what it wanted before and still wants goes on since then, and what is new begins now.
 * So an event from before the change, which is read late, is told to who wanted it then, and to nobody who did not.
 */
function wantsAfter(before: readonly Want[], events: readonly string[], now: Instant): Want[] {
  const kept = before.flatMap(({ pattern, since }) =>
    events.flatMap((one) => {
      const both = common(pattern, one);
      return both === null ? [] : [{ pattern: both, since }];
    }),
  );
  const found = [...kept, ...wantsSince(events, now)].sort((a, b) => a.since - b.since);
  return found.filter(
    ({ pattern }, index) =>
      !found.slice(0, index).some((earlier) => covers(earlier.pattern, pattern)),
  );
}

/** What a client may change of an endpoint. */
export type EndpointChange = Partial<
  Pick<WebhookEndpoint, 'url' | 'method' | 'urlParams' | 'events' | 'enabled' | 'description'>
>;

/** The endpoint after a client's change. While it was disabled it wanted nothing, so an endpoint that is enabled begins anew. */
export function changed(
  from: WebhookEndpoint,
  change: EndpointChange,
  now: Instant,
): WebhookEndpoint {
  const to = { ...from, ...change, version: from.version + 1 };
  const wants =
    to.enabled && !from.enabled
      ? wantsSince(to.events, now)
      : wantsAfter(from.wants, to.events, now);
  return { ...to, wants, disabledReason: to.enabled ? null : from.disabledReason };
}

export const disabled = (from: WebhookEndpoint, why: DisabledReason): WebhookEndpoint => ({
  ...from,
  enabled: false,
  disabledReason: why,
  version: from.version + 1,
});

/** The endpoint with a new secret; `null` when as many as may have been replaced within the time in which they still sign. */
export function rotated(
  from: WebhookEndpoint,
  secret: string,
  now: Instant,
): WebhookEndpoint | null {
  const still = from.formerSecrets.filter(({ until }) => until > now);
  if (still.length >= formerSecretsMax) return null;
  const until = (now + formerSecretMs) as Instant;
  return {
    ...from,
    secret,
    formerSecrets: [{ secret: from.secret, until }, ...still],
    version: from.version + 1,
  };
}

/** The secrets that sign now: a receiver that knows any of them can verify. */
export const secretsOf = (
  { secret, formerSecrets }: WebhookEndpoint,
  now: Instant,
): [string, ...string[]] => [
  secret,
  ...formerSecrets.filter(({ until }) => until > now).map((one) => one.secret),
];

/** What an attempt says of how its endpoint does. */
export type AttemptNews = { failed: boolean; slow: boolean };

/** Whether it says anything new. */
export const isNews = (
  { isKnown, failingSince, slowSince }: EndpointHealth,
  { failed, slow }: AttemptNews,
): boolean =>
  !isKnown || (failingSince !== null) !== failed || (slowSince !== null) !== (slow || failed);

export const hasFailedTooLong = ({ failingSince }: EndpointHealth, now: Instant): boolean =>
  failingSince !== null && now - failingSince >= endpointFailingMs;
