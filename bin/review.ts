/** `npm run review`: shows and decides withdrawals in REVIEW. lambdas/core/operations/review.ts says what may be done. */
import { parseArgs } from 'node:util';
import { dynamoClient } from '../lambdas/adapters/dynamo/client.ts';
import { dynamoReports } from '../lambdas/adapters/dynamo/reports.ts';
import { withdrawalsInReview } from '../lambdas/adapters/dynamo/review.ts';
import { dynamoStore } from '../lambdas/adapters/dynamo/store.ts';
import { dynamoWires } from '../lambdas/adapters/dynamo/wires.ts';
import { systemClock } from '../lambdas/adapters/net/clock.ts';
import { isWithdrawalId, type WithdrawalId } from '../lambdas/core/kernel/ids.ts';
import { sweepPassMs } from '../lambdas/core/kernel/limits.ts';
import { formatAmount } from '../lambdas/core/kernel/money.ts';
import { timeOf } from '../lambdas/core/kernel/time.ts';
import {
  evidenceOf,
  makeResolve,
  type Refused,
  resolutions,
  whyNot,
} from '../lambdas/core/operations/review.ts';
import type { Difference } from '../lambdas/core/reconcile/difference.ts';
import type { Withdrawal } from '../lambdas/core/withdrawal/withdrawal.ts';
import { localStack, printTable, runCommand, usageError } from './command.ts';

const usage = `usage: npm run review
       npm run review -- show <withdrawal id>
       npm run review -- resume <withdrawal id> --reason "<why>"
       npm run review -- refund <withdrawal id> --reason "<what was found>" --attest <who> --attest <who else>

Without --stack: the local system (its outputs.json in DATA_DIR, which must be running). With --stack <name>: the stack
of that name, in the AWS account and region that the environment points at.`;

const options = {
  reason: { type: 'string' },
  attest: { type: 'string', multiple: true },
  stack: { type: 'string' },
} as const;
type Values = { reason?: string; attest?: string[]; stack?: string };

/** The options that each command takes besides --stack. */
const commands: Record<
  string,
  {
    takes: (keyof Values)[];
    takesId: boolean;
    run: (world: World, id: WithdrawalId, values: Values) => Promise<void>;
  }
> = {
  list: { takes: [], takesId: false, run: list },
  show: { takes: [], takesId: true, run: show },
  resume: { takes: ['reason'], takesId: true, run: resume },
  refund: { takes: ['reason', 'attest'], takesId: true, run: refund },
};

type World = ReturnType<typeof worldOf>;
function worldOf({ stack }: Values) {
  const local = stack === undefined ? localStack() : null;
  const nameOf = (word: string) => local?.tables[word] ?? `${stack?.toLowerCase()}-${word}`;
  const tables = {
    money: nameOf('money'),
    webhooks: nameOf('webhooks'),
    control: nameOf('control'),
  };
  const client = dynamoClient(local?.client);
  const store = { ...dynamoStore(client, tables), ...dynamoWires(client, tables) };
  const resolve = makeResolve({ store, clock: systemClock, dueAfterMs: sweepPassMs });
  return {
    store,
    resolve,
    reports: dynamoReports(client, tables),
    waiting: () => withdrawalsInReview(client, tables),
  };
}

async function list({ waiting }: World): Promise<void> {
  const rows = (await waiting()).map((one) => [
    one.id,
    one.tenant,
    ageOf(one),
    heldFromOf(one),
    `${formatAmount(one.amount, one.currency)} ${one.currency}`,
    'failure' in one ? one.failure.message : '',
  ]);
  if (rows.length === 0) console.log('Nothing is in REVIEW.');
  else printTable([['WITHDRAWAL', 'TENANT', 'SINCE', 'HELD FROM', 'AMOUNT', 'WHY'], ...rows]);
}

const heldFromOf = (one: Withdrawal): string => ('heldFrom' in one ? one.heldFrom : one.stage);

function ageOf({ updatedAt }: Withdrawal): string {
  const minutes = Math.floor((systemClock.now() - updatedAt) / 60_000);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} d`;
  return hours > 0 ? `${hours} h` : `${minutes} min`;
}

async function show({ store, reports }: World, id: WithdrawalId): Promise<void> {
  const evidence = (await evidenceOf(store, id)) ?? usageError(`There is no withdrawal ${id}.`);
  const { withdrawal, onRamp, journals, wires, attempt } = evidence;
  const { amount, currency, asset, network, destination, history, ...rest } = withdrawal;
  const report = await reports.last();
  const about = (report?.differences ?? []).filter((one) => one.withdrawalId === id);
  const money = `${formatAmount(amount, currency)} ${currency}`;
  console.log(`${id} is ${rest.stage}, held from ${heldFromOf(withdrawal)}`);
  console.log(`tenant ${rest.tenant}, ${money} of ${rest.walletId}`);
  console.log(`to be paid in ${asset} on ${network} to ${destination}\n`);
  printTable([
    ['WHEN', 'STAGE', 'WHAT'],
    ...history.map(({ at, stage, detail, note }) => [
      timeOf(at),
      stage,
      [detail, note].filter((text) => text !== undefined).join(' — '),
    ]),
  ]);
  for (const journal of journals) print(`Journal (${journal.purpose})`, journal);
  if (onRamp !== null) print('On-ramp', onRamp);
  for (const wire of wires) print('Wire', wire);
  console.log(`\nPayouts signed: ${attempt ? ('attempts' in rest && rest.attempts) || 1 : 'none'}`);
  console.log(
    report === null
      ? '\nReconciliation has made no report yet.'
      : `\nReconciliation at ${timeOf(report.checkedAt)}${about.length === 0 ? ' found nothing about it.' : ':'}`,
  );
  for (const one of about) console.log(`  ${textOf(one)}`);
  console.log();
  for (const resolution of resolutions) {
    const why = whyNot(resolution, evidence, systemClock.now());
    console.log(`${resolution}: ${why === null ? 'possible' : `no. ${why}`}`);
  }
}

const textOf = ({ kind, what, expected, found }: Difference): string =>
  `${kind} ${what}: expected ${expected}; found ${found}`;

/** Prints the record of an effect: without the bytes that were sent, and with times for people. */
function print(title: string, effect: object): void {
  console.log(`\n${title}`);
  for (const [name, value] of Object.entries(effect))
    if (name !== 'bytes' && name !== 'withdrawalId')
      console.log(`  ${name}: ${name.endsWith('At') ? timeOf(value) : String(value ?? '-')}`);
}

async function resume({ resolve }: World, id: WithdrawalId, { reason }: Values): Promise<void> {
  const to = await resolve.resume(id, reason ?? usageError('resume needs --reason.'));
  tell(to, (stage) => `${id} is ${stage} again: its step asks what became of it.`);
}

async function refund(world: World, id: WithdrawalId, values: Values): Promise<void> {
  const note = values.reason ?? usageError('refund needs --reason.');
  const to = await world.resolve.refund(id, { by: values.attest ?? [], note });
  tell(to, (stage) => `${id} is ${stage}. No payout of it can be signed any more.`);
}

function tell(to: Withdrawal | Refused, done: (stage: string) => string): void {
  if ('refused' in to) throw new Error(`Refused. ${to.refused}`);
  console.log(done(to.stage));
}

function parsed() {
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return usageError((error as Error).message);
  }
}

await runCommand(usage, async () => {
  const { positionals, values } = parsed();
  const [name = 'list', id = '', ...others] = positionals;
  const command = commands[name] ?? usageError(`There is no command "${name}".`);
  const [odd] = (Object.keys(values) as (keyof Values)[]).filter(
    (option) => option !== 'stack' && !command.takes.includes(option),
  );
  if (odd !== undefined) usageError(`${name} takes no --${odd}.`);
  if (others.length > 0 || (!command.takesId && id !== '')) usageError('That is too much.');
  if (command.takesId && !isWithdrawalId(id)) usageError(`${name} needs the id of a withdrawal.`);
  await command.run(worldOf(values), id as WithdrawalId, values);
});
