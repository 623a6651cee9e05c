/** Wraps every function in the same logs, metrics and traces. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { takeUsage } from '../adapters/dynamo/usage.ts';
import { rememberWith, type Subject, subjectNow } from '../core/kernel/about.ts';
import type { Measure } from '../core/kernel/measure.ts';
import { redactedError } from '../core/kernel/redact.ts';
import { watchWith } from '../core/withdrawal/news.ts';
import type { Tracing } from '../core/withdrawal/trace.ts';
import { environment, optional, redact } from './environment.ts';
import { logLevel } from './settings-table.ts';
import { bootTracing } from './tracing.ts';
import { type Invocation, makeWatcher } from './watch.ts';
import { clock } from './world.ts';

/** A line says what it is about. Of the function it says the name and the invocation: the rest follows from the log group. */
class Lines extends LogFormatter {
  formatAttributes(attributes: UnformattedAttributes, more: LogAttributes): LogItem {
    const { logLevel, message, timestamp, serviceName, lambdaContext, xRayTraceId } = attributes;
    const { trace, asked: _, ...ids } = subjectNow();
    const item = {
      level: logLevel,
      message,
      timestamp: this.formatTimestamp(timestamp),
      service: serviceName,
      function_name: lambdaContext?.functionName,
      function_request_id: lambdaContext?.awsRequestId,
      xray_trace_id: xRayTraceId,
      ...ids,
      ...(trace && { traceId: trace.traceId }),
    };
    return new LogItem({ attributes: item }).addAttributes(more);
  }
}

/** What stands there is made by us or by Lambda, and is on every line. */
const ours: ReadonlySet<string> = new Set([
  ...['level', 'timestamp', 'service', 'function_name', 'function_request_id', 'xray_trace_id'],
  ...[
    'withdrawalId',
    'walletId',
    'transactionId',
    'endpointId',
    'deliveryId',
    'eventId',
    'traceId',
  ],
]);

// Lambda takes what has no level, such as metrics, for INFO (AWS Lambda guide, "Log-level filtering"), so it lets all pass
// (lib/function.ts), and LOG_LEVEL decides here. Powertools would take the level that Lambda lets pass for its own, and reads
// capitals only.
delete environment['AWS_LAMBDA_LOG_LEVEL'];
const level = optional(logLevel.name);
if (level !== null) environment[logLevel.name] = level.toUpperCase();
/** A line that the level drops costs nothing; Powertools would read the trace of the invocation for it first. */
class Leveled extends Logger {
  protected override processLogItem(...[level, ...line]: Parameters<Logger['processLogItem']>) {
    if (level >= this.level) super.processLogItem(level, ...line);
  }
}

export const logger = new Leveled({
  serviceName: 'drawbridge',
  logFormatter: new Lines(),
  // Every text of every line, those of errors and their causes among them.
  jsonReplacerFn: (name, value) =>
    typeof value === 'string' && !ours.has(name) ? redact(value) : value,
});
const ofDrawbridge = { namespace: 'Drawbridge', serviceName: 'drawbridge' };
/** What an invocation measures with dimensions that nothing else has: they hold for all that one such object holds. */
export const measuredApart = new Metrics(ofDrawbridge);

/** One line for both: each is a directive of it (CloudWatch guide, "Specification: Embedded metric format", MetricDirective). */
class InOneLine extends Metrics {
  override serializeMetrics(): ReturnType<Metrics['serializeMetrics']> {
    const line = super.serializeMetrics();
    if (!measuredApart.hasStoredMetrics()) return line;
    const { _aws, ...apart } = measuredApart.serializeMetrics();
    line._aws.CloudWatchMetrics.push(..._aws.CloudWatchMetrics);
    return { ...apart, ...line };
  }

  override publishStoredMetrics(): this {
    super.publishStoredMetrics();
    measuredApart.clearMetrics();
    measuredApart.clearDimensions();
    return this;
  }
}
export const metrics = new InOneLine(ofDrawbridge);

const { tracing, around } = await bootTracing((why, count) =>
  logger.warn('spans lost', { why, count }),
);
/** Takes a span that has ended; it leaves at the end of the invocation. `null`: nobody takes any, so that none need be made. */
export const takeSpan: Tracing['take'] | null =
  tracing === null
    ? null
    : (span) => {
        const told = Object.entries(span.attributes).map(([name, value]) => [
          name,
          typeof value === 'string' ? redact(value) : value,
        ]);
        tracing.take({ ...span, attributes: Object.fromEntries(told) });
      };

/** An environment runs one invocation at a time. */
let running: Invocation = { by: 'drawbridge', requestId: '', startedAt: clock.now() };
rememberWith(new AsyncLocalStorage<Subject>());
watchWith(makeWatcher(logger, takeSpan, () => running));

/** A Lambda handler that logs with its request id, publishes what it used of AWS, and is traced where tracing is on. */
export const observed = <Event, Result>(
  handle: (event: Event, context: Context) => Promise<Result>,
) =>
  middy<Event, Result, Error, Context>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use([...around])
    .handler(async (event: Event, context: Context): Promise<Result> => {
      const { functionName: by, awsRequestId: requestId } = context;
      const startedAt = clock.now();
      running = { by, requestId, startedAt };
      try {
        return await handle(event, context);
      } catch (error) {
        // Lambda writes it into the log, and X-Ray into the trace.
        throw redactedError(error, redact);
      } finally {
        publishUsage(clock.now() - startedAt);
        await tracing?.flush();
      }
    });

/** Keeps measures until the invocation ends. */
export function publish(measures: readonly Measure[]): void {
  for (const { name, unit, value } of measures)
    metrics.addMetric(name, MetricUnit[unit === 'None' ? 'NoUnit' : unit], value);
}

/** What Lambda and DynamoDB are paid for: the dashboard makes the cost of a withdrawal of it. */
function publishUsage(runMs: number): void {
  const { calls, writeUnits, readUnits } = takeUsage();
  metrics.addMetric('awsCalls', MetricUnit.Count, calls);
  metrics.addMetric('writeUnits', MetricUnit.Count, writeUnits);
  metrics.addMetric('readUnits', MetricUnit.Count, readUnits);
  metrics.addMetric('runMs', MetricUnit.Milliseconds, runMs);
  metrics.publishStoredMetrics();
}
