/** Which key may do what, and that what is done to money says whose key did it. */
import { expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { callerOf } from '../../lambdas/api/http.ts';
import { operationNames, operations } from '../../lambdas/api/operations.ts';
import { type Caller, type Handle, perform } from '../../lambdas/api/perform.ts';
import { makeAcceptTransaction } from '../../lambdas/core/requests/accept.ts';
import { isProblem } from '../../lambdas/core/requests/problem.ts';
import { CreateTransaction } from '../../lambdas/core/requests/schemas.ts';
import { noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { shared } from '../support/shared.ts';
import { testClock, walletOf } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const callerWith = (...scopes: string[]): Caller => ({
  id: 'key_1',
  principal: null,
  tenant: 'alice',
  scopes,
});
const seen: unknown[] = [];
const handle: Handle<'createWalletTransaction'> = async ({ by, body }) => {
  seen.push({ by, type: body.type });
  return { status: 202, body: {} };
};
const credit = (caller: Caller, type: 'CREDIT' | 'DEBIT') =>
  perform('createWalletTransaction', handle, caller, {
    path: { walletId: 'wal_1' },
    query: {},
    idempotencyKey: 'k',
    body: () => ({ value: { type, amount: '1.00' } }),
  });

test.each(['CREDIT', 'DEBIT'] as const)(
  'a %s needs transactions:write, and nothing else will do',
  async (type) => {
    const others = [
      'wallets:write',
      'wallets:read',
      'withdrawals:write',
      'webhooks:write',
      'operations',
    ];
    expect(await credit(callerWith(...others), type)).toMatchObject({ problem: 'FORBIDDEN' });
    expect(seen.splice(0)).toEqual([]);
    expect(await credit(callerWith('transactions:write'), type)).toMatchObject({ status: 202 });
    expect(seen.splice(0)).toEqual([{ by: 'key_1', type }]);
  },
);

test.each([
  ['a key', { keyId: 'key_1', principalId: 'key_1' }, 'key_1'],
  ['a token', { keyId: 'token', principalId: 'auth0|alice' }, 'token:auth0|alice'],
  ['a token that calls itself a key', { keyId: 'token', principalId: 'key_1' }, 'token:key_1'],
])('%s is known by its own name', (_what, authorizer, id) => {
  const event = { requestContext: { authorizer } } as unknown as APIGatewayProxyEvent;
  expect(callerOf(event)).toMatchObject({ id });
});

test.each([
  ['what its key was made with', 'Ada', 'Ada'],
  ['nobody, where the authorizer names none', undefined, null],
  ['nobody, where it is too long to be kept whole', 'x'.repeat(256), null],
])('the principal is %s', (_what, principal, expected) => {
  const authorizer = { keyId: 'key_1', principalId: 'key_1', principal };
  const event = { requestContext: { authorizer } } as unknown as APIGatewayProxyEvent;
  expect(callerOf(event).principal).toBe(expected);
});

test('whatever decides about money for all tenants needs the scope operations', () => {
  const theirs = operationNames.filter((name) =>
    operations[name].path.startsWith('/v1/operations'),
  );
  expect(theirs).toHaveLength(9);
  expect(theirs.filter((name) => operations[name].scope !== 'operations')).toEqual([]);
});

test('no other operation is done with transactions:write', () => {
  const withIt = operationNames.filter((name) => operations[name].scope === 'transactions:write');
  expect(withIt).toEqual(['createWalletTransaction']);
});

const world = shared(startWorld);

test('the item of a credit says which key asked for it, and a replay by another key changes nothing', async () => {
  const wallet = walletOf();
  await world.requests.createWallet(wallet);
  const accept = makeAcceptTransaction({
    requests: world.requests,
    store: world.store,
    limits: noLimits,
    clock: testClock(),
    idSecret: `secret of ${wallet.id}`,
    keyTtlMs: null,
    dueAfterMs: 1_000,
    networks: new Map(),
  });
  const body = CreateTransaction.parse({ type: 'CREDIT', amount: '10.00' });
  const ask = (by: string) => accept({ tenant: 'alice', by, walletId: wallet.id, key: 'k' }, body);
  const first = await ask('key_1');
  if (isProblem(first)) throw new Error(first.detail);
  expect(await ask('key_2')).toMatchObject({ replayed: true, item: { requestedBy: 'key_1' } });
  expect(await world.requests.transaction(first.item.id)).toMatchObject({ requestedBy: 'key_1' });
});
