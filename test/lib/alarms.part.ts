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
  ).toMatchInlineSnapshot();
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
  const telling = [...alarms, ...composites].filter(({ path: at }) => !at.endsWith('/a-cause-alarm'));
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

test('the runbook has no section of an alarm that does not exist', () => {
  const ofAlarm =
    /-(dead-letters|age|errors|behind|silent|latency|short|low|refused|cap|unreadable|late|missing|away|cancelled|account|unnamed|unseen|unclear|ahead|chain|back|old|unread|stopped|off|decides|rate|failing|still)$|^(review|reconciliation|switch|throttles|a-cause)$|^(page|breaker-open)-/;
  const sections = anchors.filter(
    (anchor) => ofAlarm.test(anchor) && anchor !== 'deploy-and-roll-back',
  );
  const names = [...alarms, ...composites].map(({ properties }) => `${properties['AlarmName']}`);
  expect(sections.map((section) => `drawbridge/${section}`).sort()).toEqual(names.sort());
});
