/** What every model of the simulated world is given: virtual time, chance, and a story to tell. */
import type { Random } from './random.ts';

export type World = {
  /** Virtual milliseconds since 1970. */
  now(): number;
  random: Random;
  /** `event` happens that much later. Those of one moment happen in the order in which they were asked for. */
  after(ms: number, event: () => void): void;
  /** A line of the run's story. */
  tell(who: string, what: string): void;
};

export const wait = (world: World, ms: number): Promise<void> =>
  new Promise((resolve) => world.after(ms, resolve));

/** A request over HTTP to a model, and its answer: models answer at once, what is slow or lost on the way is not theirs. */
export type WireRequest = {
  method: string;
  /** With its query. */
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
};
export type WireResponse = { status: number; headers?: Record<string, string>; body: string };
