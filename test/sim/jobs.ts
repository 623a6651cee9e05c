/** The runs there are: every single fault of every scenario, and random ones by seed. */
import { bundle, type Code, type Mutation } from './bundles.ts';
import {
  andFirst,
  type Call,
  type Chaos,
  type Fault,
  faultsOf,
  noChaos,
  randomChaos,
  singleFault,
  withOutage,
} from './faults.ts';
import { minute } from './models/parts.ts';
import { type Random, randomOf } from './random.ts';
import { randomScenario } from './random-scenario.ts';
import { type Outcome, run } from './run.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import type { World } from './world.ts';

export type Job =
  /** Nothing fails. */
  | { job: 'calm'; scenario: string }
  | { job: 'single'; scenario: string; index: number; fault: Fault }
  | { job: 'seed'; seed: number };

/** Everything that runs in the simulated world. */
const names = [
  'create-withdrawal',
  'debit',
  'on-ramp',
  'broadcast',
  'confirm',
  'settle',
  'refund',
  'webhook',
  'relay',
  'sweep',
  'reconcile',
  'withdrawals',
  'wallets',
  'webhook-endpoints',
  'provider-events',
] as const;
export const bundleAll = (mutation: Mutation | null = null): Promise<Code> =>
  bundle(names, mutation);

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
        scenario: randomScenario(random),
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
 * Every different call of each calm run with everything that can go wrong with it. Questions that are asked over and over
 * are all alike, and so are calls of the way that several scenarios go together.
 */
export function makeSingles(
  wanted: (call: Call) => boolean = () => true,
): (scenario: Scenario, calm: Outcome) => Job[] {
  const onTheWay = new Set<string>();
  return ({ name: scenario, since, isOnTheWay, where = () => true }, { calls, firstCall }) => {
    const seen = isOnTheWay ? onTheWay : new Set<string>();
    const from = calls.findIndex(
      ({ index, stages }) =>
        index >= firstCall && (since === undefined || stages.split(' ').includes(since)),
    );
    return calls.slice(from).flatMap((call): Job[] => {
      const site = `${call.from} ${call.to} ${call.operation} ${call.stages}`;
      if (seen.has(site) || !wanted(call) || !where(call)) return [];
      seen.add(site);
      const { index } = call;
      return faultsOf(call).map((fault) => ({ job: 'single', scenario, index, fault }));
    });
  };
}
