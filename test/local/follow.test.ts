import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Span } from '../../lambdas/core/withdrawal/trace.ts';
import { drawn, followLogs, told } from '../../local/follow.ts';
import { lineOf } from '../../local/gateway/access-log.ts';
import { at } from '../support/things.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'drawbridge-follow-'));
afterAll(() => rmSync(folder, { recursive: true }));
const id = `wd_${'a'.repeat(26)}`;
const line = (log: string, fields: object) =>
  appendFileSync(path.join(folder, `${log}.log`), `${JSON.stringify(fields)}\n`);

test('the lines about an id are shown in time, with the requests that they came of, as they come', () => {
  expect(followLogs(path.join(folder, 'none'), id)()).toEqual([]);
  mkdirSync(folder, { recursive: true });
  const next = followLogs(folder, id);
  line('debit', {
    timestamp: '2026-11-28T12:00:02.000Z',
    message: 'stage reached',
    withdrawalId: id,
  });
  line('debit', { _aws: {}, awsCalls: 1, function_request_id: id });
  line('debit', {
    timestamp: '2026-11-28T12:00:03.000Z',
    message: 'another',
    withdrawalId: 'wd_b',
  });
  line('create-withdrawal', {
    timestamp: '2026-11-28T12:00:01.000Z',
    message: 'stage reached',
    withdrawalId: id,
    requestId: 'r1',
  });
  appendFileSync(path.join(folder, 'debit.log'), '{"timestamp":"2026-11-28T12:00:09.000Z","mess');
  expect(next().map(({ by, line: { message } }) => [by, message])).toEqual([
    ['create-withdrawal', 'stage reached'],
    ['debit', 'stage reached'],
  ]);
  appendFileSync(path.join(folder, 'debit.log'), `age":"waits","withdrawalId":"${id}"}\n`);
  line('access', { requestId: 'r1', timeMs: '1795867201000', status: '202' });
  line('access', { requestId: 'r2', timeMs: '1795867201000', status: '200' });
  const more = next();
  expect(more.map(({ by, line: { message } }) => [by, message])).toEqual([
    ['access', undefined],
    ['debit', 'waits'],
  ]);
  expect(more[0]?.at).toBe(1_795_867_201_000);
  expect(next()).toEqual([]);
});

test('a line says when, who and what, and the rest without the id itself', () => {
  const fields = { message: 'attempt', level: 'WARN', what: 'wire', send: 1, withdrawalId: id };
  const entry = { by: 'on-ramp', at: Date.parse('2026-11-28T12:00:01.250Z'), line: fields };
  expect(told(entry, id)).toBe('12:00:01.250  on-ramp           WARN attempt  what=wire send=1');
});

test('a trace is drawn as what lies in what', () => {
  const span = (name: string, parentId: string | null, from: number, to: number | null): Span => ({
    ...{ traceId: 't', spanId: name, parentId, name, ok: name !== 'attempt', attributes: {} },
    ...{ startedAt: at(from), endedAt: to === null ? null : at(to) },
  });
  const lines = drawn([
    span('attempt', 'converting', 20, 30),
    span('converting', 'withdrawal', 10, 40),
    span('withdrawal', null, 0, null),
    span('webhook', 'not known', 40, 40),
  ]);
  expect(lines.map((one) => one.replace(/ +█.*█ +| {2,}█ +/, ' | ').trimEnd())).toEqual([
    'withdrawal | goes on',
    '  converting | 30 ms',
    '    attempt ✗ | 10 ms',
    'webhook | 0 ms',
  ]);
});

test('an access log says - for what a request has not, and stays JSON whatever a path holds', () => {
  const format =
    '{"requestId":"$context.requestId","tenant":"$context.authorizer.tenant","path":"$context.path"}';
  const path = '/v1/"x"\\';
  expect(JSON.parse(lineOf(format, { requestId: 'r', path }))).toEqual({
    requestId: 'r',
    tenant: '-',
    path,
  });
});
