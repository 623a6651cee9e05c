/**
 * A replay delivers once more all that an endpoint was told since a time, the oldest first and a few at a time. Its row says how
 * far it has come; a delivery that it has opened knows by which replay, so a step that is made twice opens nothing twice.
 */
import type { EndpointId, ReplayId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { replayStepMax } from './limits.ts';
import type { WebhookStore } from './store.ts';
import { type Delivery, openedAgain } from './webhook.ts';

export type Replay = {
  id: ReplayId;
  endpointId: EndpointId;
  tenant: string;
  /** It delivers what is from `since` on and from before `until`, when it was asked for. */
  since: Instant;
  until: Instant;
  total: number;
  done: number;
  /** The place in the endpoint's list up to which all is opened; `null`: nothing is. */
  place: string | null;
  /** When it goes on; `null`: it is at its end, or its endpoint takes nothing. */
  dueAt: Instant | null;
  version: number;
};

export type ReplayStore = {
  replay(id: ReplayId): Promise<Replay | null>;
  /** How many deliveries there are to replay. */
  countSince(id: EndpointId, since: Instant, until: Instant): Promise<number>;
  /** Answers false, and writes nothing, when it is not at the version before `to`'s. */
  saveReplay(to: Replay): Promise<boolean>;
  /** The next ones, the oldest first, and the place up to which these are all. */
  nextOf(
    replay: Replay,
    count: number,
  ): Promise<{ deliveries: readonly Delivery[]; place: string | null; isLast: boolean }>;
  /** Saves the delivery that is opened again, with the attempts of its last round beside it. */
  reopen(from: Delivery, to: Delivery): Promise<boolean>;
};

/** One endpoint has one replay since one time. */
export const replayId = (endpoint: EndpointId, since: Instant): ReplayId =>
  `rpl_${endpoint.slice('we_'.length)}_${since}`;

export const newReplay = (
  { id, tenant }: { id: EndpointId; tenant: string },
  since: Instant,
  now: Instant,
  total: number,
): Replay => ({
  id: replayId(id, since),
  endpointId: id,
  tenant,
  since,
  until: now,
  total,
  done: 0,
  place: null,
  dueAt: now,
  version: 1,
});

export const isEnded = ({ done, total, dueAt }: Replay): boolean => dueAt === null && done >= total;

/** Opens a delivery that has ended; `false`: it is under way, or opened by this replay already, or somebody else was faster. */
export async function reopen(
  store: Pick<ReplayStore, 'reopen'>,
  delivery: Delivery,
  now: Instant,
  by: string,
): Promise<boolean> {
  const hasEnded = delivery.status === 'COMPLETED' || delivery.status === 'FAILED';
  if (!hasEnded || delivery.openedBy === by) return false;
  return store.reopen(delivery, openedAgain(delivery, now, by));
}

export type ReplayWorld = {
  store: Pick<WebhookStore, 'endpoints'> & ReplayStore;
  clock: Pick<Clock, 'now'>;
};

/** Makes one step of a replay. Sweep asks for the next one when it passes, which is its pace. */
export async function stepReplay({ store, clock }: ReplayWorld, id: ReplayId): Promise<void> {
  const replay = await store.replay(id);
  if (replay === null || replay.dueAt === null) return;
  const now = clock.now();
  const [found = null] = await store.endpoints([{ tenant: replay.tenant, id: replay.endpointId }]);
  const version = replay.version + 1;
  if (found === null || !found.endpoint.enabled) {
    // It stands where it is until it is asked for again.
    await store.saveReplay({ ...replay, dueAt: null, version });
    return;
  }
  const next = await store.nextOf(replay, replayStepMax);
  for (const one of next.deliveries) await reopen(store, one, now, replay.id);
  const done = Math.min(replay.done + next.deliveries.length, replay.total);
  const { isLast } = next;
  await store.saveReplay({
    ...replay,
    place: next.place ?? replay.place,
    done: isLast ? replay.total : done,
    dueAt: isLast ? null : now,
    version,
  });
}
