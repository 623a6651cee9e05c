/** Runs DynamoDB on this machine: dynoxide 1.2.1 (github.com/nubo-db/dynoxide), with its file in the data directory. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataDir } from '../host/data-dir.ts';
import { freePort } from '../host/free-port.ts';
import { endLeftover, startTiedProcess, type TiedProcess } from '../host/tied-process.ts';
import { type DynamoCall, dynamoClient } from './dynamo-client.ts';
import { openStreamRecords, type StreamRecords } from './stream-records.ts';

export type DynamoEngine = {
  port: number;
  endpoint: string;
  call: DynamoCall;
  streamRecords: StreamRecords;
  /** Resolves when the engine has stopped and closed its file. */
  stop(): Promise<void>;
};

const startTimeoutMs = 10_000;
const pollMs = 5;
const restartDelayMs = 100;

/**
 * Starts the engine and waits until it answers. One that a killed run left is ended first, because both would use one file.
 * If it dies it is started again on the same port: what was written stays, and calls in flight fail.
 */
export async function startDynamo(dataDir: DataDir): Promise<DynamoEngine> {
  const { database, pidFile, logFile } = filesIn(dataDir);
  await endLeftoverDynamo(dataDir);
  const command = dynoxide();
  const port = await freePort();
  const client = dynamoClient(port);

  let stopping = false;
  const start = (): TiedProcess =>
    startTiedProcess({
      command,
      args: ['serve', '--port', String(port), '--db-path', database],
      pidFile,
      logFile,
    });
  const restart = async (): Promise<void> => {
    if (stopping) return;
    console.error(`DynamoDB (dynoxide) ended unexpectedly and is started again; see ${logFile}`);
    await delay(restartDelayMs);
    if (stopping) return;
    running = start();
    void running.ended.then(restart);
  };
  let running = start();
  await untilAnswers(client.call, running, logFile);
  void running.ended.then(restart);

  const streamRecords = openStreamRecords(database);
  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    call: client.call,
    streamRecords,
    stop: async () => {
      stopping = true;
      client.close();
      streamRecords.close();
      await running.stop();
    },
  };
}

/** Ends the engine that an earlier run has left on this data directory, if there is one. */
export function endLeftoverDynamo(dataDir: DataDir): Promise<void> {
  const { database, pidFile } = filesIn(dataDir);
  return endLeftover(pidFile, database);
}

const filesIn = (dataDir: DataDir) => ({
  database: dataDir.file('dynamodb.db'),
  pidFile: dataDir.file('dynamodb.pid'),
  logFile: dataDir.file('dynamodb.log'),
});

async function untilAnswers(
  call: DynamoCall,
  running: TiedProcess,
  logFile: string,
): Promise<void> {
  let ended = false;
  void running.ended.then(() => {
    ended = true;
  });
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    try {
      await call('ListTables', {});
      return;
    } catch (error) {
      if (ended || Date.now() > deadline) {
        await running.stop();
        throw new Error(`DynamoDB (dynoxide) does not start; see ${logFile}`, { cause: error });
      }
      await delay(pollMs);
    }
  }
}

function dynoxide(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  const binary = path.join(import.meta.dirname, '../../node_modules', name, 'dynoxide');
  if (existsSync(binary)) return binary;
  throw new Error(
    `npm has installed no DynamoDB engine for this machine (${name}). Run npm install.`,
  );
}
