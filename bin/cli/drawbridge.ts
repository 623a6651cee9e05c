/** `drawbridge <command>`: everything that a client or an operator does from a terminal (docs/cli.md). */
import { outliveReaders } from '../../local/host/output.ts';
import { messageOf, UsageError } from '../command.ts';
import { type Command, note, sayJson } from './command-line.ts';
import { errorForPrograms, exitCodeOf, exits } from './exits.ts';

type Entry = { does: string; load: () => Promise<Command> };

/** What a command needs is loaded with it: most need no SDK of AWS. */
const commands: Record<string, Entry> = {
  withdraw: {
    does: 'asks for a withdrawal, once for each key',
    load: async () => (await import('./withdrawals.ts')).withdraw,
  },
  get: {
    does: 'shows a withdrawal, wallet, webhook endpoint or delivery',
    load: async () => (await import('./withdrawals.ts')).get,
  },
  list: {
    does: 'lists withdrawals, wallets or webhook endpoints',
    load: async () => (await import('./withdrawals.ts')).list,
  },
  cancel: {
    does: 'cancels a withdrawal while no payout of it may exist',
    load: async () => (await import('./withdrawals.ts')).cancel,
  },
  follow: {
    does: 'prints what happens to a withdrawal until it has ended',
    load: async () => (await import('./withdrawals.ts')).follow,
  },
  quote: {
    does: 'says what a withdrawal would come to',
    load: async () => (await import('./quote.ts')).quote,
  },
  batch: {
    does: 'pays a CSV file, line by line, and goes on where it stopped',
    load: async () => (await import('./batch.ts')).batch,
  },
  listen: {
    does: 'receives webhooks here, verifies them, and prints or forwards them',
    load: async () => (await import('./listen.ts')).listen,
  },
  trigger: {
    does: 'makes the simulated providers of the local system do a thing',
    load: async () => (await import('./trigger.ts')).trigger,
  },
  status: {
    does: 'says whether the service works and what waits',
    load: async () => (await import('./status.ts')).status,
  },
  keys: {
    does: 'makes, lists and revokes API keys',
    load: async () => (await import('./keys.ts')).keys,
  },
  review: {
    does: 'shows what waits for a person, and decides it',
    load: async () => (await import('./review.ts')).review,
  },
};

const width = Math.max(...Object.keys(commands).map((name) => name.length));
const usage = `usage: drawbridge <command> [options]

${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(width)}  ${does}`)
  .join('\n')}

  drawbridge <command> --help   says what a command takes
  --json                        every command: JSON on the standard output, one document or one a line

DRAWBRIDGE_API_URL is the API, and DRAWBRIDGE_API_KEY the key for it. Without DRAWBRIDGE_API_URL it is the local system
(npm start; its outputs.json in DATA_DIR), with that system's own keys. How it ends: docs/cli.md, "Exit codes".`;

async function main(): Promise<number> {
  const [name = '', ...rest] = process.argv.slice(2);
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    console.log(usage);
    return name === '' ? exits.wrongCall : exits.done;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    console.error(`There is no command "${name}".\n\n${usage}`);
    return exits.wrongCall;
  }
  const command = await entry.load();
  const asked = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : undefined);
  if (asked.some((word) => word === '--help' || word === '-h')) {
    console.log(command.usage);
    return exits.done;
  }
  try {
    return (await command.run(rest)) ?? exits.done;
  } catch (error) {
    const message = messageOf(error);
    if (asked.includes('--json')) sayJson({ error: errorForPrograms(error, message) });
    note(message);
    if (error instanceof UsageError) console.error(`\n${command.usage}`);
    return exitCodeOf(error);
  }
}

outliveReaders();
// Who reads no further has what they wanted. What could not be written (a full disk) is missing where it is looked for.
let isLost = false;
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  isLost ||= code !== 'EPIPE' && code !== 'EIO';
});
process.on('exit', (code) => {
  if (isLost && code === exits.done) process.exitCode = exits.failed;
});
process.exitCode = await main();
