/** `npm start`: starts everything on this machine, sends one withdrawal through, and runs until Ctrl-C. */
import { parseArgs } from 'node:util';
import { redactedError, withoutUrls } from '../lambdas/core/kernel/redact.ts';
import { demoKey, localKeyNames } from '../local/api-keys.ts';
import { runDemo } from '../local/demo.ts';
import { outliveReaders } from '../local/host/output.ts';
import { type Machine, NotStoppedError, startMachine } from '../local/machine.ts';
import { localSettings } from '../local/settings.ts';
import { whenAskedToStop } from './asked-to-stop.ts';
import { commandLine } from './command.ts';

const usage = `usage: npm start [-- options]

  --no-demo   starts without the first withdrawal
  --once      exits when it has completed: 0, or 1 when it did not
  --fresh     forgets what earlier runs left in DATA_DIR`;

/** Ends with the message of an error, without its stack: it is for a person who can do something about it. */
function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  const isDebug = process.env['LOG_LEVEL'] === 'debug';
  console.error(isDebug ? redactedError(error, withoutUrls) : withoutUrls(message));
  process.exit(1);
}

function options(): { demo: boolean; once: boolean; fresh: boolean } {
  const { values } = parseArgs({
    options: {
      'no-demo': { type: 'boolean', default: false },
      once: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
    },
  });
  if (values['no-demo'] && values.once) throw new Error('--once waits for the demo.');
  return { demo: !values['no-demo'], once: values.once, fresh: values.fresh };
}

outliveReaders();
const { demo, once, fresh } = commandLine(usage, options);
let machine: Promise<Machine> | undefined;
let stopping = false;

/** Stops everything, also while it is still starting. */
async function stop(exitCode: number): Promise<never> {
  stopping = true;
  try {
    await (await startedYet())?.stop();
  } catch (error) {
    fail(error);
  }
  process.exit(exitCode);
}

/**
 * A terminal sends Ctrl-C to the programs that take part in the start, too. What they break off then has stopped what it
 * had started, and is no error: it was asked for.
 */
async function startedYet(): Promise<Machine | null> {
  try {
    return (await machine) ?? null;
  } catch (error) {
    if (error instanceof NotStoppedError || process.env['LOG_LEVEL'] === 'debug') throw error;
    console.log('It had not started yet.');
    return null;
  }
}
whenAskedToStop({
  first: () => {
    if (stopping) process.exit(1); // It stops already, because something broke.
    console.log('Stopping …');
    void stop(0);
  },
  again: () => process.exit(1),
  orphaned: () => {
    if (!stopping) void stop(1);
  },
});
/** Whatever breaks here, what was started is stopped first. An error while it is being stopped ends everything at once. */
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    if (stopping) fail(error);
    console.error(redactedError(error, withoutUrls));
    void stop(1);
  });

/** Sends the first withdrawal. If that fails, the system keeps running so that a person can look at it. */
async function demonstrate(apiUrl: string): Promise<boolean> {
  try {
    return await runDemo({ apiUrl, key: demoKey });
  } catch (error) {
    if (!stopping) console.error('The first withdrawal failed:', error);
    return false;
  }
}

try {
  const started = performance.now();
  const tell = (line: string): void => {
    if (!stopping) console.log(line);
  };
  machine = startMachine(localSettings(process.env), { fresh, tell });
  const { apiUrl, awsEndpoint, dataDir } = await machine;
  tell(`started in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  tell(`AWS endpoint ${awsEndpoint} (SQS, DynamoDB), data and logs in ${dataDir}`);
  tell(`API reference ${apiUrl}/docs, chains and queues in ${dataDir}/outputs.json`);
  tell(`console ${apiUrl}/console (keys: ${localKeyNames.join(', ')})`);
  tell(`ready ${apiUrl}`);
  const completed = !demo || (!stopping && (await demonstrate(apiUrl)));
  if (once && !stopping) await stop(completed ? 0 : 1);
} catch (error) {
  if (!stopping) fail(error);
}
