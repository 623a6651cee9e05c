/** What local/simulators/alpaca/alpaca.ts runs in the thread of the simulators. */
export { runAlpaca as run } from './service.ts';
