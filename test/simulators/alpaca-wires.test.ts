/** Every POST of the firm makes another outgoing wire, and a returned one gives its cash back once. */
import { expect, test } from '@jest/globals';
import { fresh } from '../support/shared.ts';
import { type Answer, ask, cashOf, startAlpaca, truth } from './alpaca-client.ts';

import { until } from './due-client.ts';

const alpaca = fresh(() => startAlpaca({ accounts: [], wires: { stepMs: 0 } }));

const at = (what: string): string => `/v1/accounts/${alpaca.firmAccountId}/${what}`;
const details = { name: 'Due', bank_code: '021000021', bank_code_type: 'ABA', account_number: '1' };
const newBank = () => ask(alpaca, 'POST', at('recipient_banks'), details);
const listed = async (what: string): Promise<Record<string, unknown>[]> =>
  (await ask(alpaca, 'GET', at(what))).body as unknown as Record<string, unknown>[];

async function approvedBank(): Promise<string> {
  const { body } = await newBank();
  await until(async () => (await listed('recipient_banks'))[0]?.['status'] === 'APPROVED');
  return String(body['id']);
}
const wire = (bank: string, given: object = {}): Promise<Answer> =>
  ask(alpaca, 'POST', at('transfers'), {
    transfer_type: 'wire',
    bank_id: bank,
    amount: '500.00',
    direction: 'OUTGOING',
    fee_payment_method: 'invoice',
    additional_information: 'DUE-1',
    ...given,
  });
const statusOf = async (id: unknown) =>
  (await listed('transfers?direction=OUTGOING')).find((one) => one['id'] === id)?.['status'];

test('a bank is approved after a while, and can be paid only then', async () => {
  await alpaca.stop();
  const stepMs = 3_600_000;
  Object.assign(alpaca, await startAlpaca({ accounts: [], wires: { stepMs } }));
  const bank = await newBank();
  expect(bank).toMatchObject({ status: 200, body: { ...details, status: 'QUEUED' } });
  expect(await wire(String(bank.body['id']))).toMatchObject({
    status: 422,
    body: { code: 42_210_000 },
  });
});

test('a wire leaves at once, carries its memo, and is complete later', async () => {
  const made = await wire(await approvedBank());
  expect(made).toMatchObject({
    status: 200,
    body: {
      type: 'wire',
      status: 'QUEUED',
      direction: 'OUTGOING',
      amount: '500',
      requested_amount: '500',
      fee: '0',
      additional_information: 'DUE-1',
    },
  });
  expect(await cashOf(alpaca, alpaca.firmAccountId)).toBe('99999500');
  await until(async () => (await statusOf(made.body['id'])) === 'COMPLETE');
  expect((await truth(alpaca)).movements).toMatchObject([
    { to: 'outside', amount: '500', kind: 'wire', description: 'DUE-1' },
  ]);
});

test('who does not have the fee invoiced sends less', async () => {
  const made = await wire(await approvedBank(), { fee_payment_method: 'user' });
  expect(made.body).toMatchObject({ amount: '475', requested_amount: '500', fee: '25' });
  expect(await cashOf(alpaca, alpaca.firmAccountId)).toBe('99999500');
});

test('the same again is another wire', async () => {
  const bank = await approvedBank();
  const ids = [await wire(bank), await wire(bank)].map(({ body }) => body['id']);
  expect(new Set(ids).size).toBe(2);
  const found = await listed('transfers?direction=OUTGOING');
  expect(found.map(({ id }) => id)).toEqual(ids.toReversed());
  expect(await listed('transfers?limit=1&offset=1')).toMatchObject([{ id: ids[0] }]);
  expect(await listed('transfers?direction=INCOMING')).toEqual([]);
  expect(await cashOf(alpaca, alpaca.firmAccountId)).toBe('99999000');
});

// biome-ignore format: columns are the point
test.each<[string, object, number]>([
  ['more than there is', { amount: '100000000.01' }, 403],
  ['nothing',            { amount: '0' },            400],
  ['only the fee',       { amount: '25', fee_payment_method: 'user' }, 400],
  ['to no bank',         { bank_id: 'nobody' },      404],
  ['inwards',            { direction: 'INCOMING' },  400],
])('refused: %s', async (_, given, status) => {
  expect((await wire(await approvedBank(), given)).status).toBe(status);
  expect((await truth(alpaca)).wires).toEqual([]);
  expect(await cashOf(alpaca, alpaca.firmAccountId)).toBe('100000000');
});

test('a complete wire can be returned: the cash is back, once', async () => {
  const made = await wire(await approvedBank());
  const id = String(made.body['id']);
  await until(async () => (await statusOf(id)) === 'COMPLETE');
  const returned = () => ask(alpaca, 'POST', `/_wires/${id}`, { status: 'RETURNED' });
  expect((await returned()).status).toBe(200);
  expect((await returned()).status).toBe(409);
  expect(await statusOf(id)).toBe('RETURNED');
  expect(await cashOf(alpaca, alpaca.firmAccountId)).toBe('100000000');
});

test('a stale list does not know the newest wire', async () => {
  const made = await wire(await approvedBank());
  const rule = { operation: 'wire.list', kind: 'stale-list', byMs: 3_600_000, times: 1 };
  await ask(alpaca, 'POST', '/_faults', rule);
  expect(await listed('transfers')).toEqual([]);
  expect(await listed('transfers')).toMatchObject([{ id: made.body['id'] }]);
});
