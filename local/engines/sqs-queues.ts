/** Creates the queues of a template, with their redrive policies. */
import type { Resolver } from '../template/intrinsics.ts';
import type { SqsEngine } from './sqs-engine.ts';

/** The properties of AWS::SQS::Queue that are attributes of a queue under the same name. */
const attributeNames = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoQueue',
  'FifoThroughputLimit',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
];

/** Creates missing queues, and gives existing ones the template's attributes. */
export function createQueues(sqs: SqsEngine, resolver: Resolver): void {
  for (const [id, { Properties }] of resolver.resources('AWS::SQS::Queue')) {
    const properties = resolver.resolve(Properties) as Record<string, unknown>;
    const attributes = Object.fromEntries(
      attributeNames.flatMap((name) => {
        const value = properties[name];
        if (value === undefined) return [];
        return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
      }),
    );
    sqs.createQueue({ name: String(resolver.identity(id).attributes['QueueName']), attributes });
  }
}
