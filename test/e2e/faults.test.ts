import { expect, jest, test } from '@jest/globals';
import { paymentsOn } from '../../local/payments.ts';
import { alpacaCredentials } from '../../local/simulators/alpaca/service.ts';
import { bob, journal } from '../simulators/alpaca-client.ts';
import { clientOf, done, newAddress, newKey, type Withdrawal } from './client.ts';
import { ageReport, testSystem } from './system.ts';

/** `WITHDRAWALS=500 npm test -- test/e2e/faults` is the whole size. */
const many = Number(process.env['WITHDRAWALS'] ?? 40);
const perWallet = 20;
jest.setTimeout(300_000 + many * 1_000);

const { system, alice } = testSystem();

/** What goes wrong with one call in twenty, whichever it is. */
const kinds = [
  { kind: 'applied-then-timeout' },
  { kind: 'timeout-not-applied' },
  { kind: 'error-after-applying' },
  { kind: 'error' },
  { kind: 'delayed-apply', afterMs: 3_000 },
];
const mix = kinds.map((kind, index) => ({
  operation: '*',
  probability: 0.05 / kinds.length,
  seed: index + 1,
  ...kind,
}));
const events = ['missing', 'duplicate', 'out-of-order', 'forged'].map((kind, index) => ({
  event: '*',
  kind,
  probability: 0.05,
  seed: index + 1,
}));

const account = 'a11ce000-0000-4000-8000-000000000001';

/** Every other one is at the brokerage. */
const wallets = (): Promise<string[]> =>
  Promise.all(
    Array.from({ length: Math.ceil(many / perWallet) }, async (_, index) => {
      if (index % 2 === 1) return alice.wallet('USD', '1000.00');
      const funding = { type: 'alpaca', accountId: account } as const;
      return done(await alice.api.createWallet({ currency: 'USD', funding }, alice.options), 201)
        .id;
    }),
  );

/** A few at a time. */
async function inTurns<T, R>(work: readonly T[], take: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let start = 0; start < work.length; start += perWallet)
    done.push(...(await Promise.all(work.slice(start, start + perWallet).map(take))));
  return done;
}

const counted = (ends: readonly Withdrawal[]): string[] =>
  Object.entries(Object.groupBy(ends, ({ status }) => status)).map(
    ([status, those]) => `${those.length} ${status}`,
  );

test('with one call in twenty of every provider and node going wrong, each withdrawal is paid once and the books differ in nothing but what is planted', async () => {
  const { simulators } = system.outputs;
  const told = async (url: string | undefined, at: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}${at}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    expect([at, response.status < 300]).toEqual([at, true]);
    return response.json();
  };
  // Cash that moves to the firm, and that no withdrawal has asked for.
  const brokerageItself = { baseUrl: simulators['alpaca'] ?? '', ...alpacaCredentials };
  const planted = await journal(brokerageItself, '1.00', { from_account: bob, description: '?' });
  await told(simulators['alpaca'], '/_faults', mix);
  await told(simulators['due'], '/_faults', [...mix, ...events]);
  await told(simulators['ethereum'], '/_faults', mix);

  const walletIds = await wallets();
  const wanted = Array.from({ length: many }, (_, index) => ({
    walletId: walletIds[index % walletIds.length] ?? '',
    destinationAddress: newAddress(),
    key: newKey(),
  }));
  const began = Date.now();
  const made = await inTurns(wanted, ({ walletId, destinationAddress, key }) =>
    // With the same key as often as it takes: a busy machine may say "not now".
    alice.until(
      () => alice.withdraw(walletId, { destinationAddress }, key),
      ({ status }) => status < 300,
    ),
  );
  const ends: Withdrawal[] = [];
  for (const { body } of made) ends.push(await alice.ended(body.id));
  if (process.env['WITHDRAWALS'])
    console.log(
      `${many} ended within ${Math.round((Date.now() - began) / 1_000)} s`,
      counted(ends),
    );
  expect(ends.filter(({ status }) => status !== 'COMPLETED')).toEqual([]);

  const paid = await paymentsOn(system.outputs, 'ethereum');
  expect(wanted.map(({ destinationAddress }) => paid.get(destinationAddress))).toEqual(
    wanted.map(() => ['9500000']),
  );
  for (const [index, walletId] of walletIds.entries()) {
    const spent = wanted.filter((one) => one.walletId === walletId).length * 10;
    const available = index % 2 === 1 ? `${1_000 - spent}.00` : '0.00';
    expect(await alice.get(`/v1/wallets/${walletId}`)).toMatchObject({ available, held: '0.00' });
  }
  for (const one of ['due', 'ethereum'])
    await fetch(`${simulators[one]}/_faults`, { method: 'DELETE' });
  const endedAt = Date.now();
  const operator = await clientOf(system.outputs, 'dk_local_operator');
  // The one that was made at the start knows of no withdrawal, and is given for a minute.
  const lastReport = () => operator.api.getReconciliation(operator.options);
  await operator.until(lastReport, ({ status }) => status === 200);
  await ageReport(system.outputs);
  const report = await operator.until(
    lastReport,
    (one) => one.status === 200 && Date.parse(one.data.checkedAt) > endedAt,
  );
  expect(await lastReport()).toEqual(expect.objectContaining({ data: done(report, 200) }));
  expect(done(report, 200).differences).toMatchObject([
    { kind: 'journal-unknown', providerId: planted.id },
  ]);
  const truth = (await told(simulators['alpaca'], '/_truth')) as {
    movements: { from: string; amount: string; description: string }[];
  };
  const taken = truth.movements.filter(({ from }) => from === account);
  expect(taken.map(({ description, amount }) => [description, amount]).sort()).toEqual(
    ends
      .filter(({ walletId }) => walletIds.indexOf(walletId) % 2 === 0)
      .map(({ id }) => [id, '10'])
      .sort(),
  );
});
