/** The thread that due.ts starts. */
import { runDue } from './due-service.ts';
import { runInThread } from './thread.ts';

await runInThread(runDue);
