/** Wraps every function in the same logs, metrics and traces. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { takeUsage } from '../adapters/dynamo/usage.ts';
import type { Measure } from '../core/kernel/measure.ts';
import { redactedError } from '../core/kernel/redact.ts';
import { isTraced, redact } from './environment.ts';
import { clock } from './world.ts';

export const logger = new Logger({
  serviceName: 'drawbridge',
  // Every text of every line, those of errors and their causes among them.
  jsonReplacerFn: (_, value) => (typeof value === 'string' ? redact(value) : value),
});
export const metrics = new Metrics({ namespace: 'Drawbridge', serviceName: 'drawbridge' });

/** Tracing is loaded only where a daemon takes traces: the X-Ray SDK hooks into every promise and makes each cost more. */
const tracing: readonly MiddlewareObj[] = isTraced() ? [await captureHandler()] : [];

async function captureHandler(): Promise<MiddlewareObj> {
  const { Tracer } = await import('@aws-lambda-powertools/tracer');
  const { captureLambdaHandler } = await import('@aws-lambda-powertools/tracer/middleware');
  // The SDK would write the paths of requests into the trace, and with them the keys of nodes.
  const tracer = new Tracer({ serviceName: 'drawbridge', captureHTTPsRequests: false });
  // A handler's answer may have addresses and amounts, which do not belong into a trace.
  return captureLambdaHandler(tracer, { captureResponse: false });
}

/** A Lambda handler that logs with its request id, publishes what it used of AWS, and is traced where tracing is on. */
export const observed = <Event, Result>(
  handle: (event: Event, context: Context) => Promise<Result>,
) =>
  middy<Event, Result, Error, Context>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use([...tracing])
    .handler(async (event: Event, context: Context): Promise<Result> => {
      const began = clock.now();
      try {
        return await handle(event, context);
      } catch (error) {
        // Lambda writes it into the log, and X-Ray into the trace.
        throw redactedError(error, redact);
      } finally {
        publishUsage(clock.now() - began);
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
