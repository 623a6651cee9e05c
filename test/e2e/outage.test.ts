/**
 * One provider answers nothing for a while, and withdrawals keep arriving. `WITHDRAWALS=300 OUTAGE_MS=60000 npm test --
 * test/e2e/outage -t ethereum` is the whole size.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import { paymentsOn } from '../../local/payments.ts';
import { clientOf, done, isFinished, newAddress, newKey, type Withdrawal } from './client.ts';
import { testSystem } from './system.ts';

const many = Number(process.env['WITHDRAWALS'] ?? 12);
const outageMs = Number(process.env['OUTAGE_MS'] ?? 5_000);
jest.setTimeout(240_000 + 3 * outageMs);

const { system, alice } = testSystem();

const account = 'a11ce000-0000-4000-8000-000000000001';
const walletsAtBrokerage = 5;

/** Withdrawals of as many wallets as there are hands: an account takes one journal after the other. */
async function walletIds(ofBrokerage: boolean): Promise<string[]> {
  if (!ofBrokerage) return [await alice.wallet('USD', `${many}0.00`)];
  const funding = { type: 'alpaca', accountId: account } as const;
  return Promise.all(
    Array.from({ length: walletsAtBrokerage }, async () => {
      const made = await alice.api.createWallet({ currency: 'USD', funding }, alice.options);
      return done(made, 201).id;
    }),
  );
}

test.each([
  ['alpaca', 'brokerage'],
  ['due', 'on-ramp'],
  ['ethereum', 'ethereum'],
])(
  '%s is away: what arrives meanwhile waits, and is all paid when it is back',
  async (simulator, provider) => {
    const operator = await clientOf(system.outputs, 'dk_local_operator');
    const faultsUrl = `${system.outputs.simulators[simulator]}/_faults`;
    const states = async () => {
      const listed = await operator.api.listCircuitBreakers(operator.options);
      return done(listed, 200).data.filter((one) => one.provider === provider);
    };
    expect((await states()).every(({ state }) => state === 'CLOSED')).toBe(true);
    const wallets = await walletIds(simulator === 'alpaca');

    const began = Date.now();
    await fetch(faultsUrl, { method: 'POST', body: '{"operation":"*","kind":"error"}' });
    const wanted = Array.from({ length: many }, (_, index) => ({
      walletId: wallets[index % wallets.length] ?? '',
      destinationAddress: newAddress(),
    }));
    const made: string[] = [];
    for (const [index, { walletId, destinationAddress }] of wanted.entries()) {
      // They arrive over the first nine tenths of the outage.
      await sleep(Math.max(0, began + (0.9 * outageMs * index) / many - Date.now()));
      const key = newKey();
      const { body } = await alice.until(
        () => alice.withdraw(walletId, { destinationAddress }, key),
        ({ status }) => status < 300,
      );
      made.push(body.id);
    }
    await alice.until(states, (now) => now.some(({ state }) => state !== 'CLOSED'));
    await alice.until(
      () => alice.get<{ data: object[] }>('/v1/withdrawals?status=RETRYING&limit=1'),
      ({ data }) => data.length > 0,
    );
    await sleep(Math.max(0, began + outageMs - Date.now()));
    expect(isFinished(await alice.withdrawal(made[0] ?? ''))).toBe(false);

    await fetch(faultsUrl, { method: 'DELETE' });
    const back = Date.now();
    const ends: Withdrawal[] = [];
    for (const id of made) ends.push(await alice.ended(id));
    expect(ends.filter(({ status }) => status !== 'COMPLETED')).toEqual([]);
    const drained = Math.max(...ends.map(({ completedAt }) => Date.parse(completedAt ?? '')));
    console.log(
      `${simulator}: the last of ${many} completed ${drained - back} ms after the outage`,
    );
    const paid = await paymentsOn(system.outputs, 'ethereum');
    expect(wanted.map(({ destinationAddress }) => paid.get(destinationAddress))).toEqual(
      wanted.map(() => ['9500000']),
    );
  },
);
