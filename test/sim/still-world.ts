/** A world for the tests of models: its time stands still until a test lets some pass. */
import { randomOf } from './random.ts';
import type { World } from './world.ts';

export type StillWorld = World & {
  /** Lets that much time pass; what happens in it happens, and so does what follows from it at once. */
  pass(ms: number): Promise<void>;
  /** The same, when nobody answers but the models. */
  passAtOnce(ms: number): void;
  /** Lets the next event happen, however late it comes. False when there is none. */
  step(): boolean;
  /** Lets happen what needs no time. */
  settle(): Promise<void>;
  story: readonly string[];
};

export function stillWorld(seed = 1, start = Date.UTC(2026, 0, 1)): StillWorld {
  let now = start;
  let asked = 0;
  const events: { at: number; order: number; event: () => void }[] = [];
  const story: string[] = [];
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  /** The next event until then, taken out: it is then. */
  const next = (until: number): (() => void) | null => {
    events.sort((a, b) => a.at - b.at || a.order - b.order);
    const [first] = events;
    if (first === undefined || first.at > until) return null;
    events.shift();
    now = Math.max(now, first.at);
    return first.event;
  };
  return {
    now: () => now,
    random: randomOf(seed),
    after: (ms, event) => {
      events.push({ at: now + ms, order: ++asked, event });
    },
    tell: (who, what) => {
      story.push(`${now} ${who}: ${what}`);
    },
    story,
    settle,
    pass: async (ms) => {
      const until = now + ms;
      await settle();
      for (let event = next(until); event !== null; event = next(until)) {
        event();
        await settle();
      }
      now = until;
    },
    passAtOnce: (ms) => {
      const until = now + ms;
      for (let event = next(until); event !== null; event = next(until)) event();
      now = until;
    },
    step: () => {
      const event = next(Number.POSITIVE_INFINITY);
      event?.();
      return event !== null;
    },
  };
}
