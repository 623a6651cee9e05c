/** Measures each answered request by route and status. Both are of fixed sets: what a client sends is in none of them. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { measuredApart } from '../boot/observe.ts';

const methods: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

export function measureRequest(
  { httpMethod, resource }: Pick<APIGatewayProxyEvent, 'httpMethod' | 'resource'>,
  status: number,
  ms: number,
): void {
  const method = methods.has(httpMethod) ? httpMethod : 'OTHER';
  measuredApart.addDimension('route', `${method} ${resource}`);
  measuredApart.addDimension('status', String(status));
  measuredApart.addMetric('requests', MetricUnit.Count, 1);
  measuredApart.addMetric('request-ms', MetricUnit.Milliseconds, ms);
}
