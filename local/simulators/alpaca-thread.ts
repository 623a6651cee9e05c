/** The thread that alpaca.ts starts. It says who it is when it is ready, and ends when it is told anything. */
import { parentPort, workerData } from 'node:worker_threads';
import { type AlpacaOptions, runAlpaca } from './alpaca-service.ts';

if (parentPort === null) throw new Error('alpaca-thread.ts is started by alpaca.ts');
const port = parentPort;
const alpaca = await runAlpaca(workerData as AlpacaOptions);
port.once('message', () => {
  void alpaca.stop().then(() => port.close());
});
port.postMessage(alpaca.identity);
