import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ofType, resources } from './template.ts';

const alarms = ofType(resources({ alarmEmail: 'someone@example.com' }), 'AWS::CloudWatch::Alarm');
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

test('these alarms exist', () => {
  expect(
    alarms.map(({ properties: alarm }) =>
      [
        alarm['AlarmName'],
        alarm['MetricName'],
        alarm['ComparisonOperator'] === 'GreaterThanOrEqualToThreshold' ? '≥' : '≤',
        alarm['Threshold'],
        `in ${alarm['EvaluationPeriods']} × ${alarm['Period']} s`,
      ].join(' '),
    ),
  ).toMatchInlineSnapshot(`
[
  "drawbridge-api-errors 5XXError ≥ 5 in 1 × 300 s",
  "drawbridge-api-latency Latency ≥ 2000 in 3 × 300 s",
  "drawbridge-relay-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-relay-behind IteratorAge ≥ 60000 in 3 × 60 s",
  "drawbridge-relay-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-review withdrawal-review ≥ 1 in 1 × 60 s",
  "drawbridge-relay-throttles Throttles ≥ 1 in 1 × 300 s",
  "drawbridge-journal-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-journal-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge-journal-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-journal-throttles Throttles ≥ 1 in 1 × 300 s",
  "drawbridge-debit-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-debit-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge-debit-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-debit-throttles Throttles ≥ 1 in 1 × 300 s",
  "drawbridge-on-ramp-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-on-ramp-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge-on-ramp-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-on-ramp-throttles Throttles ≥ 1 in 1 × 300 s",
  "drawbridge-broadcast-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-broadcast-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge-broadcast-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-broadcast-throttles Throttles ≥ 1 in 1 × 300 s",
  "drawbridge-confirm-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-confirm-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge-confirm-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-confirm-throttles Throttles ≥ 1 in 1 × 300 s",
  "drawbridge-refund-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-refund-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge-refund-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-refund-throttles Throttles ≥ 1 in 1 × 300 s",
  "drawbridge-webhook-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-webhook-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge-webhook-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-webhook-throttles Throttles ≥ 1 in 1 × 300 s",
  "drawbridge-webhook-retry-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-webhook-retry-age ApproximateAgeOfOldestMessage ≥ 300 in 3 × 60 s",
  "drawbridge-webhook-retry-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-webhook-retry-throttles Throttles ≥ 1 in 1 × 300 s",
  "drawbridge-sweep-errors Errors ≥ 3 in 1 × 300 s",
  "drawbridge-sweep-silent Invocations ≤ 0 in 1 × 300 s",
  "drawbridge-treasury-short waiting-treasury-short ≥ 1 in 1 × 60 s",
  "drawbridge-transfers-refused waiting-transfers-refused ≥ 1 in 1 × 60 s",
  "drawbridge-gas-short waiting-gas-short ≥ 1 in 1 × 60 s",
  "drawbridge-gas-above-cap waiting-gas-above-cap ≥ 1 in 1 × 60 s",
  "drawbridge-fee-above-cap waiting-fee-above-cap ≥ 1 in 1 × 60 s",
  "drawbridge-payee-refused waiting-payee-refused ≥ 1 in 1 × 60 s",
  "drawbridge-payout-late waiting-payout-late ≥ 1 in 1 × 60 s",
  "drawbridge-being-cancelled waiting-being-cancelled ≥ 1 in 60 × 60 s",
  "drawbridge-payer-key-missing waiting-payer-key-missing ≥ 1 in 1 × 60 s",
  "drawbridge-node-away waiting-node-away ≥ 1 in 10 × 60 s",
  "drawbridge-wrong-chain waiting-wrong-chain ≥ 1 in 1 × 60 s",
  "drawbridge-on-ramp-away waiting-on-ramp-away ≥ 1 in 10 × 60 s",
  "drawbridge-on-ramp-account waiting-on-ramp-account ≥ 1 in 10 × 60 s",
  "drawbridge-on-ramp-decides waiting-on-ramp-decides ≥ 1 in 60 × 60 s",
  "drawbridge-dollars-late waiting-dollars-late ≥ 1 in 60 × 60 s",
  "drawbridge-conversion-late waiting-conversion-late ≥ 1 in 60 × 60 s",
  "drawbridge-payment-unnamed waiting-payment-unnamed ≥ 1 in 60 × 60 s",
  "drawbridge-payment-unseen waiting-payment-unseen ≥ 1 in 60 × 60 s",
  "drawbridge-brokerage-away waiting-brokerage-away ≥ 1 in 10 × 60 s",
  "drawbridge-debit-unclear waiting-debit-unclear ≥ 1 in 60 × 60 s",
  "drawbridge-debits-ahead waiting-debits-ahead ≥ 1 in 60 × 60 s",
  "drawbridge-cash-unclear waiting-cash-unclear ≥ 1 in 60 × 60 s",
  "drawbridge-not-given-back waiting-not-given-back ≥ 1 in 60 × 60 s",
  "drawbridge-switch waiting-switch ≥ 1 in 10 × 60 s",
  "drawbridge-processor-stopped waiting-processor-stopped ≥ 1 in 10 × 60 s",
  "drawbridge-switch-unread waiting-switch-unread ≥ 1 in 1 × 60 s",
  "drawbridge-switched-off switched-off ≥ 1 in 60 × 60 s",
  "drawbridge-withdrawal-old withdrawals-old ≥ 1 in 1 × 60 s",
  "drawbridge-reconciliation reconciliation-differences ≥ 1 in 1 × 3600 s",
  "drawbridge-reconcile-errors Errors ≥ 1 in 2 × 3600 s",
  "drawbridge-retell-errors Errors ≥ 1 in 2 × 3600 s",
  "drawbridge-retell-unreadable retell-unreadable ≥ 1 in 2 × 3600 s",
  "drawbridge-bus-dead-letters ApproximateNumberOfMessagesVisible ≥ 1 in 1 × 60 s",
  "drawbridge-bus-behind IteratorAge ≥ 300000 in 3 × 60 s",
  "drawbridge-bus-errors Errors ≥ 5 in 1 × 300 s",
  "drawbridge-bus-throttles Throttles ≥ 1 in 1 × 300 s",
]
`);
});

test.each(alarms)(
  '$path says what it means, has its section in the runbook, and reaches someone',
  (alarm) => {
    const { AlarmName: name, AlarmDescription: says, AlarmActions: actions } = alarm.properties;
    const anchor = / See docs\/runbook\.md#([\w-]+)$/.exec(String(says))?.[1];
    expect(name).toBe(`drawbridge-${anchor}`);
    expect(anchors).toContain(anchor);
    expect(actions).toEqual(['alarms/topic']);
  },
);

test('the runbook has no section of an alarm that does not exist', () => {
  const ofAlarm =
    /-(dead-letters|age|errors|throttles|behind|silent|latency|short|refused|cap|unreadable|late|missing|away|cancelled|account|unnamed|unseen|unclear|ahead|chain|back|old|unread|stopped|off|decides)$|^(review|reconciliation|switch)$/;
  const sections = anchors.filter(
    (anchor) => ofAlarm.test(anchor) && anchor !== 'deploy-and-roll-back',
  );
  const names = alarms.map(({ properties }) => `${properties['AlarmName']}`);
  expect(sections.map((section) => `drawbridge-${section}`).sort()).toEqual(names.sort());
});
