/** Puts together one deployment of Drawbridge, in the order in which money flows through it. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type Step as StepName, steps } from '../lambdas/core/kernel/steps.ts';
import { Alarms } from './alarms.ts';
import { Bus } from './bus.ts';
import { Dashboard } from './dashboard.ts';
import type { Shared } from './function.ts';
import type { FunctionName } from './functions.ts';
import { Gauge } from './gauge.ts';
import { HttpApi } from './http-api.ts';
import { Queries } from './queries.ts';
import { Reconcile } from './reconcile.ts';
import { Relay } from './relay.ts';
import { Retell } from './retell.ts';
import { Secrets } from './secrets.ts';
import { settingsFrom } from './settings.ts';
import { SigningKeys } from './signing-key.ts';
import { Step } from './step.ts';
import { Sweep } from './sweep.ts';
import { Tables } from './tables.ts';
import { watchFlow } from './watch-flow.ts';

export type DrawbridgeStackProps = StackProps & { codeOf: (name: FunctionName) => Code };

export class DrawbridgeStack extends Stack {
  constructor(scope: Construct, id: string, { codeOf, ...props }: DrawbridgeStackProps) {
    super(scope, id, props);
    // Everything is named after the stack, so that two deployments fit into one account.
    const nameOf = (word: string) => `${this.stackName.toLowerCase()}-${word}`;
    const settings = settingsFrom(this);
    const tables = new Tables(this, 'tables', nameOf);
    const shared: Shared = {
      nameOf,
      codeOf,
      settings,
      tables,
      secrets: new Secrets(this, 'secrets', nameOf, settings.secretArns),
      alarms: new Alarms(this, 'alarms', nameOf, settings.alarms),
      functions: new Map(),
    };

    const api = new HttpApi(this, 'http-api', shared);
    const relay = new Relay(this, 'relay', shared);
    const step = perStep((name) => new Step(this, name, shared));
    const sweep = new Sweep(this, 'sweep', shared);
    const reconcile = new Reconcile(this, 'reconcile', shared);
    const retell = new Retell(this, 'retell', shared);
    const bus = new Bus(this, 'bus', shared);
    new Gauge(this, 'gauge', shared);

    const queues = {
      queues: perStep((name) => step[name].queue),
      deadLetters: {
        ...perStep((name) => step[name].deadLetters),
        ...{ relay: relay.deadLetters, bus: bus.deadLetters },
      },
      errands: { reconcile: reconcile.errands, retell: retell.errands },
    };
    for (const one of shared.functions.values()) one.connect(queues);
    new Queries(this, 'queries', shared, api.api);
    const keys = new SigningKeys(this, 'signing-key', shared);
    const watched = { ...{ api, relay, sweep, bus }, steps: Object.values(step) };
    watchFlow(shared.alarms, watched);
    shared.alarms.page();
    new Dashboard(shared.alarms.watch, 'dashboard', nameOf, watched);

    this.tell({
      ApiUrl: api.api.url,
      MoneyTable: tables.money.tableName,
      WebhooksTable: tables.webhooks.tableName,
      ControlTable: tables.control.tableName,
      ...outputPerStep('QueueUrl', (name) => step[name].queue.queueUrl),
      ...outputPerStep('DeadLettersUrl', (name) => step[name].deadLetters.queueUrl),
      RelayDeadLettersUrl: relay.deadLetters.queueUrl,
      EventBusName: bus.bus.eventBusName,
      BusDeadLettersUrl: bus.deadLetters.queueUrl,
      ...keys.treasuries,
    });
  }

  private tell(outputs: Record<string, string>): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

const perStep = <T>(make: (step: StepName) => T): Record<StepName, T> =>
  Object.fromEntries(steps.map((step) => [step, make(step)])) as Record<StepName, T>;

/** An output for each step, such as `OnRampQueueUrl`: CloudFormation allows only letters and digits in their names. */
const outputPerStep = (what: string, value: (step: StepName) => string): Record<string, string> =>
  Object.fromEntries(
    steps.map((step) => [
      `${step.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}${what}`,
      value(step),
    ]),
  );
