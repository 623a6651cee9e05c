import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { nestedStack, ofType, resources } from './template.ts';

const all = resources({ alarmEmail: 'someone@example.com' });
const alarms = ofType(all, 'AWS::CloudWatch::Alarm');
const composites = ofType(all, 'AWS::CloudWatch::CompositeAlarm');
const runbook = readFileSync(
  path.join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'),
  'utf8',
);
/** The anchors that GitHub makes of headings. */
const anchors = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-'),
);

const signs: Record<string, string> = {
  GreaterThanOrEqualToThreshold: '≥',
  LessThanOrEqualToThreshold: '≤',
  LessThanThreshold: '<',
};

type Math = { Expression?: string; MetricStat?: { Period: number } };
/** The metric of an alarm, and its period in seconds. */
function watchedBy(
  alarm: (typeof alarms)[number]['properties'],
): [what: unknown, seconds: unknown] {
  const metrics = alarm['Metrics'] as Math[] | undefined;
  if (metrics === undefined) return [alarm['MetricName'], alarm['Period']];
  return [
    metrics.find(({ Expression }) => Expression !== undefined)?.Expression,
    metrics.find(({ MetricStat }) => MetricStat !== undefined)?.MetricStat?.Period,
  ];
}

test('these alarms exist', () => {
  expect(
    alarms.map(({ properties: alarm }) => {
      const [what, seconds] = watchedBy(alarm);
      return [
        alarm['AlarmName'],
        what,
        signs[String(alarm['ComparisonOperator'])],
        alarm['Threshold'],
        `in ${alarm['EvaluationPeriods']} × ${seconds} s`,
      ].join(' ');
    }),
  ).toMatchInlineSnapshot(`
[
  "drawbridge/api-errors 5XXError ≥ 5 in 1 × 300 s",
  "drawbridge/api-latency Latency ≥ 2000 in 3 × 300 s",
  "drawbridge/relay-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/relay-behind IteratorAge ≥ 60000 in 3 × 60 s",
  "drawbridge/relay-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/review withdrawal-review ≥ 1 in 1 × 60 s",
  "drawbridge/relay-silent relay-unheard ≥ 1 in 2 × 300 s",
  "drawbridge/journal-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/journal-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge/journal-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/debit-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/debit-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge/debit-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/on-ramp-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/on-ramp-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge/on-ramp-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/broadcast-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/broadcast-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge/broadcast-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/confirm-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/confirm-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge/confirm-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/refund-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/refund-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge/refund-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/webhook-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/webhook-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge/webhook-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/webhook-retry-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/webhook-retry-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge/webhook-retry-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/sweep-errors Errors ≥ 3 in 1 × 300 s",
  "drawbridge/sweep-silent Invocations ≤ 0 in 1 × 300 s",
  "drawbridge/treasury-short waiting-treasury-short ≥ 1 in 1 × 60 s",
  "drawbridge/transfers-refused waiting-transfers-refused ≥ 1 in 1 × 60 s",
  "drawbridge/signed-before waiting-signed-before ≥ 1 in 1 × 60 s",
  "drawbridge/gas-short waiting-gas-short ≥ 1 in 1 × 60 s",
  "drawbridge/gas-above-cap waiting-gas-above-cap ≥ 1 in 1 × 60 s",
  "drawbridge/fee-above-cap waiting-fee-above-cap ≥ 1 in 1 × 60 s",
  "drawbridge/slots-short waiting-slots-short ≥ 1 in 10 × 60 s",
  "drawbridge/payouts-ahead waiting-payouts-ahead ≥ 1 in 60 × 60 s",
  "drawbridge/send-refused waiting-send-refused ≥ 1 in 10 × 60 s",
  "drawbridge/payee-refused waiting-payee-refused ≥ 1 in 1 × 60 s",
  "drawbridge/payout-late waiting-payout-late ≥ 1 in 1 × 60 s",
  "drawbridge/being-cancelled waiting-being-cancelled ≥ 1 in 60 × 60 s",
  "drawbridge/payer-replaced waiting-payer-replaced ≥ 1 in 1 × 60 s",
  "drawbridge/payer-key-missing waiting-payer-key-missing ≥ 1 in 1 × 60 s",
  "drawbridge/keys-away waiting-keys-away ≥ 1 in 10 × 60 s",
  "drawbridge/node-away waiting-node-away ≥ 1 in 10 × 60 s",
  "drawbridge/wrong-chain waiting-wrong-chain ≥ 1 in 1 × 60 s",
  "drawbridge/out-of-service waiting-out-of-service ≥ 1 in 1 × 60 s",
  "drawbridge/on-ramp-away waiting-on-ramp-away ≥ 1 in 10 × 60 s",
  "drawbridge/on-ramp-account waiting-on-ramp-account ≥ 1 in 10 × 60 s",
  "drawbridge/on-ramp-decides waiting-on-ramp-decides ≥ 1 in 60 × 60 s",
  "drawbridge/dollars-late waiting-dollars-late ≥ 1 in 60 × 60 s",
  "drawbridge/conversion-late waiting-conversion-late ≥ 1 in 60 × 60 s",
  "drawbridge/payment-unnamed waiting-payment-unnamed ≥ 1 in 60 × 60 s",
  "drawbridge/payment-unseen waiting-payment-unseen ≥ 1 in 60 × 60 s",
  "drawbridge/brokerage-away waiting-brokerage-away ≥ 1 in 10 × 60 s",
  "drawbridge/debit-unclear waiting-debit-unclear ≥ 1 in 60 × 60 s",
  "drawbridge/debits-ahead waiting-debits-ahead ≥ 1 in 60 × 60 s",
  "drawbridge/cash-unclear waiting-cash-unclear ≥ 1 in 60 × 60 s",
  "drawbridge/not-given-back waiting-not-given-back ≥ 1 in 60 × 60 s",
  "drawbridge/switch waiting-switch ≥ 1 in 10 × 60 s",
  "drawbridge/processor-stopped waiting-processor-stopped ≥ 1 in 10 × 60 s",
  "drawbridge/switch-unread waiting-switch-unread ≥ 1 in 1 × 60 s",
  "drawbridge/switched-off switched-off ≥ 1 in 60 × 60 s",
  "drawbridge/withdrawal-old withdrawals-old ≥ 1 in 1 × 60 s",
  "drawbridge/reconciliation reconciliation-differences ≥ 1 in 1 × 3600 s",
  "drawbridge/reconcile-unread reconcile-unread ≥ 1 in 2 × 3600 s",
  "drawbridge/reconcile-gap reconcile-gap ≥ 1 in 1 × 3600 s",
  "drawbridge/reconcile-errors Errors ≥ 1 in 2 × 3600 s",
  "drawbridge/retell-errors Errors ≥ 1 in 2 × 3600 s",
  "drawbridge/retell-unreadable retell-unreadable ≥ 1 in 2 × 3600 s",
  "drawbridge/retell-behind retell-behind ≥ 7200 in 3 × 3600 s",
  "drawbridge/bus-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge/bus-behind IteratorAge ≥ 300000 in 3 × 60 s",
  "drawbridge/bus-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge/treasury-low treasury-low ≥ 1 in 1 × 300 s",
  "drawbridge/gas-low gas-low ≥ 1 in 1 × 300 s",
  "drawbridge/balances-unread balances-unread ≥ 1 in 6 × 300 s",
  "drawbridge/breaker-open-brokerage breakers-open-brokerage ≥ 1 in 3 × 300 s",
  "drawbridge/breaker-open-on-ramp breakers-open-on-ramp ≥ 1 in 3 × 300 s",
  "drawbridge/breaker-open-network breakers-open-network ≥ 1 in 3 × 300 s",
  "drawbridge/review-old oldest-review ≥ 86400 in 1 × 300 s",
  "drawbridge/stands-still stands-still ≥ 1 in 1 × 300 s",
  "drawbridge/success-rate IF(FILL(failed, 0) < 3, 100, 100 * FILL(settled, 0) / (FILL(settled, 0) + FILL(failed, 0))) < 99 in 1 × 3600 s",
  "drawbridge/webhooks-failing IF(FILL(ok, 0) < 1, FILL(failed, 0), 0) ≥ 20 in 3 × 300 s",
  "drawbridge/throttles FILL(t0, 0) + FILL(t1, 0) + FILL(t2, 0) + FILL(t3, 0) + FILL(t4, 0) + FILL(t5, 0) + FILL(t6, 0) + FILL(t7, 0) + FILL(t8, 0) + FILL(t9, 0) ≥ 1 in 1 × 300 s",
]
`);
});

const alarmsInRule = (rule: unknown): string[] =>
  [...String(rule).matchAll(/ALARM\("?([^")]+)\.Arn"?\)/g)].map(([, at = '']) => at);

test.each([...alarms, ...composites])(
  '$path says what it means, and has its section in the runbook',
  (alarm) => {
    const { AlarmName: name, AlarmDescription: says } = alarm.properties;
    const anchor = / See docs\/runbook\.md#([\w-]+)$/.exec(String(says))?.[1];
    expect(name).toBe(`drawbridge/${anchor}`);
    expect(anchors).toContain(anchor);
  },
);

/** What stands under the heading of an alarm, up to the next one. */
function sectionOf(anchor: string): string {
  const [, text = ''] =
    new RegExp(`^#+ ${anchor}\\n([\\s\\S]*?)(?=^#+ |(?![\\s\\S]))`, 'm').exec(
      runbook.replaceAll(/^```[\s\S]*?^```$/gm, ''),
    ) ?? [];
  return text;
}

test('each section says what the alarm means, where to look, what to do, and what never to do', () => {
  const telling = [...alarms, ...composites].filter(
    ({ path: at }) => !at.endsWith('/a-cause-alarm'),
  );
  const lacking = telling.flatMap(({ properties }) => {
    const anchor = String(properties['AlarmName']).replace(/^.*\//, '');
    const text = sectionOf(anchor);
    return ['**Means**', '**Look**', '**Do**', '**Never**'].flatMap((word) =>
      text.toLowerCase().includes(word.toLowerCase()) ? [] : [`${anchor}: ${word}`],
    );
  });
  expect(lacking).toEqual([]);
});

test('each alarm tells a person, or is on exactly one page that does; and one outage is one page', () => {
  const pages = composites.filter(({ path: at }) => !at.endsWith('/a-cause-alarm'));
  const cause = composites.find(({ path: at }) => at.endsWith('/a-cause-alarm'));
  for (const { properties } of pages) expect(properties['AlarmActions']).toEqual(['alarms/topic']);
  expect(cause?.properties['AlarmActions']).toBeUndefined();
  for (const { path: at, properties } of alarms) {
    const on = pages.filter((page) => alarmsInRule(page.properties['AlarmRule']).includes(at));
    const telling = properties['AlarmActions'];
    if (telling !== undefined) expect(telling).toEqual(['alarms/topic']);
    expect([at, on.length + (telling === undefined ? 0 : 1)]).toEqual([at, 1]);
  }
  const told = alarms.filter(({ properties }) => properties['AlarmActions'] !== undefined);
  expect(told.map(({ properties }) => properties['AlarmName']).sort()).toEqual([
    'drawbridge/reconciliation',
    'drawbridge/review',
    'drawbridge/review-old',
  ]);
  const causes = alarmsInRule(cause?.properties['AlarmRule']);
  const consequences = pages.filter(({ path: at }) => !causes.includes(at));
  expect(consequences.map(({ properties }) => properties['AlarmName']).sort()).toEqual([
    'drawbridge/page-backlog',
    'drawbridge/page-checks',
    'drawbridge/page-clients',
    'drawbridge/page-put-aside',
  ]);
  for (const { properties } of consequences)
    expect(properties['ActionsSuppressor']).toBe(`${cause?.path}.Arn`);
});

test('alarms go to the topic that is given, and then the stack makes none', () => {
  const arn = 'arn:aws:sns:eu-west-1:123456789012:on-call';
  const given = resources({ alarmTopicArn: arn });
  expect(ofType(given, 'AWS::SNS::Topic')).toEqual([]);
  const actions = given.flatMap(({ properties }) => properties['AlarmActions'] ?? []);
  expect(new Set(actions)).toEqual(new Set([arn]));
  expect(actions.length).toBeGreaterThan(10);
});

test('what only watches has a stack of its own, and both have room for more resources', () => {
  const [watch, another] = ofType(all, nestedStack);
  expect([watch?.path, another]).toEqual([
    'alarms/watch.NestedStack/watch.NestedStackResource',
    undefined,
  ]);
  const watching = all.filter(({ type }) => type.startsWith('AWS::CloudWatch::')).length;
  // CloudFormation allows 500 (CloudFormation guide, "Quotas").
  expect(watching).toBeLessThan(450);
  expect(all.length - watching).toBeLessThan(460);
});

test('the dashboard shows the flow from left to right, each step with how much, how fast, what goes wrong and what waits', () => {
  const [dashboard, another] = ofType(all, 'AWS::CloudWatch::Dashboard');
  expect(another).toBeUndefined();
  expect(dashboard?.properties['DashboardName']).toBe('drawbridge-flow');
  const titles = [
    ...String(dashboard?.properties['DashboardBody']).matchAll(/"title":"([^"]+)"/g),
  ].map(([, title = '']) => title);
  const flow = ['API', 'journal', 'debit', 'on-ramp', 'broadcast', 'confirm', 'refund', 'webhook'];
  const after = (what: string) => flow.map((one) => `${one}: ${what}`).slice(1);
  expect(titles.slice(0, 32)).toEqual([
    ...['API: requests', ...after('done')],
    ...['API: p95 (ms)', ...after('p95 (ms)')],
    ...['API: 5xx', ...after('errors')],
    ...['API: 4xx', ...after('age (s)')],
  ]);
  for (const what of [
    'Money by stage',
    'Cost of a withdrawal',
    'Treasury',
    'gas lane',
    'Dead letters',
    'Webhooks',
    'REVIEW',
    'Reconciliation',
    'the aim is 99',
  ])
    expect(titles.filter((title) => title.includes(what))).not.toEqual([]);
});

test('the runbook has no section of an alarm that does not exist', () => {
  const ofAlarm =
    /-(dead-letters|age|errors|behind|silent|latency|short|low|refused|cap|unreadable|late|before|missing|replaced|away|cancelled|account|unnamed|unseen|unclear|ahead|chain|back|old|unread|stopped|off|decides|rate|failing|still|gap|service)$|^(review|reconciliation|switch|throttles|a-cause)$|^(page|breaker-open)-/;
  const sections = anchors.filter(
    (anchor) => ofAlarm.test(anchor) && anchor !== 'deploy-and-roll-back',
  );
  const names = [...alarms, ...composites].map(({ properties }) => `${properties['AlarmName']}`);
  expect(sections.map((section) => `drawbridge/${section}`).sort()).toEqual(names.sort());
});
