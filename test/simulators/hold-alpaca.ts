/** A program for tests to kill: it runs an Alpaca simulator and prints how to reach it. */
import { startAlpacaSimulator } from '../../local/simulators/alpaca/alpaca.ts';

const [, , options = '{}'] = process.argv;
console.log(JSON.stringify(await startAlpacaSimulator(JSON.parse(options))));
