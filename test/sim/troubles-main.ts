/** Prints a line of JSON about each trouble, or about those that are named: test/sim/alarms.test.ts runs it in a process of its own. */
import { bundleForTroubles, measured, troubles } from './troubles.ts';

const wanted = process.argv.slice(2);
const code = await bundleForTroubles();
for (const trouble of troubles)
  if (wanted.length === 0 || wanted.includes(trouble.name))
    process.stdout.write(`${JSON.stringify(await measured(trouble, code))}\n`);
process.exit(0);
