import path from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { type System, startSystem } from '../../local/child.ts';
import { paymentsOn } from '../../local/payments.ts';
import { alpacaCredentials } from '../../local/simulators/alpaca/service.ts';
import { ask } from '../simulators/alpaca-client.ts';
import { until } from '../simulators/due-client.ts';
import { clientOf, done, newAddress, newKey } from './client.ts';
import { ageReport, testDataDir } from './system.ts';

jest.setTimeout(300_000);

let system: System | undefined;
let planted: { id: unknown; at: number };
afterAll(() => system?.stop());
const dataDir = testDataDir();

const account = 'a11ce000-0000-4000-8000-000000000001';
type DueTruth = { receipts: { source: string; amount: string }[] };
type Truth = { wires: { id: string; amount: string; status: string; information: string }[] };

test.each(['wire', 'virtual-account'])(
  'with ON_RAMP_PAY_IN=%s each conversion is paid for by one wire of its own',
  async (payIn) => {
    await system?.stop();
    const own = path.join(dataDir, payIn);
    system = await startSystem({ dataDir: own, env: { ON_RAMP_PAY_IN: payIn } });
    const { simulators } = system.outputs;
    const alpaca = simulators['alpaca'] ?? '';
    planted = await wireByHand(alpaca);
    // The first wire of ours is made, and its answer is lost.
    const fault = { operation: 'wire.create', kind: 'error-after-applying', times: 1 };
    await fetch(`${alpaca}/_faults`, { method: 'POST', body: JSON.stringify([fault]) });

    const alice = await clientOf(system.outputs);
    const funding = { type: 'alpaca', accountId: account } as const;
    const created = await alice.api.createWallet({ currency: 'USD', funding }, alice.options);
    const wallets = [done(created, 201).id, await alice.wallet('USD', '1000.00')];
    const wanted = [...wallets, ...wallets].map((walletId) => ({
      walletId,
      destinationAddress: newAddress(),
    }));
    const made = await Promise.all(
      wanted.map(({ walletId, destinationAddress }) =>
        alice.withdraw(walletId, { destinationAddress }, newKey()),
      ),
    );
    const ends = await alice.allFinished(made.map(({ body }) => body.id));
    expect(ends.map(({ status }) => status)).toEqual(wanted.map(() => 'COMPLETED'));
    const paid = await paymentsOn(system.outputs, 'ethereum');
    expect(wanted.map(({ destinationAddress }) => paid.get(destinationAddress))).toEqual(
      wanted.map(() => ['9500000']),
    );
    const truth = (await (await fetch(`${alpaca}/_truth`)).json()) as Truth;
    const wires = truth.wires.filter(({ id }) => id !== planted.id);
    expect(wires.map(({ amount, status }) => [amount, status])).toEqual(
      wanted.map(() => ['10', 'COMPLETE']),
    );
    expect(new Set(wires.map(({ information }) => information)).size).toBe(wanted.length);
    const due = (await (await fetch(`${simulators['due']}/_truth`)).json()) as DueTruth;
    expect(due.receipts.map(({ source, amount }) => [source, amount])).toEqual(
      wanted.map(() => ['wire', '10.00']),
    );
  },
);

test('reconciliation finds the wire that no conversion has asked for, and nothing else', async () => {
  if (system === undefined) throw new Error('nothing is running');
  const operator = await clientOf(system.outputs, 'dk_local_operator');
  // One that is not a minute old is as good as new.
  done(await operator.api.getReconciliation(operator.options), 200);
  await ageReport(system.outputs);
  const report = await operator.until(
    () => operator.api.getReconciliation(operator.options),
    (one) => one.status === 200 && Date.parse(one.data.checkedAt) > planted.at,
  );
  expect(done(report, 200).differences).toMatchObject([
    { kind: 'wire-unknown', providerId: planted.id },
  ]);
});

/** Cash leaves the firm, as by the hand of somebody who has the brokerage's key. */
async function wireByHand(baseUrl: string): Promise<{ id: unknown; at: number }> {
  const itself = { baseUrl, ...alpacaCredentials };
  const ofFirm = `/v1/accounts/${alpacaCredentials.firmAccountId}`;
  const details = { name: 'Me', bank_code: '1', bank_code_type: 'ABA', account_number: '1' };
  const bank = await ask(itself, 'POST', `${ofFirm}/recipient_banks`, details);
  const { body } = await until(async () => {
    const made = await ask(itself, 'POST', `${ofFirm}/transfers`, {
      transfer_type: 'wire',
      bank_id: bank.body['id'],
      amount: '7.00',
      direction: 'OUTGOING',
      fee_payment_method: 'invoice',
    });
    return made.status === 200 && made;
  });
  return { id: body['id'], at: Date.parse(String(body['created_at'])) };
}
