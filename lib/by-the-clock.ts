/** Has a function run by the clock. A run that was missed or has failed is not repeated: the next one does the same. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { explain } from './explain.ts';
import type { DrawbridgeFunction } from './function.ts';

export type ByTheClock = {
  /** The rule's own name in the construct. */
  id: string;
  ruleName: string;
  description: string;
  everySeconds: number;
  /** Why a run that failed, and a tick that could not be delivered, are no loss. */
  lostRun: string;
  lostTick: string;
};

export function byTheClock(scope: Construct, one: DrawbridgeFunction, clock: ByTheClock): void {
  const every = Duration.seconds(clock.everySeconds);
  const rule = new Rule(scope, clock.id, {
    ruleName: clock.ruleName,
    description: clock.description,
    schedule: Schedule.rate(every),
  });
  const noSecondTry = { retryAttempts: 0, maxEventAge: every };
  rule.addTarget(new LambdaFunction(one, noSecondTry));
  one.configureAsyncInvoke(noSecondTry);
  explain(one, { 'Serverless-LambdaAsyncFailureDestination': clock.lostRun });
  explain(rule, { 'Serverless-EventBusDLQ': clock.lostTick });
}
