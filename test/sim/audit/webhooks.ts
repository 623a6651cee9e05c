/** INV-O2 to O4, H1 to H4, I6: what clients' receivers were told, against what was committed and recorded. */
import { createHmac } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Audit } from './books.ts';
import { always, type Fault, type Invariant, type Seen } from './invariant.ts';
import type { HookRequest } from './news.ts';
import type { Delivery } from './rows.ts';
import { eventOf } from './stages.ts';

/** Query parameters are the event's own; what was registered is the rest. */
const base = (url: string): string => url.split('?')[0] ?? url;

const header = ({ headers }: HookRequest, name: string): string =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? '';

/** Endpoints that have, or had, this URL. */
const addressesOf = ({ addresses }: Audit, url: string) =>
  [...addresses.values()].flat().filter((one) => base(one.url) === base(url));

const deliveriesTo = (audit: Audit, url: string, eventId: string): Delivery[] => {
  const endpoints = new Set(addressesOf(audit, url).map(({ endpointId }) => endpointId));
  return [...audit.deliveries.values()].filter(
    (one) => one.eventId === eventId && endpoints.has(one.endpointId),
  );
};

/** What clients are told of a line of a timeline; undefined: nothing. */
const typeOf = ({ stage, attempt }: { stage: string; attempt: number | null }) =>
  attempt === null ? eventOf.get(stage) : 'withdrawal.retrying';

type Told = { id?: unknown; type?: unknown; sequence?: unknown; data?: Record<string, unknown> };
const toldIn = (body: string): Told => JSON.parse(body);

function deliveryFaults({ audit }: Seen, delivery: Delivery): Fault[] {
  const { id: subject, sourceId, sequence, type, eventId, body, tenant, endpointId } = delivery;
  const fault = (detail: string): Fault => ({ subject, detail });
  const withdrawal = audit.withdrawals.get(sourceId);
  // Events of other things than withdrawals have no timeline to be held against.
  if (!sourceId.startsWith('wd_')) return [];
  const line = withdrawal?.history[sequence - 1];
  if (withdrawal === undefined || line === undefined)
    return [fault(`${type} (${sequence}) of ${sourceId}, which has not come so far`)];
  const told = toldIn(body);
  return [
    ...(typeOf(line) === type
      ? []
      : [fault(`${type} (${sequence}), where ${sourceId} became ${line.stage}`)]),
    ...(told.id === eventId && told.type === type && told.sequence === sequence
      ? []
      : [fault(`its body is another event: ${body.slice(0, 120)}`)]),
    ...(told.data?.['id'] === sourceId && told.data['stage'] === line.stage
      ? []
      : [fault(`its body is about ${told.data?.['id']}, ${told.data?.['stage']}`)]),
    ...(withdrawal.tenant === tenant &&
    (audit.endpoints.get(endpointId)?.tenant ?? tenant) === tenant
      ? []
      : [fault(`of ${withdrawal.tenant}, for ${tenant}`)]),
  ];
}

const changedDeliveries = ({ news }: Seen) => news.commits.flatMap(({ deliveries }) => deliveries);

export const phantomFree: Invariant = always(
  'INV-O4',
  'An event exists only for a move that was committed, and says what became true then.',
  (seen) =>
    changedDeliveries(seen).flatMap(({ before, after }) =>
      before === null && after !== null ? deliveryFaults(seen, after) : [],
    ),
);

export const numbered: Invariant = always(
  'INV-O2',
  'One event is one place in the timeline of one withdrawal, and goes to each endpoint once.',
  (seen) => {
    const { bodies } = seen.audit;
    return changedDeliveries(seen).flatMap(({ before, after }): Fault[] => {
      if (before !== null || after === null) return [];
      const { id: subject, eventId, endpointId, sourceId, sequence } = after;
      const one = (key: string, value: string, detail: string): Fault[] => {
        const first = bodies.get(key) ?? value;
        bodies.set(key, first);
        return first === value ? [] : [{ subject, detail: `${detail}: ${first} and ${value}` }];
      };
      const place = `${sourceId} ${sequence}`;
      return [
        ...one(`place of ${eventId}`, place, 'one event in two places'),
        ...one(`event at ${place}`, eventId, 'two events in one place'),
        ...one(`delivery of ${eventId} to ${endpointId}`, subject, 'two deliveries'),
      ];
    });
  },
);

const outOfSequence = ({ truth, audit }: Seen): Fault[] => {
  // What is delivered once more comes when it is asked for.
  const opened = [...audit.deliveries.values()].filter(({ reopened }) => reopened > 0);
  const again = new Set(opened.map(({ eventId }) => eventId));
  return truth.receivers.flatMap(({ host, requests }) => {
    const last = new Map<string, number>();
    const had = new Set<string>();
    return requests.flatMap((request): Fault[] => {
      const eventId = header(request, 'webhook-id');
      const { status, body } = request;
      if (status === null || status < 200 || status > 299 || had.has(eventId)) return [];
      had.add(eventId);
      const { data, sequence } = toldIn(body);
      const subject = String(data?.['id']);
      // Only a withdrawal has a sequence of events.
      if (!subject.startsWith('wd') || again.has(eventId)) return [];
      const previous = last.get(subject) ?? 0;
      last.set(subject, Math.max(previous, Number(sequence)));
      const detail = `${host} heard of ${previous} before ${sequence}`;
      return Number(sequence) > previous ? [] : [{ subject, detail }];
    });
  });
};

export const inSequence: Invariant = {
  id: 'INV-O3',
  says: 'An endpoint hears of the moves of one withdrawal in their order.',
  quiescent: outOfSequence,
  ghosts: outOfSequence,
};

const attemptNumberMax = 6;

export const recordedFirst: Invariant = always(
  'INV-H1',
  'Every request that a receiver saw is an attempt that was recorded before it was made; attempts are numbered without a gap and never forgotten.',
  (seen) => {
    const { audit, news } = seen;
    const unrecorded = news.hooks.flatMap(({ request }): Fault[] => {
      const { url } = request;
      const eventId = header(request, 'webhook-id');
      const key = `${base(url)} ${eventId}`;
      const arrived = (audit.arrived.get(key) ?? 0) + 1;
      audit.arrived.set(key, arrived);
      const limit = request.afterWrites ?? Number.MAX_SAFE_INTEGER;
      const recorded = deliveriesTo(audit, url, eventId).reduce((sum, { id }) => {
        const known = audit.attemptsSince.get(id)?.findLast(({ index }) => index < limit);
        return sum + (known?.count ?? 0);
      }, 0);
      const detail = `${url} had it ${arrived} times, ${recorded} attempts are recorded`;
      return arrived <= recorded ? [] : [{ subject: eventId || 'no id', detail }];
    });
    const forgotten = changedDeliveries(seen).flatMap(({ before, after }): Fault[] => {
      const subject = (after ?? before)?.id ?? '?';
      const attempts = after?.attempts ?? [];
      // A redelivery begins anew, and what was before it is kept beside it in the same write.
      const isOpened = (after?.reopened ?? 0) > (before?.reopened ?? 0);
      const round = isOpened
        ? news.commits
            .flatMap(({ rounds }) => rounds)
            .find((one) => one.after?.deliveryId === subject)
        : undefined;
      const starts = isOpened
        ? (round?.after?.starts ?? [])
        : attempts.map(({ startedAt }) => startedAt);
      const kept = (before?.attempts ?? []).every((one, index) => starts[index] === one.startedAt);
      const counted = attempts.every(
        (one, index) => one.number === index && index <= attemptNumberMax,
      );
      return [
        ...(kept ? [] : [{ subject, detail: 'an attempt was forgotten' }]),
        ...(counted ? [] : [{ subject, detail: `attempts ${attempts.map((one) => one.number)}` }]),
      ];
    });
    return [...unrecorded, ...forgotten];
  },
);

/** A secret that was replaced signs along for a day. */
const rotationMs = 24 * 3_600_000;
/** Standard Webhooks: what receivers allow between the timestamp and their own clock. */
const toleranceMs = 5 * 60_000;

/** Standard Webhooks: `v1,` and base64 of HMAC-SHA-256 over `id.timestamp.body`. */
function isSigned(secret: string, request: HookRequest, body: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${header(request, 'webhook-id')}.${header(request, 'webhook-timestamp')}.${body}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return header(request, 'webhook-signature').split(' ').includes(expected);
}

export const signedAlike: Invariant = always(
  'INV-H2',
  "Every request verifies with its endpoint's secret, with a timestamp of its sending, and the same event is the same bytes every time.",
  ({ audit, news }) =>
    news.hooks.flatMap(({ request }): Fault[] => {
      const eventId = header(request, 'webhook-id');
      const subject = eventId || 'no id';
      const fault = (detail: string): Fault => ({ subject, detail: `${url}: ${detail}` });
      const { body, at, url } = request;
      const secrets = addressesOf(audit, url).filter(
        ({ until }) => until === null || at < until + rotationMs,
      );
      const signs = ({ secret }: { secret: string }) => isSigned(secret, request, body);
      const key = `webhook ${base(url)} ${eventId}`;
      const first = audit.bodies.get(key) ?? body;
      audit.bodies.set(key, first);
      const skew = toleranceMs + (audit.setup.clockSkewMs ?? 0);
      const stamp = Number(header(request, 'webhook-timestamp')) * 1_000;
      const begun = deliveriesTo(audit, url, eventId).flatMap(({ attempts }) => attempts);
      const timely =
        stamp <= at + skew &&
        (begun.length === 0 || begun.some((one) => Math.abs(one.startedAt - stamp) <= skew));
      return [
        ...(secrets.some(signs) && secrets.filter(({ until }) => until !== null).every(signs)
          ? []
          : [fault('its signature does not verify')]),
        ...(first === body ? [] : [fault('the same event with another body')]),
        ...(timely ? [] : [fault(`timestamp ${stamp}, sent at ${at}`)]),
      ];
    }),
);

export const publicOnly: Invariant = always(
  'INV-H3',
  'No request leaves for an address that is not public, or for a URL that nobody registered.',
  ({ audit, news }) => [
    ...news.hooks.flatMap(({ request: { url: subject } }) =>
      addressesOf(audit, subject).length === 0
        ? [{ subject, detail: 'nobody registered it: a redirect was followed?' }]
        : [],
    ),
    ...[
      ...news.connections,
      ...news.hooks.map(({ request, receiver: { host } }) => ({ host, address: request.address })),
    ]
      .filter(({ host }) => audit.setup.allowedHosts?.includes(host) !== true)
      .filter(({ address }) => ipaddr.process(address).range() !== 'unicast')
      .map(({ host, address }) => ({ subject: host, detail: `a request went to ${address}` })),
  ],
);

/** Deliveries that must exist: each endpoint that has stood as it is since before the move. */
function untold({ audit }: Seen): Fault[] {
  const told = new Set(
    [...audit.deliveries.values()].map(
      (one) => `${one.endpointId} ${one.sourceId} ${one.sequence}`,
    ),
  );
  return [...audit.withdrawals.values()].flatMap(({ id, tenant, createdAt, history }) =>
    history.flatMap(({ stage, since, attempt }, index) => {
      const type = typeOf({ stage, attempt });
      if (type === undefined) return [];
      return [...audit.endpoints.values()]
        .filter((one) => one.tenant === tenant && one.enabled)
        .filter(({ events }) => events.includes('*') || events.includes(type))
        .filter((one) => (audit.endpointsSince.get(one.id) ?? 0) <= createdAt + since)
        .filter((one) => !told.has(`${one.id} ${id} ${index + 1}`))
        .map((one) => ({
          subject: id,
          detail: `${one.url} was not told of ${type} (${index + 1})`,
        }));
    }),
  );
}

/** What is given up because its endpoint is to be told nothing. */
const silent: ReadonlySet<string> = new Set(['ENDPOINT_DISABLED', 'ENDPOINT_DELETED']);

const undelivered = ({ audit, truth }: Seen): Fault[] => {
  const heard = new Set(
    truth.receivers.flatMap(({ requests }) =>
      requests
        .filter(({ status }) => status !== null && status >= 200 && status <= 299)
        .map((request) => `${base(request.url)} ${header(request, 'webhook-id')}`),
    ),
  );
  return [...audit.deliveries.values()].flatMap((delivery): Fault[] => {
    const { id: subject, status, attempts, endpointId, eventId, failure } = delivery;
    const urls = (audit.addresses.get(endpointId) ?? []).map(({ url }) => base(url));
    if (status === 'COMPLETED')
      return urls.some((url) => heard.has(`${url} ${eventId}`))
        ? []
        : [{ subject, detail: 'COMPLETED, and its receiver never said 2xx' }];
    if (status !== 'FAILED') return [{ subject, detail: `still ${status}` }];
    if (attempts.at(-1)?.httpStatus === 410 && !audit.silenced.has(endpointId))
      return [{ subject, detail: 'its receiver is gone, and its endpoint is not disabled' }];
    const exhausted = attempts.length > attemptNumberMax || attempts.at(-1)?.httpStatus === 410;
    const silenced =
      failure !== null && silent.has(failure) && audit.silenced.has(delivery.endpointId);
    return exhausted || silenced
      ? []
      : [{ subject, detail: `FAILED after ${attempts.length} attempts` }];
  });
};

const deliveredOrExhausted = (seen: Seen): Fault[] => [...untold(seen), ...undelivered(seen)];

export const delivered: Invariant = {
  id: 'INV-H4',
  says: 'Every event goes to every endpoint that wants it, and ends delivered (the receiver said so) or exhausted.',
  quiescent: deliveredOrExhausted,
  ghosts: deliveredOrExhausted,
};

/** What the records of an endpoint's deliveries add up to. */
function countOf(deliveries: readonly Delivery[]) {
  const of = (...statuses: string[]) =>
    deliveries.filter(({ status }) => statuses.includes(status)).length;
  return { open: of('PENDING', 'PROCESSING'), completed: of('COMPLETED'), failed: of('FAILED') };
}

export const countedRight: Invariant = always(
  'INV-H5',
  "What is counted of an endpoint's deliveries is what is on record of them.",
  ({ audit, news, isWhole }) => {
    const written = news.commits.flatMap(({ tallies }) =>
      tallies.flatMap(({ after }) => after?.endpointId ?? []),
    );
    const wanted = isWhole ? [...audit.tallies.keys()] : [...new Set(written)];
    return wanted.flatMap((subject): Fault[] => {
      const counted = audit.tallies.get(subject);
      if (counted === undefined) return [];
      const own = [...audit.deliveries.values()].filter((one) => one.endpointId === subject);
      const found = countOf(own);
      const wrong = (['open', 'completed', 'failed'] as const).filter(
        (name) => counted[name] !== found[name],
      );
      return wrong.map((name) => ({
        subject,
        detail: `${counted[name]} ${name} are counted, ${found[name]} are on record`,
      }));
    });
  },
);

export const isolated: Invariant = always(
  'INV-I6',
  "Nothing of another tenant's reaches a receiver.",
  ({ audit, news }) =>
    news.hooks.flatMap(({ request }): Fault[] => {
      const { url: subject } = request;
      const owners = new Set(
        addressesOf(audit, subject).flatMap(
          (one) => audit.endpoints.get(one.endpointId)?.tenant ?? [],
        ),
      );
      if (owners.size === 0) return [];
      const { canaries = {} } = audit.setup;
      const all = `${request.body} ${JSON.stringify(request.headers)}`;
      const leaks = Object.entries(canaries)
        .filter(([tenant]) => !owners.has(tenant))
        .flatMap(([tenant, words]) => words.filter((word) => all.includes(word)).map(() => tenant));
      const about = toldIn(request.body).data?.['id'];
      const tenant = typeof about === 'string' ? audit.withdrawals.get(about)?.tenant : undefined;
      const foreign = tenant !== undefined && !owners.has(tenant) ? [tenant] : [];
      return [...leaks, ...foreign].map((other) => ({
        subject,
        detail: `${[...owners].join(', ')} was told something of ${other}'s`,
      }));
    }),
);
