/** A program for tests to kill: runs a Due simulator and says what is needed to talk to it. */
import { startDueSimulator } from '../../local/simulators/due/due.ts';

const [, , options = '{}'] = process.argv;
console.log(JSON.stringify(await startDueSimulator(JSON.parse(options))));
