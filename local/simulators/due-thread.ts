/** The thread that due.ts starts. It says who it is when it is ready, and ends when it is told anything. */
import { parentPort, workerData } from 'node:worker_threads';
import { type DueOptions, runDue } from './due-service.ts';

if (parentPort === null) throw new Error('due-thread.ts is started by due.ts');
const port = parentPort;
const due = await runDue(workerData as DueOptions);
port.once('message', () => {
  void due.stop().then(() => port.close());
});
port.postMessage(due.identity);
