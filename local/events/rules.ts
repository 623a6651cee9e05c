/** Runs EventBridge rules with a rate: each starts its function at once and then at the rate, even while it still runs. */
import { randomUUID } from 'node:crypto';
import type { Functions } from '../lambda/functions.ts';
import { accountId, functionNameIn, region } from '../template/aws-names.ts';
import { ruleArnOf } from '../template/identities.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { schedulesIn } from '../template/schedules.ts';

export type Rules = { stop(): void };

/** Starts all rules. Throws on a schedule that is no `rate(…)`, and on rules that wait for events. */
export function startRules(resolver: Resolver, functions: Pick<Functions, 'invoke'>): Rules {
  const timers = schedulesIn(resolver).map(({ name, everyMs, targets }) => {
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
