/** Writes `outputs.json`, which tells where everything is. */
import { renameSync, writeFileSync } from 'node:fs';
import type { DataDir } from './host/data-dir.ts';

export type Outputs = {
  apiUrl: string;
  awsEndpoint: string;
  consoleUrl: string;
  /** Where gRPC is served, over HTTP/2 without TLS. */
  grpcUrl: string;
  queues: Record<string, string>;
  deadLetterQueues: Record<string, string>;
  tables: Record<string, string>;
  /**
   * `rpcUrl` is the whole of a local chain's; of the user's own node, whose URL may hold a key, it is the host. A chain that pays
   * its own coin has no token.
   */
  chains: Record<string, { rpcUrl: string; token?: string; treasury: string }>;
  /** The URLs of the simulators (docs/simulators.md). Providers of the user's own are not among them. */
  simulators: Record<string, string>;
  /** The event bus, and the file that has every event on it. */
  eventBus: { name: string; file: string };
};

/** The queues and tables by name, from the stack's outputs: `OnRampQueueUrl` is that of the queue `on-ramp`. */
export function resourcesIn(
  outputs: Readonly<Record<string, string>>,
): Pick<Outputs, 'queues' | 'deadLetterQueues' | 'tables'> {
  const ending = (end: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(outputs).flatMap(([name, value]) =>
        name.endsWith(end) ? [[kebab(name.slice(0, -end.length)), value]] : [],
      ),
    );
  return {
    queues: ending('QueueUrl'),
    deadLetterQueues: ending('DeadLettersUrl'),
    tables: ending('Table'),
  };
}

const kebab = (name: string): string =>
  name.replace(/\B[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

/** Writes the file whole or not at all, because somebody may be waiting for it. */
export function writeOutputs(dataDir: Pick<DataDir, 'file'>, outputs: Outputs): void {
  const file = dataDir.file('outputs.json');
  const chains = Object.entries(outputs.chains).map(([name, chain]) => [
    name,
    { ...chain, rpcUrl: new URL(chain.rpcUrl).origin },
  ]);
  const told = { ...outputs, chains: Object.fromEntries(chains) };
  writeFileSync(`${file}.new`, `${JSON.stringify(told, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
