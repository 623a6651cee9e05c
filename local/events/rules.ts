/** Runs EventBridge rules with a rate: each starts its function at once and then at the rate, even while it still runs. */
import { randomUUID } from 'node:crypto';
import type { Functions } from '../lambda/functions.ts';
import { accountId, functionNameIn, region } from '../template/aws-names.ts';
import { ruleArnOf } from '../template/identities.ts';
import type { Resolver } from '../template/intrinsics.ts';

/** The properties of AWS::Events::Rule. */
type Rule = {
  ScheduleExpression?: string;
  EventPattern?: unknown;
  State?: string;
  Targets?: { Arn: string; Input?: string }[];
};

export type Rules = { stop(): void };

const unitMs: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Starts all rules. Throws on a schedule that is no `rate(…)`, and on rules that wait for events. */
export function startRules(resolver: Resolver, functions: Pick<Functions, 'invoke'>): Rules {
  const rules = resolver.resources('AWS::Events::Rule').flatMap(([id, { Properties }]) => {
    const rule = resolver.resolve(Properties) as Rule;
    if (rule.State === 'DISABLED') return [];
    const name = resolver.identity(id).ref;
    return [{ name, everyMs: periodMs(name, rule), targets: rule.Targets ?? [] }];
  });
  const timers = rules.map(({ name, everyMs, targets }) => {
    const fire = (): void => {
      // The invocation is asynchronous: an error is in the function's log, and the next run comes anyway.
      for (const { Arn, Input } of targets)
        void functions.invoke(functionNameIn(Arn), Input ?? JSON.stringify(scheduledEvent(name)));
    };
    fire();
    return setInterval(fire, everyMs);
  });
  return {
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

/** The milliseconds of a rate such as `rate(5 minutes)` (EventBridge guide, "Rate expressions"). */
function periodMs(name: string, { ScheduleExpression = '' }: Rule): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  if (!(ms > 0))
    throw new Error(
      `The rule ${name} has no rate(…) ("${ScheduleExpression}"); other rules are not supported on one machine.`,
    );
  return ms;
}

const scheduledEvent = (rule: string) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: accountId,
  time: `${new Date().toISOString().slice(0, 19)}Z`,
  region,
  resources: [ruleArnOf(rule)],
  detail: {},
});
