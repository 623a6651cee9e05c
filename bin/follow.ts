/** `npm run follow -- <id>`: shows what the local system says about a withdrawal, and its trace, until it has ended. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { spansIn } from '../lambdas/adapters/trace/file.ts';
import { dataDir } from '../lambdas/boot/settings-table.ts';
import { isWithdrawalId } from '../lambdas/core/kernel/ids.ts';
import { type Stage, stages } from '../lambdas/core/withdrawal/withdrawal.ts';
import { drawn, type Entry, followLogs, told } from '../local/follow.ts';
import { outliveReaders } from '../local/host/output.ts';
import { runCommand, usageError } from './command.ts';

const usage = `usage: npm run follow -- <id> [options]

  <id>       a withdrawal (wd_…), a transaction, a wallet, a delivery, an event, or the requestId of a problem
  --once     shows what there is, and ends; otherwise it goes on until the withdrawal has ended, or until Ctrl-C
  --json     the lines of the logs as they are

It reads the logs and the traces in DATA_DIR. For a deployed system: docs/runbook.md, "Find a withdrawal".`;

const everyMs = 300;
/** What follows the end: clients are told. */
const graceMs = 3_000;

const isEnd = ({ line: { message, stage } }: Entry): boolean =>
  message === 'stage reached' &&
  stage !== undefined &&
  Object.hasOwn(stages, stage) &&
  stages[stage as Stage].step === null &&
  stage !== 'review';

async function follow(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) return usageError('Name one id.');
  const folder = path.resolve(process.env[dataDir.name] ?? dataDir.default);
  const next = followLogs(path.join(folder, 'logs'), id);
  let traceId: string | undefined;
  let endedAt: number | null = null;
  for (;;) {
    const entries = next();
    for (const one of entries) {
      console.log(values.json ? JSON.stringify(one.line) : told(one, id));
      // In the access log stands the trace of the request, which is another.
      if (isWithdrawalId(id) && one.by !== 'access') traceId = one.line.traceId ?? traceId;
    }
    // A client may have had it taken up again since.
    const last = entries.findLast(({ line }) => line.message === 'stage reached');
    if (last !== undefined) endedAt = isEnd(last) ? Date.now() : null;
    const isOver = endedAt !== null && Date.now() - endedAt > graceMs;
    if (values.once || isOver) break;
    await sleep(everyMs);
  }
  const spans =
    traceId === undefined ? [] : await spansIn(path.join(folder, 'traces.jsonl'), traceId);
  if (spans.length > 0 && !values.json)
    console.log(`\ntrace ${traceId}\n${drawn(spans).join('\n')}`);
}

outliveReaders();
await runCommand(usage, follow);
