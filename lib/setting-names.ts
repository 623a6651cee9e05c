/** Names of settings that somebody has set: whether there are such settings, and whether what belongs together is there. */
import type { Setting } from '../lambdas/boot/setting-checks.ts';
import { ofNetwork } from '../lambdas/boot/setting-checks.ts';
import * as bitcoin from '../lambdas/boot/settings-bitcoin.ts';
import * as evm from '../lambdas/boot/settings-evm.ts';
import * as solana from '../lambdas/boot/settings-solana.ts';
import * as table from '../lambdas/boot/settings-table.ts';
import { SettingError } from '../lambdas/core/kernel/errors.ts';
import { type EvmNetwork, evmNetworks } from '../lambdas/core/kernel/networks.ts';

type Side = 'local' | 'deployed';
const inWords: Record<Side, string> = { local: 'the environment', deployed: 'the CDK context' };

const keyOf = ({ name }: Setting): string => name.toLowerCase();
export const settings: readonly Setting[] = [
  ...Object.values(table),
  ...Object.values(evm),
  ...Object.values(bitcoin),
  ...Object.values(solana),
].toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));

/** The settings of one side, each under the names that it has for these networks. */
export const settingsOf = (side: Side, some: readonly EvmNetwork[] = evmNetworks): Setting[] =>
  settings
    .filter(({ only = side }) => only === side)
    .flatMap((one) =>
      one.name.includes('<NETWORK>') ? some.map((network) => ofNetwork(one, network)) : one,
    );

/**
 * First words that names of ours have. In a CDK context, which is written for this app, each other name with one of
 * them is wrong. In an environment other programs have names, too. There it is wrong only when the first word says
 * where money goes or whether it may: to be silent about such a name that nobody reads is worse than to refuse one of
 * another program's. About LOG_, WEBHOOK_ (`WEBHOOK_URL`) or OIDC_ (`OIDC_CLIENT_ID`) nothing can be said.
 */
const ours: Record<Side, RegExp> = {
  local: /^(ALPACA|BITCOIN|DUE|EVM|IDEMPOTENCY|ON_RAMP|SOLANA|WITHDRAWAL)_/,
  deployed:
    /^(ALPACA|BITCOIN|DUE|EVM|GRAPHQL|IDEMPOTENCY|LOG|OIDC|ON_RAMP|OTEL|POLL|RATE|SOLANA|SWEEP|TENANT|WALLET|WEBHOOK|WITHDRAWAL)_/,
};
/** Names that are promised to who configures this, and that nothing reads yet: they are no mistakes. */
const toCome = new RegExp(`^(EVM_PAYOUT_CONTRACT_(${evmNetworks.join('|').toUpperCase()})$)`);
const mistakesMax = 2;
/** Shorter ones are too near to words of everybody's: `PORT` to `HOST`, `DUE_API_KEY` to `DUNE_API_KEY`. */
const firstWordMin = 6;

/** Whether `name` is `known`, misspelt. In an environment a short first word must be right. */
function isNear(name: string, known: string, side: Side): boolean {
  const first = known.slice(0, known.indexOf('_') + 1);
  return (
    Math.abs(name.length - known.length) <= mistakesMax &&
    (side === 'deployed' ||
      first.length > firstWordMin ||
      (first !== '' && name.startsWith(first))) &&
    distance(name, known) <= mistakesMax
  );
}

/** What is wrong with names that are none, or that lack others. Names that are nothing of ours are let pass. */
export function faultsOfNames(set: readonly string[], side: Side): string[] {
  const here = settingsOf(side);
  // What `npm start` sets instead belongs to its simulators: whoever names a provider of their own has other values.
  const bare = here.filter((one) => one.default === undefined).map(({ name }) => name);
  const names = here.map(({ name }) => name);
  const elsewhere = settingsOf(side === 'local' ? 'deployed' : 'local')
    .map(({ name }) => name)
    .filter((name) => !names.includes(name));
  /** What is not told here itself, but where it is kept. */
  const kept = elsewhere.filter((name) => names.includes(secretArnOf(name)));
  const faultOf = (name: string): string | null => {
    const setting = here.find((one) => one.name === name);
    const lacking = (setting?.needs ?? []).filter(
      (other) => !set.includes(other) && bare.includes(other),
    );
    if (lacking.length > 0) return `${name} needs ${lacking.join(', ')} too.`;
    // One environment may serve both sides, so what is of the other side is no mistake there.
    if (
      setting !== undefined ||
      toCome.test(name) ||
      (side === 'local' && elsewhere.includes(name))
    )
      return null;
    if (kept.includes(name))
      return `${name} is a secret, and ${inWords[side]} is no place for it. Put it into Secrets Manager, and set ${secretArnOf(name)} to the ARN.`;
    const isWrong = elsewhere.includes(name) || ours[side].test(name);
    return isWrong || here.some((one) => isNear(name, one.name, side))
      ? `Unknown setting ${name} in ${inWords[side]}. The nearest known one is ${nearest(name, [...names, ...kept])}; docs/configuration.md has them all.`
      : null;
  };
  return set.flatMap((name) => faultOf(name) ?? []);
}

/** Gathers what is wrong, so that all of it is said at once. */
export function gatherFaults() {
  const faults = new Set<string>();
  return {
    add: (...lines: readonly string[]): void => {
      for (const line of lines) faults.add(line);
    },
    /** What the work answers; `null` when a setting is refused there. */
    attempt: <T>(work: () => T): T | null => {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof SettingError)) throw error;
        faults.add(error.message);
        return null;
      }
    },
    /** Throws when anything is wrong. */
    end: (): void => {
      if (faults.size > 0) throw new SettingError([...faults].join('\n'));
    },
  };
}

const secretArnOf = (name: string): string => `${name}_SECRET_ARN`;

const nearest = (name: string, all: readonly string[]): string =>
  all.reduce((best, one) => (distance(name, one) < distance(name, best) ? one : best));

/** How many letters must be put in, left out or replaced to make one of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, length) => length);
  for (const [index, letter] of [...one].entries()) {
    const above = row;
    row = [index + 1];
    for (const [at, its] of [...other].entries()) {
      const [before = 0, same = 0, after = 0] = [row[at], above[at], above[at + 1]];
      row.push(Math.min(before + 1, after + 1, same + (letter === its ? 0 : 1)));
    }
  }
  return row.at(-1) ?? 0;
}
