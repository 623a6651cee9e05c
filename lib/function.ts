/** The one way to make a function: its code, environment and permissions all follow from its line in lib/functions.ts. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type Step, steps } from '../lambdas/core/kernel/steps.ts';
import { type LetterBox, letterBoxes } from '../lambdas/core/operations/dead-letters.ts';
import type { Alarms } from './alarms.ts';
import { explain } from './explain.ts';
import type { Errand, FunctionSpec } from './function-spec.ts';
import { type FunctionName, functions } from './functions.ts';
import { functionMemoryMb } from './memory.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';
import type { Tables } from './tables.ts';

/** What the constructs of one stack have in common. */
export type Shared = {
  /** The physical name of a resource, such as `drawbridge-debit`. */
  nameOf: (word: string) => string;
  codeOf: (name: FunctionName) => lambda.Code;
  settings: Settings;
  tables: Tables;
  secrets: Secrets;
  alarms: Alarms;
  /** Every function made so far. */
  functions: Map<FunctionName, DrawbridgeFunction>;
};

export type DrawbridgeFunctionProps = {
  timeoutSeconds: number;
  memoryMb?: number;
};

/** The variable in which a function finds a queue (lambdas/boot/queues.ts). */
export const queueUrlVariable = (step: Step): string =>
  `QUEUE_URL_${step.replaceAll('-', '_').toUpperCase()}`;

const deadLettersVariable = (box: string): string =>
  `DEAD_LETTERS_URL_${box.replaceAll('-', '_').toUpperCase()}`;

const dealing = ['ReceiveMessage', 'ChangeMessageVisibility', 'DeleteMessage'];

/** All queues of a stack. */
export type Queues = {
  queues: Record<Step, IQueue>;
  deadLetters: Record<LetterBox, IQueue>;
  errands: Record<Errand, IQueue>;
};

export class DrawbridgeFunction extends lambda.Function {
  readonly spec: FunctionSpec;

  constructor(
    scope: Construct,
    name: FunctionName,
    shared: Shared,
    { timeoutSeconds, memoryMb = functionMemoryMb }: DrawbridgeFunctionProps,
  ) {
    const spec: FunctionSpec = functions[name];
    const { tables, settings, secrets } = shared;
    const functionName = shared.nameOf(name);
    // CDK's own role would have a managed policy that allows every log; this one may write to the function's log only.
    const role = new Role(scope, `${name}-role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${functionName} may do: lib/functions.ts`,
    });
    const logGroup = new LogGroup(scope, `${name}-log`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.THREE_MONTHS,
      // Logs may be lost: the tables are the record of what happened to money.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(role);
    super(scope, name, {
      functionName,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: shared.codeOf(name),
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      // LOG_LEVEL decides in the function (lambdas/boot/observe.ts): above INFO, Lambda would drop the metrics as well.
      applicationLogLevelV2: lambda.ApplicationLogLevel.DEBUG,
      memorySize: memoryMb,
      timeout: Duration.seconds(timeoutSeconds),
      tracing: lambda.Tracing.ACTIVE,
      environment: {
        MONEY_TABLE: tables.money.tableName,
        WEBHOOKS_TABLE: tables.webhooks.tableName,
        CONTROL_TABLE: tables.control.tableName,
        ...settings.common,
        ...(spec.chains ? settings.chains : {}),
        ...(spec.brokerage ? settings.brokerage : {}),
      },
    });
    this.spec = spec;
    for (const table of ['money', 'webhooks', 'control'] as const)
      this.allow('dynamodb', spec[table] ?? [], [tables[table].tableArn]);
    for (const [table, indexes = []] of [
      [tables.money, spec.moneyIndexes],
      [tables.webhooks, spec.webhooksIndexes],
    ] as const)
      for (const index of indexes)
        this.allow('dynamodb', ['Query'], [`${table.tableArn}/index/${index}`]);
    for (const secret of spec.secrets ?? []) {
      this.addEnvironment(`${secret}_SECRET_ARN`, secrets.arnOf[secret]);
      this.allow('secretsmanager', ['GetSecretValue'], [secrets.arnOf[secret]]);
    }
    if (spec.chains && settings.rpcUrlArns.length > 0)
      this.allow('secretsmanager', ['GetSecretValue'], [...settings.rpcUrlArns]);
    shared.functions.set(name, this);
    explain(this, {
      'Serverless-LambdaDLQ':
        'Invoked by an event source mapping or the API, never asynchronously: what fails is kept by the queue and its dead letters, or answered to the caller. (sweep is asynchronous and runs again a minute later.)',
    });
    explain(role, {
      'AwsSolutions-IAM5[Resource::*]':
        'xray:PutTraceSegments and xray:PutTelemetryRecords know no resources. test/lib/permissions.part.ts holds that nothing else is granted on *.',
    });
  }

  /** Allows actions of a service on resources: `dynamodb` and `['GetItem']` mean `dynamodb:GetItem`. */
  allow(service: string, actions: readonly string[], resources: string[]): void {
    if (actions.length === 0) return;
    const statement = { actions: actions.map((action) => `${service}:${action}`), resources };
    this.addToRolePolicy(new PolicyStatement(statement));
  }

  /** Tells where these dead letters are, and answers the queues. */
  private lettersOf(deadLetters: Queues['deadLetters'], of: readonly LetterBox[] = letterBoxes) {
    for (const box of of) this.addEnvironment(deadLettersVariable(box), deadLetters[box].queueUrl);
    return of.map((box) => deadLetters[box].queueArn);
  }

  /** A move task reads and deletes at its source, and sends to where the letters came from, in the name of who starts it. */
  private deal({ queues, deadLetters }: Pick<Queues, 'queues' | 'deadLetters'>): void {
    this.allow('sqs', [...dealing, 'GetQueueAttributes'], this.lettersOf(deadLetters));
    const ofSteps = steps.map((step) => deadLetters[step].queueArn);
    this.allow('sqs', ['StartMessageMoveTask', 'ListMessageMoveTasks'], ofSteps);
    const sources = Object.values(queues).map(({ queueArn }) => queueArn);
    this.allow('sqs', ['SendMessage'], sources);
  }

  /** Gives the function the URLs of the queues that its line names, and the right to use them. */
  connect({ queues, deadLetters, errands }: Queues): void {
    const { rings = [], watches = [] } = this.spec;
    for (const step of new Set([...rings, ...watches]))
      this.addEnvironment(queueUrlVariable(step), queues[step].queueUrl);
    const arns = (steps: readonly Step[]) => steps.map((step) => queues[step].queueArn);
    if (rings.length > 0) this.allow('sqs', ['SendMessage'], arns(rings));
    if (watches.length > 0) this.allow('sqs', ['GetQueueAttributes'], arns(watches));
    if (this.spec.deadLetters) this.deal({ queues, deadLetters });
    if (this.spec.countsDeadLetters)
      this.allow('sqs', ['GetQueueAttributes'], this.lettersOf(deadLetters));
    if (this.spec.clearsLettersOf)
      this.allow('sqs', dealing, this.lettersOf(deadLetters, this.spec.clearsLettersOf));
    for (const errand of this.spec.errands ?? []) {
      this.addEnvironment(`ERRANDS_URL_${errand.toUpperCase()}`, errands[errand].queueUrl);
      this.allow('sqs', ['SendMessage'], [errands[errand].queueArn]);
    }
  }
}
