/** Chooses where the spans of this process go (`TRACES`). Each way is loaded only where it is chosen. */
import type { MiddlewareObj } from '@middy/core';
import { fileTracing, spansIn } from '../adapters/trace/file.ts';
import { otlpTracing } from '../adapters/trace/otlp.ts';
import type { Span, Tracing } from '../core/withdrawal/trace.ts';
import { isTraced, needed, optional, told } from './environment.ts';
import { otlpTracesUrl, traces } from './settings-table.ts';

type Traced = { tracing: Tracing | null; around: readonly MiddlewareObj[] };
const nowhere: Traced = { tracing: null, around: [] };

/** `tracing` is `null` where spans go nowhere, and `around` is what has to stand around each invocation. `lost` hears why spans are lost. */
export async function bootTracing(lost: (why: string, count: number) => void): Promise<Traced> {
  const way = told(traces);
  switch (way) {
    case 'xray':
      return isTraced() ? await throughPowertools() : nowhere;
    case 'otlp': {
      const resource = {
        'service.name': optional('AWS_LAMBDA_FUNCTION_NAME') ?? 'drawbridge',
        'cloud.provider': 'aws',
        'cloud.platform': 'aws_lambda',
      };
      return { tracing: otlpTracing(needed(otlpTracesUrl), resource, lost), around: [] };
    }
    case 'file': {
      const file = optional('TRACE_FILE');
      return file === null ? nowhere : { tracing: fileTracing(file), around: [] };
    }
    case 'off':
      return nowhere;
    default:
      return way satisfies never;
  }
}

/** The X-Ray SDK hooks into every promise and makes each cost more, so it is loaded only where a daemon takes traces. */
async function throughPowertools(): Promise<Traced> {
  const { Tracer } = await import('@aws-lambda-powertools/tracer');
  const { captureLambdaHandler } = await import('@aws-lambda-powertools/tracer/middleware');
  const { xrayTracing } = await import('../adapters/trace/xray.ts');
  // The SDK would write the paths of requests into the trace, and with them the keys of nodes.
  const tracer = new Tracer({ serviceName: 'drawbridge', captureHTTPsRequests: false });
  // A handler's answer may have addresses and amounts, which do not belong into a trace.
  const around = [captureLambdaHandler(tracer, { captureResponse: false })];
  return { tracing: xrayTracing(tracer), around };
}

/** The spans that this machine has kept of a trace; `null` where it keeps none. */
export async function keptSpans(traceId: string): Promise<Span[] | null> {
  const file = told(traces) === 'file' ? optional('TRACE_FILE') : null;
  return file === null ? null : spansIn(file, traceId);
}
