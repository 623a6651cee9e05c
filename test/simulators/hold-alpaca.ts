/** A program for tests to kill: runs an Alpaca simulator and says what is needed to talk to it. */
import { startAlpacaSimulator } from '../../local/simulators/alpaca/alpaca.ts';

const [, , options = '{}'] = process.argv;
console.log(JSON.stringify(await startAlpacaSimulator(JSON.parse(options))));
