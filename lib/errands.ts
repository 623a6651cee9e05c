/** Makes the queue by which somebody asks a function that runs by the clock to run now. */
import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { errandKeptSeconds } from '../lambdas/core/outbox/limits.ts';
import { explain } from './explain.ts';
import type { DrawbridgeFunction, Shared } from './function.ts';
import type { FunctionName } from './functions.ts';

/** AWS asks for at least six times the function's timeout (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
const visibilityFactor = 6;
/** One after the other would let who asks twice wait long; many at once are of no use. */
const concurrencyMax = 2;

export function takesErrands(
  scope: Construct,
  name: FunctionName,
  { nameOf }: Shared,
  { by, timeoutSeconds }: { by: DrawbridgeFunction; timeoutSeconds: number },
): Queue {
  const queue = new Queue(scope, 'errands', {
    queueName: nameOf(`${name}-errands`),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.seconds(errandKeptSeconds),
    visibilityTimeout: Duration.seconds(visibilityFactor * timeoutSeconds),
  });
  by.addEventSource(new SqsEventSource(queue, { batchSize: 1, maxConcurrency: concurrencyMax }));
  const why =
    'An errand that fails is not kept: the function runs on the hour, does the same then, and has alarms of its own.';
  explain(queue, { 'AwsSolutions-SQS3': why, 'Serverless-SQSRedrivePolicy': why });
  explain(by, { 'Serverless-LambdaEventSourceMappingDestination': why });
  return queue;
}
