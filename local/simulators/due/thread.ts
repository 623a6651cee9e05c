/** The thread that local/simulators/due/due.ts starts. */
import { runInThread } from '../thread.ts';
import { runDue } from './service.ts';

await runInThread(runDue);
