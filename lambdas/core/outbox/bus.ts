/** bus: every event of every tenant also goes on the stack's event bus, for whoever lives in the same AWS account. */
import { errorName, whyOf } from '../kernel/errors.ts';
import { callTimeoutMs, recordReserveMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { envelopeOf, type WebhookEvent } from '../webhooks/event.ts';
import { busBytesMax, busEntriesMax, busPauseMs, busRoundsMax } from './limits.ts';

/** Who all events on the bus are from. */
export const busSource = 'drawbridge';

export type BusEntry = { type: string; at: Instant; detail: string };
/** What became of an entry: it is on the bus, is to be put again for this reason, or will never be taken as it is. */
export type Put = 'taken' | { again: string } | { never: string };

/** The port of the bus. */
export type EventBus = {
  /** Puts up to `busEntriesMax` entries and says of each what became of it. Throws when nobody answered: any may be there. */
  put(entries: readonly BusEntry[]): Promise<readonly Put[]>;
};

export const isAgain = (put: Put | undefined): put is { again: string } =>
  typeof put === 'object' && 'again' in put;

/**
 * Puts events, and says of each what became of it. One that is put twice has one id, by which its receivers know it, and the
 * bus keeps no order. What is not taken is tried a few times, as long as `remainingMs` allows.
 */
export const makeBus =
  (bus: EventBus, clock: Clock) =>
  async (events: readonly WebhookEvent[], remainingMs: () => number): Promise<readonly Put[]> => {
    const all = events.map((event): Putting => ({ entry: entryOf(event), put: outOfTime }));
    const puts = (): Put[] => all.map(({ put }) => put);
    for (let round = 0; round < busRoundsMax; round += 1) {
      const left = all.filter(({ put }) => isAgain(put));
      if (left.length === 0) break;
      if (round > 0) await clock.until(later(clock.now(), busPauseMs * 2 ** round));
      for (const some of requestsOf(left)) {
        if (remainingMs() < callTimeoutMs + recordReserveMs) return puts();
        try {
          const answers = await bus.put(some.map(({ entry }) => entry));
          for (const [index, one] of some.entries()) one.put = answers[index] ?? one.put;
        } catch (error) {
          // Nobody answers. The others are not kept waiting for that as well.
          for (const one of left)
            if (isAgain(one.put)) one.put = { again: `${errorName(error)}: ${whyOf(error)}` };
          return puts();
        }
      }
    }
    return puts();
  };

type Putting = { readonly entry: BusEntry; put: Put };
const outOfTime: Put = { again: 'there was no time left' };

/** What a webhook's body has, and the tenant, by which a rule can tell whose event it is. */
const entryOf = (event: WebhookEvent): BusEntry => ({
  type: event.type,
  at: event.at,
  detail: JSON.stringify({ ...envelopeOf(event), tenant: event.tenant }),
});

/** What an entry counts (EventBridge guide, "Calculating PutEvents event entry size"); its time counts 14 bytes. */
const bytesOf = ({ type, detail }: BusEntry): number =>
  Buffer.byteLength(busSource + type + detail) + 14;

/** The entries in as few requests as may be. */
function requestsOf(left: readonly Putting[]): Putting[][] {
  const requests: Putting[][] = [];
  let bytes = 0;
  for (const one of left) {
    bytes += bytesOf(one.entry);
    const last = requests.at(-1);
    if (last !== undefined && last.length < busEntriesMax && bytes <= busBytesMax) last.push(one);
    else {
      requests.push([one]);
      bytes = bytesOf(one.entry);
    }
  }
  return requests;
}
