/** Logs, metrics and traces around every function, the same way. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { takeUsage } from './adapters/usage.ts';

export const logger = new Logger({ serviceName: 'drawbridge' });
export const metrics = new Metrics({ namespace: 'Drawbridge', serviceName: 'drawbridge' });
const tracer = new Tracer({ serviceName: 'drawbridge', captureHTTPsRequests: true });

/** A Lambda handler that logs with its request id, counts what it used, and is traced. */
export const observed = <Event, Result>(
  handle: (event: Event, context: Context) => Promise<Result>,
) =>
  middy<Event, Result, Error, Context>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    // The answer of a handler may hold addresses and amounts: it is not written to the trace.
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .handler(async (event: Event, context: Context): Promise<Result> => {
      try {
        return await handle(event, context);
      } finally {
        publishUsage();
      }
    });

function publishUsage(): void {
  const { calls, writeUnits, readUnits } = takeUsage();
  metrics.addMetric('awsCalls', MetricUnit.Count, calls);
  metrics.addMetric('writeUnits', MetricUnit.Count, writeUnits);
  metrics.addMetric('readUnits', MetricUnit.Count, readUnits);
  metrics.publishStoredMetrics();
}
