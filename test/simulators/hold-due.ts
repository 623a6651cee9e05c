/** A program for tests to kill: it runs a Due simulator and prints how to reach it. */
import { startDueSimulator } from '../../local/simulators/due/due.ts';

const [, , options = '{}'] = process.argv;
console.log(JSON.stringify(await startDueSimulator(JSON.parse(options))));
