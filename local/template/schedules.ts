/** Reads the rules of a template that have a rate. */
import type { Resolver } from './intrinsics.ts';

/** The properties of AWS::Events::Rule. */
type Rule = {
  ScheduleExpression?: string;
  EventPattern?: unknown;
  State?: string;
  Targets?: { Arn: string; Input?: string }[];
};

export type Schedule = {
  name: string;
  everyMs: number;
  targets: readonly { Arn: string; Input?: string }[];
};

const unitMs: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The rules that are enabled. Throws on a schedule that is no `rate(…)`, and on rules that wait for events. */
export const schedulesIn = (resolver: Resolver): Schedule[] =>
  resolver.resources('AWS::Events::Rule').flatMap(([id, { Properties }]) => {
    const rule = resolver.resolve(Properties) as Rule;
    if (rule.State === 'DISABLED') return [];
    const name = resolver.identity(id).ref;
    return [{ name, everyMs: periodMs(name, rule), targets: rule.Targets ?? [] }];
  });

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
