/** The thread that local/simulators/alpaca/alpaca.ts starts. */
import { runInThread } from '../thread.ts';
import { runAlpaca } from './service.ts';

await runInThread(runAlpaca);
