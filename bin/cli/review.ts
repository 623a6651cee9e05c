/**
 * `drawbridge review`: shows withdrawals in REVIEW, and asks the API to do something about one. It shows what the tables have, with
 * the rights of your AWS credentials; who decides is whoever the operator's key belongs to (core/operations/four-eyes.ts).
 */
import * as z from 'zod';
import { dynamoClient } from '../../lambdas/adapters/dynamo/client.ts';
import { dynamoProposals } from '../../lambdas/adapters/dynamo/proposals.ts';
import { dynamoReports } from '../../lambdas/adapters/dynamo/reports.ts';
import { withdrawalsInReview } from '../../lambdas/adapters/dynamo/review.ts';
import { dynamoStore } from '../../lambdas/adapters/dynamo/store.ts';
import { dynamoWires } from '../../lambdas/adapters/dynamo/wires.ts';
import { systemClock } from '../../lambdas/adapters/net/clock.ts';
import { whyOf } from '../../lambdas/core/kernel/errors.ts';
import { isWithdrawalId, type WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { formatAmount } from '../../lambdas/core/kernel/money.ts';
import { timeOf } from '../../lambdas/core/kernel/time.ts';
import { openAmong } from '../../lambdas/core/operations/four-eyes.ts';
import { whyNot } from '../../lambdas/core/operations/resolution.ts';
import { type Evidence, evidenceOf } from '../../lambdas/core/operations/review.ts';
import { type Difference, differencesAbout } from '../../lambdas/core/reconcile/difference.ts';
import { type Resolution, resolutions } from '../../lambdas/core/store/proposal-record.ts';
import type { Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { localStack, printTable, usageError } from '../command.ts';
import { type Command, optionsIn, sayJson } from './command-line.ts';
import { Ending } from './exits.ts';

const usage = `usage: drawbridge review [--stack <name>]
       drawbridge review show <withdrawal id> [--stack <name>]
       drawbridge review resume|refund|cancel-payout <withdrawal id> --reason "<what was found>" [--key <key>] [--api <URL>]

The first who asks proposes, and another person confirms by asking for the same with a key of their own. The key has the scope
operations; OPERATOR_KEY is the better place for it, for arguments are seen by others on the machine.
Without --stack and --api: the local system (its outputs.json in DATA_DIR, which must be running; its keys are
dk_local_operator, taken when none is given, and dk_local_operator2). With --stack: the tables of the stack of that name, in
the AWS account and region that the environment points at. With --api: the stack's output ApiUrl.`;

const options = {
  reason: { type: 'string' },
  key: { type: 'string' },
  api: { type: 'string' },
  stack: { type: 'string' },
} as const;
type Values = { [name in keyof typeof options]?: string } & { json?: boolean };

type Part = {
  takes: (keyof Values)[];
  takesId: boolean;
  run: (id: WithdrawalId, values: Values) => Promise<void>;
};
const asking = (resolution: Resolution): Part => ({
  takes: ['reason', 'key', 'api'],
  takesId: true,
  run: (id, values) => ask(resolution, id, values),
});
const commands: Record<string, Part> = {
  list: { takes: ['stack'], takesId: false, run: (_, values) => list(worldOf(values), values) },
  show: { takes: ['stack'], takesId: true, run: (id, values) => show(worldOf(values), id, values) },
  resume: asking('resume'),
  refund: asking('refund'),
  'cancel-payout': asking('cancel-payout'),
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
  return {
    store,
    proposals: dynamoProposals(client, tables),
    reports: dynamoReports(client, tables),
    waiting: () => withdrawalsInReview(client, tables),
  };
}

async function list({ waiting }: World, { json }: Values): Promise<void> {
  const { found, newer } = await waiting();
  if (json) return sayJson({ data: found.map(shown), newer });
  const rows = found.map((one) => [
    one.id,
    one.tenant,
    ageOf(one),
    heldFromOf(one),
    `${formatAmount(one.amount, one.currency)} ${one.currency}`,
    'failure' in one ? one.failure.message : '',
  ]);
  if (rows.length === 0) console.log('Nothing is in REVIEW.');
  else printTable([['WITHDRAWAL', 'TENANT', 'SINCE', 'HELD FROM', 'AMOUNT', 'WHY'], ...rows]);
  for (const key of newer) console.log(`${key} is in words that only newer code knows.`);
}

const shown = (one: Withdrawal): object => ({
  ...{ id: one.id, tenant: one.tenant, heldFrom: heldFromOf(one), since: timeOf(one.updatedAt) },
  ...{ amount: formatAmount(one.amount, one.currency), currency: one.currency },
  why: 'failure' in one ? one.failure.message : null,
});

const heldFromOf = (one: Withdrawal): string => ('heldFrom' in one ? one.heldFrom : one.stage);

function ageOf({ updatedAt }: Withdrawal): string {
  const minutes = Math.floor((systemClock.now() - updatedAt) / 60_000);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} d`;
  return hours > 0 ? `${hours} h` : `${minutes} min`;
}

async function show(
  { store, reports, proposals }: World,
  id: WithdrawalId,
  { json }: Values,
): Promise<void> {
  const evidence = (await evidenceOf(store, id)) ?? usageError(`There is no withdrawal ${id}.`);
  const { withdrawal, onRamp, journals, wires, attempt } = evidence;
  if (json) return sayJson(await proofOf({ store, reports, proposals }, evidence));
  const { amount, currency, asset, network, destination, history, ...rest } = withdrawal;
  const report = await reports.last();
  const about = differencesAbout(report, withdrawal) ?? [];
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
  const now = systemClock.now();
  const open = openAmong(await proposals.proposals([id]), withdrawal, now);
  for (const resolution of resolutions) {
    const why = whyNot(resolution, evidence, now);
    console.log(`${resolution}: ${why === null ? 'possible' : `no. ${why}`}`);
    for (const { proposed, expiresAt } of open.filter((one) => one.resolution === resolution))
      console.log(
        `  proposed by ${proposed.by} at ${timeOf(proposed.at)}, to be confirmed by somebody else until ${timeOf(expiresAt)}: ${proposed.reason}`,
      );
  }
}

/** Everything that `show` prints, for programs. */
async function proofOf({ reports, proposals }: Omit<World, 'waiting'>, evidence: Evidence) {
  const { withdrawal, onRamp, journals, wires, attempt } = evidence;
  const { id } = withdrawal;
  const now = systemClock.now();
  const differences = differencesAbout(await reports.last(), withdrawal);
  const open = openAmong(await proposals.proposals([id]), withdrawal, now);
  const possible = resolutions.map((resolution) => [resolution, whyNot(resolution, evidence, now)]);
  const { history } = withdrawal;
  return readable({
    ...{ ...shown(withdrawal), history, onRamp, journals, wires, signed: attempt !== null },
    ...{ differences, whyNot: Object.fromEntries(possible), proposals: open },
  });
}

/** What JSON has no words for: numbers of any size are text, and bytes that were sent are left out. */
const readable = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, one) =>
      name === 'bytes' ? undefined : typeof one === 'bigint' ? String(one) : one,
    ),
  );

const textOf = ({ kind, what, expected, found }: Difference): string =>
  `${kind} ${what}: expected ${expected}; found ${found}`;

/** Prints the record of an effect: without the bytes that were sent, and with times for people. */
function print(title: string, effect: object): void {
  console.log(`\n${title}`);
  for (const [name, value] of Object.entries(effect))
    if (name !== 'bytes' && name !== 'withdrawalId')
      console.log(`  ${name}: ${name.endsWith('At') ? timeOf(value) : String(value ?? '-')}`);
}

const answer = z.object({
  status: z.enum(['PROPOSED', 'CONFIRMED']),
  proposed: z.object({ by: z.string() }),
  confirmed: z.object({ by: z.string() }).nullable(),
  expiresAt: z.string(),
  withdrawal: z.object({ stage: z.string() }),
});
const problem = z.object({ code: z.string(), detail: z.string() });
const [askMs, localOperator] = [30_000, 'dk_local_operator'];

async function ask(
  resolution: Resolution,
  id: WithdrawalId,
  { reason, key, api, json }: Values,
): Promise<void> {
  if (reason === undefined || reason.trim() === '') usageError(`${resolution} needs --reason.`);
  const named = api ?? process.env['DRAWBRIDGE_API_URL'];
  const url = named ?? localStack().apiUrl;
  const { OPERATOR_KEY, DRAWBRIDGE_API_KEY } = process.env;
  const secret = key ?? OPERATOR_KEY ?? DRAWBRIDGE_API_KEY ?? (named ? undefined : localOperator);
  if (secret === undefined) usageError("An operator's key is needed: --key, or OPERATOR_KEY.");
  const at = `${url.replace(/\/$/, '')}/v1/operations/withdrawals/${id}/${resolution}`;
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  const [body, signal] = [JSON.stringify({ reason }), AbortSignal.timeout(askMs)];
  const response = await fetch(at, { method: 'POST', headers, body, signal }).catch((error) => {
    const why = whyOf(error.cause ?? error);
    throw new Ending('unknown', `${url} gave no answer (${why}). Look: it may have been done.`);
  });
  const told: unknown = await response.json().catch(() => null);
  const { success, data } = problem.safeParse(told);
  const how = response.status >= 500 ? 'unknown' : 'refused';
  if (success) throw new Ending(how, `Refused (${data.code}). ${data.detail}`, data.code);
  if (!response.ok) throw new Error(`${url} answers ${response.status}. Is it the API's URL?`);
  if (json) return sayJson(answer.parse(told));
  const { status, proposed, confirmed, expiresAt, withdrawal } = answer.parse(told);
  console.log(
    status === 'PROPOSED'
      ? `Proposed by ${proposed.by}. Nothing is done until somebody else confirms it, by ${expiresAt}.`
      : `Proposed by ${proposed.by} and confirmed by ${confirmed?.by ?? '-'}: ${id} is ${withdrawal.stage}.`,
  );
}

async function run(argv: readonly string[]): Promise<undefined> {
  const { positionals, values } = optionsIn(argv, options);
  const [name = 'list', id = '', ...others] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return usageError(`There is no command "${name}".`);
  const [odd] = (Object.keys(values) as (keyof Values)[]).filter(
    (option) => option !== 'json' && !command.takes.includes(option),
  );
  if (odd !== undefined) usageError(`${name} takes no --${odd}.`);
  if (others.length > 0 || (!command.takesId && id !== '')) usageError('That is too much.');
  if (command.takesId && !isWithdrawalId(id)) usageError(`${name} needs the id of a withdrawal.`);
  await command.run(id as WithdrawalId, values);
}

export const review: Command = { usage, run };
