/** The runs there are: every single fault of every scenario, and random ones by seed. */
import { steps } from '../../lambdas/core/kernel/steps.ts';
import { bundle, type Code, type Mutation } from './bundles.ts';
import {
  andFirst,
  type Call,
  type Chaos,
  type Fault,
  faultsOf,
  isOfMoney,
  noChaos,
  randomChaos,
  singleFault,
  withOutage,
} from './faults.ts';
import { minute } from './models/parts.ts';
import { type Random, randomOf } from './random.ts';
import { randomScenario } from './random-scenario.ts';
import { type Outcome, run } from './run.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import type { World } from './world.ts';

export type Job =
  /** Nothing fails. */
  | { job: 'calm'; scenario: string }
  | { job: 'single'; scenario: string; index: number; fault: Fault }
  | { job: 'seed'; seed: number };

/** Everything that runs in the simulated world. */
export const simulated = [
  'create-withdrawal',
  'withdrawal-batches',
  ...steps,
  'relay',
  'sweep',
  'reconcile',
  'withdrawals',
  'wallets',
  'webhook-endpoints',
  'provider-events',
  'controls',
  'operators',
] as const;
export const bundleAll = (mutation: Mutation | null = null): Promise<Code> =>
  bundle(simulated, mutation);

/** How one is run again by itself. */
export const nameOf = (job: Job): string => {
  switch (job.job) {
    case 'calm':
      return `--scenario "${job.scenario}"`;
    case 'single':
      return `--scenario "${job.scenario}" --call ${job.index} --fault ${job.fault}`;
    case 'seed':
      return `--seed ${job.seed}`;
    default:
      return job satisfies never;
  }
};

const scenarioSeed = 1;

export async function perform(job: Job, code: Code): Promise<Outcome> {
  switch (job.job) {
    case 'calm':
    case 'single': {
      const scenario = scenarios.find(({ name }) => name === job.scenario);
      if (scenario === undefined) throw new Error(`no scenario ${job.scenario}`);
      const single = job.job === 'calm' ? noChaos : singleFault(job.index, job.fault);
      const chaos = scenario.first === undefined ? single : andFirst(scenario.first, single);
      const isCalm = job.job === 'calm';
      return run({ seed: scenarioSeed, code, scenario, chaos: () => chaos, chaosMs: null, isCalm });
    }
    case 'seed': {
      const random = randomOf(job.seed + 3);
      return run({
        seed: job.seed,
        code,
        scenario: randomScenario(
          random,
          randomOf(job.seed + 4),
          randomOf(job.seed + 5),
          randomOf(job.seed + 6),
        ),
        chaos: ({ world }) => badWorld(world, random),
        chaosMs: random.pick([0, minute, 5 * minute]),
        isCalm: false,
      });
    }
    default:
      return job satisfies never;
  }
}

/** Now and then one of those who move money is not to be reached for a while. */
function badWorld(world: World, random: Random): Chaos {
  const chaos = randomChaos(random);
  if (random.chance(0.8)) return chaos;
  const from = world.now() + random.between(0, minute);
  const until = from + random.between(minute, 10 * minute);
  return withOutage(chaos, world.now, random.pick(['alpaca', 'due', 'chain']), from, until);
}

/**
 * Every different call of each calm run with everything that can go wrong with it. Calls of one kind are alike while their
 * function asks those who move money the same thing over and over, and so are calls of the way that several scenarios go
 * together.
 */
export function makeSingles(
  wanted: (call: Call) => boolean = () => true,
): (scenario: Scenario, calm: Outcome) => Job[] {
  const onTheWay = new Set<string>();
  return ({ name: scenario, since, isOnTheWay, where = () => true }, { fallible }) => {
    const seen = isOnTheWay ? onTheWay : new Set<string>();
    const from = fallible.findIndex(
      ({ stages }) => since === undefined || stages.split(' ').includes(since),
    );
    const isNew = unlike(fallible);
    const asked = new Map<string, string>();
    return fallible.slice(from).flatMap((call): Job[] => {
      const last = asked.get(call.from) ?? 'nothing';
      if (isOfMoney(call)) asked.set(call.from, call.operation);
      const site = `${call.from} ${call.to} ${call.operation} ${call.stages} after ${last}`;
      if (seen.has(site) || !wanted(call) || !where(call)) return [];
      seen.add(site);
      const { index } = call;
      return faultsOf(call)
        .filter((fault) => isNew(call, fault))
        .map((fault) => ({ job: 'single', scenario, index, fault }));
    });
  };
}

/** Whether a fault leads to something else than those that this was asked about before. */
function unlike(calls: readonly Call[]): (call: Call, fault: Fault) => boolean {
  const deaths = new Set<string>();
  return (call, fault) => {
    switch (fault) {
      case 'crash-before':
      case 'crash-after': {
        const death = deathOf(calls, call, fault);
        if (death === null) return true;
        const isFirst = !deaths.has(death);
        deaths.add(death);
        return isFirst;
      }
      // The SDK asks AWS again, as after a time-out, before the product hears of either.
      case 'error-before':
      case 'error-after':
        return call.to !== 'dynamodb' && call.to !== 'sqs';
      default:
        return true;
    }
  };
}

/**
 * What a caller leaves behind that dies at this call: all that it has changed until then. Wherever it dies between one
 * change and the next call's, that is the same, and what it has learnt in between dies with it. Null: other calls of it
 * are under way, or may be (receivers are spoken to beside the boundary).
 */
function deathOf(
  calls: readonly Call[],
  { index, from, invocation }: Call,
  fault: 'crash-before' | 'crash-after',
): string | null {
  if (from === 'webhook' || from === 'webhook-retry') return null;
  const own = calls.filter((one) => one.invocation === invocation);
  const isUnderWay = ({ answered }: Call, at: number): boolean =>
    answered === null || answered > at;
  const before = own.filter((one) => one.index < index);
  if (before.some((one) => isUnderWay(one, index))) return null;
  if (fault === 'crash-before')
    return `${invocation} after ${before.findLast(({ changes }) => changes)?.index ?? 'nothing'}`;
  const [it, next] = own.slice(before.length);
  if (it === undefined || (next !== undefined && isUnderWay(it, next.index))) return null;
  return `${invocation} after ${index}`;
}
