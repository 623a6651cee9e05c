/** What `npm run sim` is asked for. A word that it does not know would be a run of nothing, and a run of nothing has no violations. */
import { parseArgs } from 'node:util';
import { commandLine, countIn } from '../../bin/command.ts';
import { mutants } from './mutants.ts';
import { railNames } from './rails/jobs.ts';
import { scenarios } from './scenarios.ts';

/** So many make it likely that every fault strikes before every move. */
export const seedsUsual = 500;

const usage = `usage: npm run sim                                       every single fault, then ${seedsUsual} random seeds, on all cores
       npm run sim -- --seeds 100000                      so many seeds
       npm run sim -- --seed 217                          the story of one; SEED=217 npm run sim is the same
       npm run sim -- --scenario on-ramp [--call 57 --fault freeze-after]
                                                          one scenario, calm or with one fault: its story
       npm run sim -- --only on-ramp                      single faults of one scenario
       npm run sim -- --mutants [--seeds 40] [--plant 1,7] [--quick [--every 2]]
                                                          plants bugs of mutants.ts, and looks how soon each is found;
                                                          quick: only those that few runs find, and of these one in so many
       npm run sim -- --rail solana [--seeds 100000]      the small worlds of one rail: every single fault, then so many seeds
       npm run sim -- --rail solana --seed 217            one of them; or --scenario paid --call 12 --fault twice
       npm run sim -- --rail solana --mutants             plants the bugs of that rail
       npm run sim -- --every 2                           of single faults one in so many
       npm run sim -- --busy 300                          so many withdrawals at once from one wallet at the brokerage`;

export const simOptions = () => commandLine(usage, () => simOptionsIn(process.argv.slice(2)));

export function simOptionsIn(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: String(seedsUsual) },
      seed: { type: 'string' },
      scenario: { type: 'string' },
      call: { type: 'string' },
      fault: { type: 'string' },
      only: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      plant: { type: 'string' },
      every: { type: 'string', default: '1' },
      busy: { type: 'string' },
      rail: { type: 'string' },
    },
  });
  // No seeds at all: only the single faults, or only the scenarios.
  if (values.seeds !== '0') countIn('--seeds', values.seeds);
  for (const option of ['seed', 'busy', 'every'] as const) {
    const text = values[option];
    if (text !== undefined) countIn(`--${option}`, text);
  }
  const rail = railNames.find((name) => name === values.rail);
  if (values.rail !== rail)
    throw new Error(`--rail takes one of ${railNames.join(', ')}, not "${values.rail}".`);
  for (const option of ['scenario', 'only'] as const) {
    const name = values[option];
    // The scripts of a rail are known where they are played.
    if (rail === undefined && name !== undefined && !scenarios.some((one) => one.name === name))
      throw new Error(
        `--${option} takes one of ${scenarios.map((one) => one.name).join(', ')}, not "${name}".`,
      );
  }
  for (const number of values.plant?.split(',') ?? [])
    if (countIn('--plant', number) > mutants.length)
      throw new Error(`--plant takes numbers up to ${mutants.length}, not "${number}".`);
  return { ...values, rail };
}
