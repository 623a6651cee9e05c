/** Chance, all of it from one seed: the same seed gives the same run. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';

export type Random = {
  /** A number in [0, 1). */
  roll(): number;
  /** A whole number from..to, both included. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** One of the names, each in the share of its weight: `weighted({ fast: 9, never: 1 })`. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
};

export function randomOf(seed: number): Random {
  const generator = mersenne(seed);
  const roll = (): number => uniformFloat64(generator);
  return {
    roll,
    between: (from, to) => uniformInt(generator, from, to),
    chance: (probability) => roll() < probability,
    pick: (from) => {
      const one = from[uniformInt(generator, 0, from.length - 1)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    },
    weighted: (weights) => {
      const entries = Object.entries(weights) as [keyof typeof weights & string, number][];
      let at = roll() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        at -= weight;
        if (at < 0) return name;
      }
      throw new Error('weights add up to nothing');
    },
  };
}
