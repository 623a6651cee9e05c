/** Starts everything on one machine: the engines of AWS, the outside world, and the stack between them. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { seedApiKeys } from './api-keys.ts';
import { stopAnvils } from './chains/anvil.ts';
import { awsEndpoint } from './engines/aws-endpoint.ts';
import { endLeftoverDynamo, startDynamo } from './engines/dynamo-engine.ts';
import { busFile, startEventBuses } from './engines/event-bus.ts';
import { startSqs } from './engines/sqs-engine.ts';
import { functionSettings, nodeSecrets, synthesisContext } from './function-settings.ts';
import { usagePlansApi } from './gateway/usage-plans-api.ts';
import { startGrpc } from './grpc/grpc-front.ts';
import { type DataDir, openDataDir } from './host/data-dir.ts';
import { type Lifetime, makeLifetime } from './host/lifetime.ts';
import { startsIn } from './host/progress.ts';
import { listenEarly } from './host/servers.ts';
import { resourcesIn, writeOutputs } from './outputs.ts';
import { startOutsideWorld } from './outside-world.ts';
import type { LocalSettings } from './settings.ts';
import { prepareStack } from './stack.ts';
import { synthesize } from './template/synthesize.ts';
import { traceFileIn } from './traces.ts';

export type Machine = {
  apiUrl: string;
  awsEndpoint: string;
  /** The absolute path of the data directory. */
  dataDir: string;
  /** Stops in this order: new requests, new work, what runs, then the engines and the chains. */
  stop(): Promise<void>;
};
export type MachineOptions = {
  /** Whether to delete first what earlier runs have left. */
  fresh: boolean;
  /** Takes a line about each thing that has come up: on a busy machine the whole takes half a minute. */
  tell: (line: string) => void;
};
/** Something could not start, and something else that had started could not be stopped. */
export class NotStoppedError extends Error {}

/** The time for what is running at the stop: longer than a step's usual call to a provider. */
const graceMs = 5_000;
/** The block of a payout and the two that make it final, one second each. */
const finalityMs = 3_000;
const idSecretBytes = 32;

/** Starts the machine. Resolves when everything answers; when something cannot start, stops the rest and throws. */
export async function startMachine(
  settings: LocalSettings,
  options: MachineOptions,
): Promise<Machine> {
  const lifetime = makeLifetime();
  try {
    return await assemble(settings, options, lifetime);
  } catch (error) {
    try {
      await lifetime.end();
    } catch (left) {
      throw new NotStoppedError(
        `${messageOf(error)}\nNor could all be stopped: ${messageOf(left)}`,
      );
    }
    throw error;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

async function assemble(
  settings: LocalSettings,
  { fresh, tell }: MachineOptions,
  lifetime: Lifetime,
): Promise<Machine> {
  for (const [network, why] of Object.entries(settings.railsOff))
    tell(`${network} is out of service: ${why}`);
  const dataDir = openDataDir(settings.dataDir);
  lifetime.onEnd(dataDir.release);
  // The ports are taken before anything answers on them, because the others are started with their URLs.
  const api = await listenEarly(settings.port, 'PORT');
  lifetime.onEnd(() => api.close(0));
  const aws = await listenEarly(settings.awsPort, 'AWS_PORT');
  lifetime.onEnd(() => aws.close(0));
  if (fresh) await forget(dataDir);

  const up = startsIn(tell);
  const [assembly, dynamo, sqs, outside] = await lifetime.together(
    up('the stack is synthesized', synthesize(dataDir.file('cdk.out'), synthesisContext(settings))),
    up('the database is up', startDynamo(dataDir)),
    up('the queues are up', startSqs(dataDir, aws.url)),
    startOutsideWorld(settings, dataDir.path, api.url, up),
  );
  const events = startEventBuses(dataDir, sqs, aws.url);
  const endpoint = awsEndpoint({ sqs, events, dynamoPort: dynamo.port });
  lifetime.onEnd(async () => {
    await aws.close(0);
    endpoint.close();
    events.stop();
  });

  const stack = await prepareStack({
    assembly,
    dataDir,
    dynamo,
    sqs,
    events,
    environment: {
      awsEndpoint: aws.url,
      dynamoEndpoint: dynamo.endpoint,
      settings: functionSettings(settings, outside),
      secrets: {
        ...nodeSecrets(outside),
        ID_SECRET: settings.idSecret ?? idSecretIn(dataDir),
        DUE_API_KEY: outside.due.apiKey,
        ALPACA_SECRET_KEY: outside.alpaca.secretKey,
      },
      signing: {
        EVM_TREASURY_KEY: settings.treasury.key,
        EVM_GAS_KEYS: settings.gasKeys.join(','),
        BITCOIN_TREASURY_KEY: settings.bitcoin.key,
        SOLANA_TREASURY_KEY: settings.solana.key,
        ...settings.formerTreasuryKeys,
      },
      finalityMs,
      railsOff: settings.railsOff,
      traceFile: traceFileIn(dataDir),
    },
  });
  lifetime.onEnd(() => stack.stop(graceMs));
  aws.serve(usagePlansApi(stack.usagePlans, endpoint.listener));
  const resources = resourcesIn(stack.outputs);
  const { control } = resources.tables;
  if (control === undefined) throw new Error('The stack has no output ControlTable.');
  await seedApiKeys(dynamo.call, control, stack.usagePlans);
  await stack.start();
  api.serve(stack.listener);
  lifetime.onEnd(() => api.close(graceMs));
  const grpc = await startGrpc(settings.grpcPort, api.url);
  lifetime.onEnd(grpc.close);

  const treasury = settings.treasury.address;
  const chains = Object.entries(outside.chains).map(([name, { rpcUrl, token }]) => [
    name,
    { rpcUrl, token, treasury },
  ]);
  writeOutputs(dataDir, {
    apiUrl: api.url,
    awsEndpoint: aws.url,
    consoleUrl: `${api.url}/console`,
    grpcUrl: grpc.url,
    ...resources,
    chains: {
      ...Object.fromEntries(chains),
      bitcoin: { rpcUrl: outside.bitcoin.rpcUrl, treasury: settings.bitcoin.treasury },
      solana: {
        ...{ rpcUrl: outside.solana.rpcUrl, token: settings.solana.mint },
        treasury: settings.solana.treasury,
      },
    },
    simulators: outside.simulators,
    eventBus: { name: stack.outputs['EventBusName'] ?? '', file: dataDir.file(busFile) },
  });
  return {
    apiUrl: api.url,
    awsEndpoint: aws.url,
    dataDir: dataDir.path,
    stop: lifetime.end,
  };
}

async function forget(dataDir: DataDir): Promise<void> {
  await Promise.all([stopAnvils(dataDir.path), endLeftoverDynamo(dataDir)]);
  dataDir.forget();
}

/** The secret that ids are derived from. It is made once: another would turn every replay into a new withdrawal. */
function idSecretIn(dataDir: DataDir): string {
  const file = dataDir.file('id-secret');
  if (!existsSync(file))
    writeFileSync(file, randomBytes(idSecretBytes).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}
