/** What the models of both providers are made of: ids by chance, spans of time, the past that a stale answer shows, 429s. */
import type { Random } from '../random.ts';
import type { WireResponse, World } from '../world.ts';

/** Milliseconds, from..to, both included. */
export type Span = readonly [from: number, to: number];
/** What something at a provider comes to, and for how long; null: for ever. */
export type Stop = readonly [status: string, stays: Span | null];
export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export const within = ({ random }: World, [from, to]: Span): number => random.between(from, to);

/** One of the names; one that is not named has no weight. */
export const byWeight = <K extends string>(
  { random }: World,
  weights: Readonly<Partial<Record<K, number>>>,
): K => random.weighted(weights as Readonly<Record<K, number>>);

/** Random digits: ids have to be unlike each other, not secret. */
export function hex(random: Random, digits: number): string {
  let text = '';
  while (text.length < digits)
    text += random.between(0, 0xff_ff_ff_ff).toString(16).padStart(8, '0');
  return text.slice(0, digits);
}

export function jsonObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** How far behind answers are: a part of them, by so much. `uneven`: some records of a list more than others, and some not at all. */
export type Staleness = { chance: number; ms: Span; uneven?: boolean };

/** The moments that the records of an answer are told of. */
export function viewOf(world: World, { chance, ms, uneven = false }: Staleness): () => number {
  if (!world.random.chance(chance)) return world.now;
  if (uneven) return () => world.now() - within(world, [0, ms[1]]);
  const at = world.now() - within(world, ms);
  return () => at;
}
/** The same for an answer about one thing. */
export const seenAt = (world: World, staleness: Staleness): number => viewOf(world, staleness)();

/** All that a thing has been, for answers that are behind. */
export type Past<T> = { keep(at: number, value: T): void; asOf(at: number): T | null };
export function pastOf<T>(): Past<T> {
  const versions: { at: number; value: T }[] = [];
  return {
    keep: (at, value) => {
      versions.push({ at, value });
    },
    asOf: (at) => versions.findLast((one) => one.at <= at)?.value ?? null,
  };
}

/** Until when it answers 429 to everybody: a part of the calls begin such a time. */
export function limiter(world: World): {
  until(chance: number, forMs: Span): number | null;
  end(): void;
} {
  let limitedUntil = 0;
  return {
    until: (chance, forMs) => {
      const now = world.now();
      if (limitedUntil <= now && world.random.chance(chance))
        limitedUntil = now + within(world, forMs);
      return limitedUntil > now ? limitedUntil : null;
    },
    end: () => {
      limitedUntil = 0;
    },
  };
}

export const json = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** The path and the query of a request. */
export function pathOf(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? '' : target.slice(mark)) };
}
