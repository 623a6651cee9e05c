/**
 * Each trouble raises the alarms that the runbook has for it, and tells a person once. What is measured comes from the product's own
 * functions in the simulated world; the alarms are those of the template.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { steps } from '../../lambdas/core/kernel/steps.ts';
import { waitReasons } from '../../lambdas/core/withdrawal/waits.ts';
import { resources } from '../lib/template.ts';
import { alarmsIn, pagesOf, raisedBy } from '../support/alarm-states.ts';
import type { Measured } from './troubles.ts';

jest.setTimeout(10 * 60_000);

const all = resources();
const alarms = alarmsIn(all);
const run = promisify(execFile);
const found = new Map<string, Measured>();

beforeAll(async () => {
  const main = ['--disable-warning=ExperimentalWarning', 'test/sim/troubles-main.ts'];
  const { stdout } = await run(process.execPath, main, {
    cwd: path.join(import.meta.dirname, '../..'),
    maxBuffer: 512 * 1024 * 1024,
  });
  for (const line of stdout.trim().split('\n')) {
    const one = JSON.parse(line) as Measured;
    found.set(one.name, one);
  }
});

const of = (name: string) => {
  const one = found.get(name);
  if (one === undefined) throw new Error(`no trouble ${name}`);
  const raised = raisedBy(alarms, one.data, one.from, one.until);
  return { raised, told: pagesOf(all, raised), seen: JSON.stringify(one.seen) };
};

// biome-ignore format: a table
test.each<{ trouble: string; raised: readonly string[]; told: readonly string[]; shows?: string }>([
  { trouble: 'none', raised: [], told: [], shows: '"balance"' },
  { trouble: 'a poison message', raised: ['debit-dead-letters'], told: ['page-put-aside'] },
  { trouble: 'a dead on-ramp', raised: ['on-ramp-away', 'breaker-open-on-ramp'], told: ['page-on-ramp'], shows: '"OPEN"' },
  { trouble: 'a dead node', raised: ['node-away', 'breaker-open-network', 'balances-unread'], told: ['page-network'], shows: '"OPEN"' },
  { trouble: 'a dead brokerage', raised: ['brokerage-away'], told: ['page-brokerage'], shows: '"OPEN"' },
  { trouble: 'a stopped relay', raised: ['relay-silent'], told: ['page-platform'] },
  { trouble: 'a relay that fails for hours', raised: ['relay-behind', 'relay-errors', 'relay-dead-letters'], told: ['page-platform'] },
  { trouble: 'an empty treasury', raised: ['treasury-short'], told: ['page-funds'], shows: '"waitsForMoney":{"count":1' },
  { trouble: 'a treasury that is low', raised: ['treasury-low'], told: ['page-funds'] },
  { trouble: 'dry gas lanes', raised: ['gas-short', 'gas-low'], told: ['page-funds'], shows: '"balance":"0.00"' },
  { trouble: 'one dry gas lane', raised: ['gas-low'], told: ['page-funds'] },
  { trouble: 'a stuck payout', raised: ['payout-late'], told: ['page-network'], shows: '"payout-late"' },
  { trouble: 'an endless backlog', raised: ['debit-age'], told: ['page-backlog'], shows: '"requested"' },
  { trouble: 'a step that crashes', raised: ['debit-errors'], told: ['page-platform'] },
  { trouble: 'REVIEW', raised: ['review', 'review-old'], told: ['review', 'review-old'], shows: '"REVIEW"' },
  { trouble: 'every wait', raised: [...waitReasons, 'switched-off'], told: ['page-brokerage', 'page-funds', 'page-held-back', 'page-network', 'page-on-ramp', 'page-platform'] },
  { trouble: 'failures', raised: ['success-rate'], told: ['page-backlog'] },
  { trouble: 'payments held back', raised: ['processor-stopped'], told: ['page-held-back'], shows: '"STOPPED"' },
])('$trouble', ({ trouble, raised, told, shows }) => {
  const is = of(trouble);
  expect(is.raised).toEqual(expect.arrayContaining([...raised]));
  expect(is.told.sort()).toEqual([...told].sort());
  if (shows !== undefined) expect(is.seen).toContain(shows);
  if (trouble === 'none') expect(is.raised).toEqual([]);
});

test('whatever a relay that fails for hours has to tell is told once, each withdrawal from its beginning to its end', () => {
  const { counts, events } = JSON.parse(of('a relay that fails for hours').seen) as {
    counts: number[];
    events: { id: string; type: string }[];
  };
  const [whileItFails = -1, whenItWorks = -1] = counts;
  expect(whileItFails).toBe(0);
  expect(whenItWorks).toBeGreaterThan(0);
  // The others it had given up by then.
  expect(whenItWorks).toBeLessThan(events.length);
  const ofWithdrawals = events.filter(({ id }) => id.startsWith('wd_'));
  const told = [...Map.groupBy(ofWithdrawals, ({ id }) => id).values()];
  expect(told).toHaveLength(16);
  for (const ofOne of told)
    expect(ofOne.map(({ type }) => type.slice('withdrawal.'.length))).toEqual([
      ...['requested', 'reserved', 'broadcast', 'completed'],
    ]);
});

test('where nothing is wrong, all that the dashboard shows is published', () => {
  const published = new Set(found.get('none')?.data.map(({ metric }) => metric));
  const expected = [
    ...['requests', 'request-ms', 'runMs', 'awsCalls', 'relay-lag', 'withdrawals-old'],
    ...['done-debit', 'failed-debit', 'again-debit', 'run-debit', 'done-webhook', 'done-confirm'],
    ...['withdrawal-settled', 'time-in-reserved', 'time-to-settled', 'paid-USDC-ethereum'],
    ...['webhook-ok', 'webhook-ms', 'webhook-told-after'],
    ...['treasury-USDC-ethereum', 'treasury-free-USDC-ethereum', 'signed-USDC-ethereum'],
    ...['gas-balance-ethereum', 'gas-left-ethereum', 'in-flight', 'open-unread', 'relay-unheard'],
    ...['open-review', 'oldest-broadcast', 'money-USD-converting', 'breakers-open-network'],
  ];
  expect(expected.filter((name) => !published.has(name))).toEqual([]);
});

const at = 300_000;
/** Three hours of the same, a value in each minute: some alarms look at two whole ones. */
const always = (metric: string, value: number, dimension?: string) =>
  Array.from({ length: 180 }, (_, index) => ({
    at: at + index * 60_000,
    metric,
    value,
    ...(dimension === undefined ? {} : { of: dimension }),
  }));

/** One step is tried with all that its functions publish; the others have the same alarms. */
const ofSteps = steps.flatMap((step): [string, ReturnType<typeof always>][] => [
  [`${step}-errors`, always('Errors', 100, `${step}/${step}`)],
  [`${step}-age`, always('ApproximateAgeOfOldestMessage', 100_000, `${step}/queue.QueueName`)],
  [
    `${step}-dead-letters`,
    always('ApproximateNumberOfMessagesVisible', 1, `${step}/dead-letters.QueueName`),
  ],
]);
const apiName = String(
  all.find(({ type }) => type === 'AWS::ApiGateway::RestApi')?.properties['Name'],
);
const byMetric: [string, ReturnType<typeof always>][] = [
  ...ofSteps,
  ['throttles', always('Throttles', 1, 'webhook/webhook')],
  ['webhooks-failing', [...always('webhook-failed', 10), ...always('webhook-ok', 0)]],
  ['stands-still', always('stands-still', 1)],
  ['breaker-open-brokerage', always('breakers-open-brokerage', 1)],
  ['withdrawal-old', always('withdrawals-old', 1)],
  ['bus-behind', always('IteratorAge', 400_000, 'bus/bus')],
  ['bus-errors', always('Errors', 5, 'bus/bus')],
  [
    'bus-dead-letters',
    always('ApproximateNumberOfMessagesVisible', 1, 'bus/dead-letters.QueueName'),
  ],
  ['sweep-errors', always('Errors', 1, 'sweep/sweep')],
  ['reconcile-errors', always('Errors', 1, 'reconcile/reconcile')],
  ['retell-errors', always('Errors', 1, 'retell/retell')],
  ['retell-unreadable', always('retell-unreadable', 1)],
  ['retell-behind', always('retell-behind', 8_000)],
  ['reconcile-unread', always('reconcile-unread', 1)],
  ['reconcile-gap', always('reconcile-gap', 3_600)],
  ['reconciliation', always('reconciliation-differences', 1)],
  ['api-errors', always('5XXError', 100, apiName)],
  ['api-latency', always('Latency', 100_000, apiName)],
];

test('sweep-silent', () => {
  const ran = always('Invocations', 5, 'sweep/sweep');
  const isRaised = (given: typeof ran): boolean =>
    raisedBy(alarms, given, at, at + 4 * 60 * 60_000).includes('sweep-silent');
  // What does not run publishes nothing.
  expect([isRaised(ran.slice(0, 60)), isRaised([])]).toEqual([true, true]);
  expect(raisedBy(alarms, ran, at, at + 170 * 60_000)).not.toContain('sweep-silent');
});

test('every alarm is raised by something here', () => {
  const raised = [...found.keys()].flatMap((name) => of(name).raised);
  const planted = new Set(['sweep-silent', ...raised, ...byMetric.map(([name]) => name)]);
  expect(alarms.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
});

test.each(byMetric)('%s', (name, data) => {
  const isRaised = (given: typeof data): boolean =>
    raisedBy(alarms, given, at, at + 4 * 60 * 60_000).includes(name);
  expect([isRaised(data), isRaised(data.map((one) => ({ ...one, value: 0 })))]).toEqual([
    true,
    false,
  ]);
});
