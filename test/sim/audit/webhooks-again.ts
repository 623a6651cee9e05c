/** INV-H6 to H8: what is delivered once more, and what an endpoint that is disabled is told. */
import type { Audit } from './books.ts';
import { always, type Fault, type Invariant, type Seen } from './invariant.ts';
import type { Delivery, Replay } from './rows.ts';

type Again = {
  replays: Map<string, Replay>;
  /** When each delivery was last changed. */
  changedAt: Map<string, number>;
  /** Which replay has opened which delivery. */
  opened: Set<string>;
  /** Since when each endpoint that is disabled, or gone, is so. */
  offSince: Map<string, number>;
  /** Attempts that were begun long after their endpoint was disabled. */
  toDisabled: Fault[];
};
const books = new WeakMap<Audit, Again>();
const againIn = (audit: Audit): Again => {
  const known: Again = books.get(audit) ?? {
    replays: new Map(),
    changedAt: new Map(),
    opened: new Set(),
    offSince: new Map(),
    toDisabled: [],
  };
  books.set(audit, known);
  return known;
};

/** An attempt may begin so much later than its endpoint was read: a call takes no longer, with its retries. */
const readBeforeMs = 20_000;

function replayFaults(before: Replay | null, after: Replay | null): Fault[] {
  if (before === null || after === null) return [];
  const fault = (detail: string): Fault => ({ subject: after.id, detail });
  const isSame =
    before.since === after.since && before.until === after.until && before.total === after.total;
  return [
    ...(isSame ? [] : [fault('it has become another replay')]),
    ...(after.done >= before.done && (after.place ?? '') >= (before.place ?? '')
      ? []
      : [fault(`it went back from ${before.done} to ${after.done}`)]),
  ];
}

function openingFaults(again: Again, before: Delivery | null, after: Delivery): Fault[] {
  const { id: subject, openedBy, reopened, eventId, body } = after;
  if (reopened <= (before?.reopened ?? 0)) return [];
  const key = `${subject} ${openedBy}`;
  const isSecond = openedBy?.startsWith('rpl_') === true && again.opened.has(key);
  again.opened.add(key);
  return [
    ...(isSecond ? [{ subject, detail: `${openedBy} has opened it twice` }] : []),
    ...(before === null || (before.eventId === eventId && before.body === body)
      ? []
      : [{ subject, detail: 'what is delivered once more is another event' }]),
  ];
}

export const onceMore: Invariant = always(
  'INV-H6',
  'A replay goes on and never back, opens a delivery once, and what is delivered once more is the same event.',
  ({ audit, news }) => {
    const again = againIn(audit);
    return news.commits.flatMap(({ at, endpoints, replays, deliveries }) => [
      ...endpoints.flatMap(({ before, after }): Fault[] => {
        const id = (after ?? before)?.id ?? '';
        if (after?.enabled === true) again.offSince.delete(id);
        else again.offSince.set(id, again.offSince.get(id) ?? at);
        return [];
      }),
      ...replays.flatMap(({ before, after }) => {
        if (after !== null) again.replays.set(after.id, after);
        return replayFaults(before, after);
      }),
      ...deliveries.flatMap(({ before, after }): Fault[] => {
        if (after === null) return [];
        again.changedAt.set(after.id, at);
        const off = again.offSince.get(after.endpointId);
        const isBegun = after.attempts.length > (before?.attempts.length ?? 0);
        if (isBegun && off !== undefined && at > off + readBeforeMs)
          again.toDisabled.push({
            subject: after.id,
            detail: `an attempt began ${at - off} ms after its endpoint was disabled`,
          });
        return openingFaults(again, before, after);
      }),
    ]);
  },
);

/** A replay that is at its end has left out nothing; and while its endpoint is enabled, it comes to its end. */
const unreplayed = ({ audit }: Seen): Fault[] => {
  const again = againIn(audit);
  const skewMs = audit.setup.clockSkewMs ?? 0;
  return [...again.replays.values()].flatMap(({ id: subject, ...replay }): Fault[] => {
    if (audit.endpoints.get(replay.endpointId)?.enabled !== true) return [];
    if (replay.dueAt !== null || replay.done < replay.total)
      return [{ subject, detail: `${replay.done} of ${replay.total}, and it does not go on` }];
    return [...audit.deliveries.values()]
      .filter(({ endpointId }) => endpointId === replay.endpointId)
      .filter(({ createdAt }) => createdAt !== null)
      .filter(({ createdAt }) => Number(createdAt) >= replay.since)
      .filter(({ createdAt }) => Number(createdAt) < replay.until - skewMs)
      .filter(({ id }) => (again.changedAt.get(id) ?? 0) < replay.until - skewMs)
      .map(({ id }) => ({ subject, detail: `${id} was not delivered once more` }));
  });
};

export const replayed: Invariant = {
  id: 'INV-H7',
  says: 'A replay ends, unless its endpoint takes nothing, and then all of its time was delivered once more.',
  quiescent: unreplayed,
  ghosts: unreplayed,
};

export const leftAlone: Invariant = {
  id: 'INV-H8',
  says: 'No attempt begins for an endpoint that has been disabled, or deleted, for a while.',
  // A worker that was frozen in between begins its attempt when it comes to life again.
  quiescent: ({ audit }) => againIn(audit).toDisabled,
};
