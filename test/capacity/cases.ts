/** The cases that docs/capacity.md keeps the figures of. */
import type { Case } from './case.ts';
import { base as chain } from './world.ts';

const rates = [100, 1_000, 3_000];

/** Each lasts so long, and the outage sixty times as long. */
export function casesOf(seconds: number): Case[] {
  const at = (name: string, perSecond: number, wallets: number): Case => ({
    ...{ name, perSecond, seconds, wallets, chain },
  });
  const outage = seconds === 60 ? 'an hour' : `${seconds} ${seconds === 1 ? 'minute' : 'minutes'}`;
  return [
    ...rates.map((rate) => at(`${rate}/s on one wallet`, rate, 1)),
    ...rates.map((rate) => at(`${rate}/s over 10,000 wallets`, rate, 10_000)),
    at('1/s, each alone', 1, 200),
    {
      ...at(`no node answers for ${outage}, 5/s`, 5, 200),
      seconds: 60 * seconds,
      outageSeconds: 60 * seconds,
    },
  ];
}
