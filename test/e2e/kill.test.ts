import { spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, jest, test } from '@jest/globals';
import { type System, startSystem } from '../../local/child.ts';
import { paymentsOn } from '../../local/payments.ts';
import { clientOf, newAddress, newKey } from './client.ts';
import { testDataDir } from './system.ts';

jest.setTimeout(240_000);

let system: System | undefined;
afterAll(() => system?.stop());
const [dataDir, orphansDir] = [testDataDir(), testDataDir()];

const many = 90;

test('a system ends by itself when whoever started it is killed', async () => {
  const child = new URL('../../local/child.ts', import.meta.url).href;
  const code = `
    const { startSystem } = await import(${JSON.stringify(child)});
    const { outputs } = await startSystem({ dataDir: ${JSON.stringify(orphansDir)} });
    process.stdout.write(outputs.apiUrl, () => process.kill(process.pid, 'SIGKILL'));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code]);
  const apiUrl = stdout.toString();
  expect(apiUrl).toMatch(/^http:/);
  const answers = (): Promise<boolean> =>
    fetch(apiUrl).then(
      () => true,
      () => false,
    );
  while (await answers()) await setTimeout(50);
});

test('kill -9 of everything with withdrawals under way: each ends, and each is paid once', async () => {
  system = await startSystem({ dataDir });
  let alice = await clientOf(system.outputs);
  const wallets = {
    USD: await alice.wallet('USD', '1000.00'),
    USDC: await alice.wallet('USDC', '1000.00'),
  };
  const wanted = Array.from({ length: many }, (_, index) => ({
    key: newKey(),
    walletId: index % 2 === 0 ? wallets.USD : wallets.USDC,
    destinationAddress: newAddress(),
  }));
  const send = (one: (typeof wanted)[number]) =>
    alice.withdraw(one.walletId, { destinationAddress: one.destinationAddress }, one.key);
  const first = await Promise.all(wanted.map(send));
  expect(first.map(({ status }) => status)).toEqual(wanted.map(() => 202));
  // Under way: some are with the on-ramp, some signed, some sent. The last one may be through when it is first looked at.
  const last = first.at(-1)?.body.id ?? '';
  await alice.until(
    () => alice.withdrawal(last),
    ({ stage }) => !['requested', 'reserved', 'converted'].includes(stage),
  );
  await system.kill();

  system = await startSystem({ dataDir });
  alice = await clientOf(system.outputs);
  // A client that was cut off sends the same again: nothing new is made.
  const again = await Promise.all(wanted.map(send));
  expect(again.map(({ body }) => body.id)).toEqual(first.map(({ body }) => body.id));
  expect(again.map(({ status }) => status)).toEqual(wanted.map(() => 200));

  const ends = await alice.allFinished(first.map(({ body }) => body.id));
  expect(ends.map(({ status }) => status)).toEqual(ends.map(() => 'COMPLETED'));
  const paid = await paymentsOn(system.outputs, 'ethereum');
  const want = wanted.map(({ walletId }) => [walletId === wallets.USD ? '9500000' : '10000000']);
  expect(wanted.map(({ destinationAddress }) => paid.get(destinationAddress))).toEqual(want);
  for (const walletId of Object.values(wallets))
    expect(await alice.get(`/v1/wallets/${walletId}`)).toMatchObject({
      available: '550.00',
      held: '0.00',
    });
});
