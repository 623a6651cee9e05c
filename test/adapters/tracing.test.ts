/** Spans go to X-Ray's daemon, to a collector of OpenTelemetry, or into a file, and say the same in each. */
import { createSocket } from 'node:dgram';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { fileTracing, spansIn } from '../../lambdas/adapters/trace/file.ts';
import { otlpTracing } from '../../lambdas/adapters/trace/otlp.ts';
import {
  type Span,
  spansOf,
  traceIdOf,
  xrayTraceIdOf,
} from '../../lambdas/core/withdrawal/trace.ts';
import { moveTo } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { at, requestedOf, walletOf } from '../support/things.ts';

const created = 1_790_000_000_000;
const requested = requestedOf(walletOf(), {
  createdAt: at(created),
  history: [{ stage: 'requested', at: at(created) }],
});
const failure = { code: 'INSUFFICIENT_FUNDS', message: 'No.', retryable: false } as const;
const rejected = moveTo(requested, 'rejected', { failure }, at(created + 250));
const [underWay] = spansOf(requested);
const ended = spansOf(rejected);
const [root, first] = ended as [Span, Span];

const folder = mkdtempSync(path.join(tmpdir(), 'drawbridge-traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a file gives back the spans of one trace, and passes over what is no span', async () => {
  const file = path.join(folder, 'traces.jsonl');
  expect(await spansIn(file, root.traceId)).toEqual([]);
  const tracing = fileTracing(file);
  for (const span of [underWay, ...ended, { ...root, traceId: 'f'.repeat(32) }]) tracing.take(span);
  expect(await spansIn(file, root.traceId)).toEqual([]);
  await tracing.flush();
  appendFileSync(file, `{"traceId":"${root.traceId}","spa`);
  expect(await spansIn(file, root.traceId)).toEqual(ended);
  // A disk that takes nothing fails nobody.
  const full = fileTracing(path.join(folder, 'no', 'such', 'folder'));
  full.take(root);
  await full.flush();
});

test('a collector gets the spans that have ended as OTLP in JSON, and its failure is told of', async () => {
  const got: { headers: unknown; body: unknown }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      got.push({ headers: request.headers['content-type'], body });
      response.writeHead(status).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  const lost: unknown[] = [];
  const tracing = otlpTracing(url, { 'service.name': 'drawbridge-debit' }, (why, count) =>
    lost.push([why, count]),
  );
  await tracing.flush();
  expect(got).toEqual([]);
  for (const span of [underWay, ...ended]) tracing.take(span);
  await tracing.flush();
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  expect(got).toEqual([
    {
      headers: 'application/json',
      body: {
        resourceSpans: [
          {
            resource: { attributes: [text('service.name', 'drawbridge-debit')] },
            scopeSpans: [{ scope: { name: 'drawbridge' }, spans: expect.any(Array) }],
          },
        ],
      },
    },
  ]);
  type Sent = { resourceSpans: [{ scopeSpans: [{ spans: unknown[] }] }] };
  const { resourceSpans } = (got[0] ?? { body: null }).body as Sent;
  expect(resourceSpans[0].scopeSpans[0].spans.slice(0, 2)).toEqual([
    expect.objectContaining({
      traceId: traceIdOf(rejected),
      spanId: root.spanId,
      name: 'withdrawal',
      startTimeUnixNano: '1790000000000000000',
      endTimeUnixNano: '1790000000250000000',
      status: { code: 2 },
    }),
    expect.objectContaining({
      parentSpanId: root.spanId,
      name: 'requested',
      attributes: [text('withdrawal.stage', 'requested')],
      status: { code: 0 },
    }),
  ]);
  status = 503;
  tracing.take(root);
  await tracing.flush();
  await new Promise((resolve) => server.close(resolve));
  tracing.take(root);
  await tracing.flush();
  expect(lost).toEqual([
    ['HTTP 503', 1],
    ['TypeError', 1],
  ]);
});

test("X-Ray's daemon gets a segment for each span, in the one trace, whoever sends it", async () => {
  const daemon = createSocket('udp4');
  const got: Record<string, unknown>[] = [];
  daemon.on('message', (message) => {
    const [header, text = ''] = message.toString().split('\n');
    expect(header).toBe('{"format":"json","version":1}');
    got.push(JSON.parse(text));
  });
  await new Promise<void>((resolve) => daemon.bind(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    ...{ AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x', LAMBDA_TASK_ROOT: '/var/task' },
    _X_AMZN_TRACE_ID: `Root=1-${'0'.repeat(8)}-${'0'.repeat(24)};Parent=${'0'.repeat(16)};Sampled=0`,
  });
  const { Tracer } = await import('@aws-lambda-powertools/tracer');
  const { xrayTracing } = await import('../../lambdas/adapters/trace/xray.ts');
  const tracer = new Tracer({ enabled: true, captureHTTPsRequests: false });
  tracer.provider.setDaemonAddress(`127.0.0.1:${daemon.address().port}`);
  // Two functions, of which neither hears of the other.
  for (const spans of [[underWay], ended]) {
    const tracing = xrayTracing(tracer);
    for (const span of spans) tracing.take(span);
    await tracing.flush();
  }
  while (got.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  daemon.close();
  const trace_id = xrayTraceIdOf(traceIdOf(requested));
  expect(got.map((segment) => segment['trace_id'])).toEqual(Array(4).fill(trace_id));
  expect(got[0]).toMatchObject({ id: root.spanId, name: 'withdrawal', in_progress: true });
  // It replaces the one that was under way.
  expect(got[1]).toMatchObject({
    id: root.spanId,
    start_time: created / 1_000,
    end_time: (created + 250) / 1_000,
    fault: true,
    annotations: { withdrawal_id: requested.id, wallet_id: requested.walletId },
  });
  expect(got[1]).not.toHaveProperty('in_progress');
  expect(got[2]).toMatchObject({ id: first.spanId, parent_id: root.spanId, name: 'requested' });
});
