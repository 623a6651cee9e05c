/** Publishes each answered request by route and status. Both are of fixed sets: what a client sends is in none of them. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Its own, because what it publishes has dimensions that nothing else has. */
const requests = new Metrics({ namespace: 'Drawbridge', serviceName: 'drawbridge' });

const methods: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

export function measureRequest(
  { httpMethod, resource }: Pick<APIGatewayProxyEvent, 'httpMethod' | 'resource'>,
  status: number,
  ms: number,
): void {
  const method = methods.has(httpMethod) ? httpMethod : 'OTHER';
  requests.addDimension('route', `${method} ${resource}`);
  requests.addDimension('status', String(status));
  requests.addMetric('requests', MetricUnit.Count, 1);
  requests.addMetric('request-ms', MetricUnit.Milliseconds, ms);
  requests.publishStoredMetrics();
}
