/** The thread that alpaca.ts starts. */
import { runAlpaca } from './alpaca-service.ts';
import { runInThread } from './thread.ts';

await runInThread(runAlpaca);
