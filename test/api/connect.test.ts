/** The messages of Connect have what REST has, each code has one of RPC, and buf guards both. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Code } from '@connectrpc/connect';
import { afterAll, expect, test } from '@jest/globals';
import { errorOf, rpcCodes } from '../../lambdas/api/connect/codes.ts';
import { ErrorDetailSchema } from '../../lambdas/api/connect/generated/drawbridge/v1/error_detail_pb.js';
import {
  FailureSchema,
  WithdrawalSchema,
  WithdrawalStatusSchema,
} from '../../lambdas/api/connect/generated/drawbridge/v1/withdrawal_pb.js';
import {
  CreateWithdrawalRequestSchema,
  ListWithdrawalsRequestSchema,
} from '../../lambdas/api/connect/generated/drawbridge/v1/withdrawal_service_pb.js';
import { Withdrawal } from '../../lambdas/api/openapi/resources.ts';
import { problems } from '../../lambdas/core/requests/problem.ts';
import { CreateWithdrawal, ListWithdrawals } from '../../lambdas/core/requests/schemas.ts';
import { statuses } from '../../lambdas/core/withdrawal/withdrawal.ts';

const root = path.join(import.meta.dirname, '../..');
const place = mkdtempSync(path.join(tmpdir(), 'drawbridge-buf-'));
afterAll(() => rmSync(place, { recursive: true }));

const fieldsOf = ({ fields }: { fields: readonly { jsonName: string }[] }) =>
  fields.map(({ jsonName }) => jsonName).sort();
const keysOf = (schema: { shape: object }) => Object.keys(schema.shape).sort();

test('messages have every field of REST, by its name', () => {
  expect(fieldsOf(WithdrawalSchema)).toEqual(keysOf(Withdrawal));
  expect(fieldsOf(FailureSchema)).toEqual(['code', 'message', 'retryable']);
  const creation = fieldsOf(CreateWithdrawalRequestSchema).filter(
    (one) => one !== 'idempotencyKey',
  );
  expect(creation).toEqual(keysOf(CreateWithdrawal));
  // The key has a procedure of its own.
  const filters = keysOf(ListWithdrawals).filter((one) => one !== 'idempotencyKey');
  expect(fieldsOf(ListWithdrawalsRequestSchema)).toEqual(filters);
  const named = WithdrawalStatusSchema.values.map(({ localName }) => localName);
  expect(named.sort()).toEqual(['UNSPECIFIED', ...statuses].sort());
});

test('a refusal says all that REST says', () => {
  const more = { limit: '5.00', remaining: '1.00', resetsAt: '2026-11-29T00:00:00.000Z' };
  const fields = [{ pointer: '#/amount', code: 'INVALID', detail: 'No.' }];
  const problem = { problem: 'LIMIT_EXCEEDED', detail: 'Too much.', errors: fields, more } as const;
  const error = errorOf(problem, 'r-1');
  expect([error.rawMessage, Code[error.code]]).toEqual(['Too much.', 'FailedPrecondition']);
  expect(error.findDetails(ErrorDetailSchema)).toMatchObject([
    { code: 'LIMIT_EXCEEDED', status: 422, requestId: 'r-1', errors: fields, ...more },
  ]);
});

test('docs/connect.md shows the code of each refusal', () => {
  const text = readFileSync(path.join(root, 'docs/connect.md'), 'utf8');
  const wordOf = (code: Code) => Code[code].replaceAll(/\B[A-Z]/g, '_$&').toLowerCase();
  const byCode = Map.groupBy(
    Object.keys(problems) as (keyof typeof rpcCodes)[],
    (one) => rpcCodes[one],
  );
  const rows = [...byCode].map(
    ([code, ones]) => `| \`${wordOf(code)}\` | ${ones.map((one) => `\`${one}\``).join(' ')} |`,
  );
  expect(text.match(/^\| `[a-z_]+` \| `[A-Z].*\|$/gm)).toEqual(rows);
});

const buf = (...words: string[]) => {
  const program = path.join(root, 'node_modules/@bufbuild/buf/bin/buf');
  return promisify(execFile)(process.execPath, [program, ...words], { cwd: root }).then(
    () => 'good',
    ({ stdout }: { stdout: string }) => stdout,
  );
};

test('the files keep the rules of buf, and what would break a client is seen', async () => {
  expect(await buf('lint', 'proto')).toBe('good');
  cpSync(path.join(root, 'proto'), path.join(place, 'proto'), { recursive: true });
  const file = path.join(place, 'proto/drawbridge/v1/withdrawal.proto');
  const text = readFileSync(file, 'utf8');
  expect(await buf('breaking', path.join(place, 'proto'), '--against', 'proto')).toBe('good');
  writeFileSync(file, text.replace('  string amount = 5;\n', ''));
  expect(await buf('breaking', path.join(place, 'proto'), '--against', 'proto')).toMatch(
    /"5" with name "amount"/,
  );
  writeFileSync(file, text.replace('string amount = 5;', 'string Amount = 5;'));
  expect(await buf('lint', path.join(place, 'proto'))).toMatch(/should be lower_snake_case/);
});
