/** What local/simulators/due/due.ts runs in the thread of the simulators. */
export { runDue as run } from './service.ts';
