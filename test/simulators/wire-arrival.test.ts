/** A wire of the simulated brokerage with a transfer's memo reaches the simulated on-ramp once. */

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DueSimulator } from '../../local/simulators/due/due.ts';
import { fresh } from '../support/shared.ts';
import { ask as askAlpaca, startAlpaca } from './alpaca-client.ts';
import {
  ask,
  dueBeside,
  link,
  quoteFor,
  read,
  type TransferBody,
  truthOf,
  until,
} from './due-client.ts';

let due: DueSimulator;
afterEach(() => due.stop());
const alpaca = fresh(() => startAlpaca({ accounts: [], wires: { stepMs: 0 } }));
// No node answers there: what is approved is not paid, which is all that these tests want to know.
const chains = {
  ethereum: { rpcUrl: 'http://127.0.0.1:1', token: `0x${'1'.repeat(40)}` },
} as const;
const startDue = () =>
  dueBeside({
    dataDir: alpaca.dataDir,
    chains,
    eventsUrl: null,
    brokerageUrl: alpaca.baseUrl,
    accountDetailsMs: 0,
  });
beforeEach(async () => {
  due = await startDue();
});

const ofFirm = (what: string): string => `/v1/accounts/${alpaca.firmAccountId}/${what}`;
async function transfer(): Promise<TransferBody> {
  const recipient = await link(due, `0x${'2'.repeat(40)}`);
  const quote = await ask(
    due,
    'POST',
    '/v1/transfers/quote',
    quoteFor('500.00', 'ethereum', 'wire'),
  );
  const body = { quote: quote.body['token'], recipient };
  return (await ask(due, 'POST', '/v1/transfers', body)).body as unknown as TransferBody;
}
async function wire(memo: string, amount = '500.00', account_number = '1'): Promise<void> {
  const details = { name: 'Due', bank_code: '1', bank_code_type: 'ABA', account_number };
  const bank = await askAlpaca(alpaca, 'POST', ofFirm('recipient_banks'), details);
  const body = {
    transfer_type: 'wire',
    bank_id: bank.body['id'],
    amount,
    direction: 'OUTGOING',
    fee_payment_method: 'invoice',
    additional_information: memo,
  };
  await until(
    async () => (await askAlpaca(alpaca, 'POST', ofFirm('transfers'), body)).status === 200,
  );
}
const approved = (id: string): Promise<boolean> =>
  until(async () => (await read(due, id)).status === 'approved');

test('a wire with the memo pays for its transfer, once, whatever is started again', async () => {
  const waiting = await transfer();
  expect(waiting.status).toBe('awaiting_funds');
  await wire(waiting.transferInstructions.memo);
  await approved(waiting.id);
  await due.stop();
  due = await startDue();
  const next = await transfer();
  await wire(next.transferInstructions.memo);
  await approved(next.id);
  expect((await truthOf(due)).receipts).toHaveLength(2);
});

test('a wire with another amount or a memo of nobody’s is not taken in', async () => {
  const [short, next] = [await transfer(), await transfer()];
  await wire(short.transferInstructions.memo, '475.00');
  await wire('NOBODY');
  await wire(next.transferInstructions.memo);
  await approved(next.id);
  expect((await read(due, short.id)).status).toBe('awaiting_funds');
  expect((await truthOf(due)).receipts).toHaveLength(1);
});

test('a wire into a virtual account makes a transfer of its own, once, whatever is started again', async () => {
  const account = await ask(due, 'POST', '/v1/virtual_accounts', {
    destination: await link(due, `0x${'2'.repeat(40)}`),
    schemaIn: 'bank_us',
    currencyIn: 'USD',
    railOut: 'ethereum',
    currencyOut: 'USDC',
    reference: 'ours',
  });
  const { body } = await ask(due, 'GET', '/v1/virtual_accounts/ours');
  const { accountNumber } = body['details'] as { accountNumber: string };
  const receipts = async () => (await truthOf(due)).receipts;
  await wire('anything', '500.00', accountNumber);
  await until(async () => (await receipts()).length === 1);
  await due.stop();
  due = await startDue();
  await wire('anything', '500.00', accountNumber);
  await wire('to somebody else');
  await until(async () => (await receipts()).length === 2);
  const { body: list } = await ask(due, 'GET', '/v1/transfers');
  const items = list['items'] as TransferBody[];
  expect(items).toMatchObject(
    [1, 2].map(() => ({ source: { amount: '500.00', virtualAccountId: account.body['id'] } })),
  );
});
