/** `drawbridge batch file.csv`: what it would do, then progress; after a kill the same command goes on. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Drawbridge, isDrawbridgeError } from '../../client/src/index.ts';
import { FileError, usageError } from '../command.ts';
import { checkedByApi } from './batch-checks.ts';
import { changedIn, paidElsewhere } from './batch-known.ts';
import { endAll, sendAll } from './batch-run.ts';
import { BatchState } from './batch-state.ts';
import {
  apiOf,
  type Command,
  countOf,
  fileAt,
  Interrupted,
  note,
  onlyWord,
  optionsIn,
  say,
  sayJson,
  untilInterrupted,
} from './command-line.ts';
import { type Exit, exits } from './exits.ts';
import { columns, type Line, type Payroll, payrollIn } from './payroll.ts';
import { decimalOf, sumOf } from './sums.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

export const batch: Command = {
  usage: `usage: drawbridge batch <file.csv> [--wallet <id>] [--network <base>] [--asset <USDC>] [options]

  --name <2026-11>    which batch it is; the file's name by default. The same lines in a batch of another name are paid again
  --dry-run           checks every line and says what would be done; sends nothing
  --yes               does not ask before it sends
  --skip-wrong        sends the lines that are right although others are not
  --no-wait           ends when all are accepted, and does not wait until they are paid
  --timeout <1800>    how many seconds to wait at most

The first line names the columns, of: ${columns}.
--wallet, --network and --asset are for lines that have none of their own. Lines are sent one after the other, in their order.

After a kill the same command goes on: what was accepted stands in a file beside the CSV (….drawbridge.jsonl), and each line has
a key of its own, made of what it pays, so that even without that file nothing is paid twice.`,
  async run(argv) {
    const { positionals, values } = optionsIn(argv, {
      ...{ wallet: text, network: text, asset: text, name: text, timeout: text },
      ...{ 'dry-run': flag, yes: flag, 'skip-wrong': flag, 'no-wait': flag },
    });
    const file = fileAt(onlyWord(positionals, 'one CSV file'));
    const name = values.name ?? path.basename(file, path.extname(file));
    if (!/^[\w.-]{1,80}$/.test(name))
      usageError(`"${name}" is no name of a batch (letters, digits, . - _): --name`);
    const timeoutMs = (countOf('--timeout', values.timeout) ?? 1_800) * 1_000;
    const json = values.json === true;
    const payroll = payrollIn(utf8In(file), name, {
      ...(values.wallet === undefined ? {} : { walletId: values.wallet }),
      ...(values.network === undefined ? {} : { network: values.network }),
      asset: values.asset ?? 'USDC',
    });
    const skip = values['skip-wrong'] === true;
    if (tellWrong(payroll, skip, json)) return exits.wrongCall;
    const { drawbridge, url } = apiOf();
    const stateFile = `${file}${values.name === undefined ? '' : `.${name}`}.drawbridge.jsonl`;
    const state = BatchState.open(stateFile, url, name);
    try {
      await verifySameApi(drawbridge, state, url);
      const changed = changedIn(payroll.lines, state);
      if (changed !== null) throw new FileError(changed);
      const unsent = payroll.lines.filter(({ key }) => !state.known.get(key)?.id);
      const elsewhere = values.name === undefined ? paidElsewhere(unsent, stateFile, url) : null;
      if (elsewhere !== null) throw new FileError(elsewhere);
      // What was accepted is not checked once more: rules may have changed since, and it is waited for all the same.
      const checked = await checkedByApi(drawbridge, unsent);
      if (tellWrong(checked, skip, json)) return exits.wrongCall;
      const missing = checked.lines;
      const lines = payroll.lines.filter((one) => !unsent.includes(one) || missing.includes(one));
      await tellPlan(drawbridge, lines, missing, json);
      if (values['dry-run']) return exits.done;
      if (missing.length > 0 && !(values.yes || (await agreed(missing.length)))) {
        note('Nothing was sent.');
        return exits.wrongCall;
      }
      const signal = untilInterrupted();
      const world = { drawbridge, state, signal, json };
      await sendAll(world, lines);
      if (values['no-wait']) return accountOf(lines, state, json);
      const all = await endAll(world, lines, timeoutMs);
      const account = accountOf(lines, state, json);
      return all ? account : exits.stillMoving;
    } catch (error) {
      if (error instanceof Interrupted) {
        note('Stopped. The same command goes on.');
        return exits.interrupted;
      }
      // Before the first line was asked for there is nothing to go on from.
      if (isDrawbridgeError(error) && state.known.size > 0)
        note('Stopped. The same command goes on where it stopped.');
      throw error;
    } finally {
      state.close();
    }
  },
};

function utf8In(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new FileError(`${file} cannot be read: ${(error as Error).message}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileError(`${file} is not written in UTF-8.`);
  }
}

/** Tells what is wrong, line by line. Answers whether nothing may be sent because of it. */
function tellWrong({ lines, wrong }: Payroll, skip: boolean, json: boolean): boolean {
  for (const { line, column, wrong: why } of wrong) {
    if (json) sayJson({ line, column: column || null, wrong: why });
    else say(`line ${line}: ${column === '' ? '' : `${column} `}${why}.`);
  }
  if (wrong.length === 0) return false;
  const count = new Set(wrong.map(({ line }) => line)).size;
  const those = count === 1 ? 'One line is' : `${count} lines are`;
  const isOver = !skip || lines.length === 0;
  note(
    isOver
      ? `${those} wrong. Nothing was sent. Mend what is wrong, or send the others: --skip-wrong`
      : `${those} wrong and left out.`,
  );
  return isOver;
}

/** A state of withdrawals that this API does not know is of another, whose lines would all be paid once more. */
async function verifySameApi(drawbridge: Drawbridge, state: BatchState, url: string) {
  const id = [...state.known.values()].find((one) => one.id !== null)?.id;
  if (url === state.api || id === undefined || id === null) return;
  try {
    await drawbridge.withdrawals.get(id);
  } catch (error) {
    if (!isDrawbridgeError(error) || error.code !== 'NOT_FOUND') throw error;
    throw new FileError(
      `This batch was begun at ${state.api}, and ${url} does not know ${id}. For another batch: --name`,
    );
  }
}

async function tellPlan(
  drawbridge: Drawbridge,
  lines: readonly Line[],
  missing: readonly Line[],
  json: boolean,
): Promise<void> {
  const wallets = [...new Set(missing.map(({ body }) => body.walletId))];
  const plan = [];
  for (const walletId of wallets) {
    const { available, currency } = await drawbridge.wallets.get(walletId);
    const own = missing.filter(({ body }) => body.walletId === walletId);
    const total = sumOf(own.map(({ body }) => body.amount));
    plan.push({ walletId, payments: own.length, total, currency, available });
  }
  const before = lines.length - missing.length;
  if (json) return sayJson({ lines: lines.length, acceptedBefore: before, toSend: plan });
  say(`${lines.length} payments, ${before} of them accepted before.`);
  for (const { walletId, payments, total, currency, available } of plan) {
    say(`  ${payments} from ${walletId}: ${total} ${currency} of ${available} that are available`);
    if (decimalOf(total) > decimalOf(available))
      note(`  That is more than there is: lines at the end will fail (INSUFFICIENT_FUNDS).`);
  }
}

/** Asks whoever sits there. Who does not sit there says --yes. */
async function agreed(count: number): Promise<boolean> {
  if (!process.stdin.isTTY) {
    note('To send them: --yes');
    return false;
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  let isInterrupted = false;
  asking.on('SIGINT', () => {
    isInterrupted = true;
    asking.close();
  });
  // The end of the input is no yes; Node answers neither that nor Ctrl-C.
  const closed = new Promise<string>((resolve) => asking.on('close', () => resolve('')));
  const asked = asking.question(`Send ${count} payments? Type yes: `);
  const answer = await Promise.race([asked.catch(() => ''), closed]);
  asking.close();
  if (isInterrupted) throw new Interrupted();
  return answer.trim().toLowerCase() === 'yes';
}

/** What became of all lines, those that did not go well one by one. */
function accountOf(lines: readonly Line[], { known }: BatchState, json: boolean): Exit {
  const counts: Record<string, number> = {};
  for (const { line, key, body } of lines) {
    const one = known.get(key);
    const is = one?.refused ? 'REFUSED' : (one?.ended ?? (one?.id ? 'ACCEPTED' : 'NOT_SENT'));
    counts[is] = (counts[is] ?? 0) + 1;
    if (is === 'COMPLETED' || is === 'ACCEPTED') continue;
    const why = one?.refused ? `${one.refused.code}: ${one.refused.detail}` : (one?.id ?? '');
    if (!json) say(`line ${line}: ${body.amount} to ${body.destinationAddress} is ${is}. ${why}`);
  }
  if (json) sayJson({ lines: lines.length, ...counts });
  else
    say(
      Object.entries(counts)
        .map(([is, n]) => `${n} ${is}`)
        .join(', '),
    );
  const good = (counts['COMPLETED'] ?? 0) + (counts['ACCEPTED'] ?? 0);
  return good === lines.length ? exits.done : exits.notCompleted;
}
