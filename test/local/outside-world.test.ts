/** Systems that the user has named are not started here; all others are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { evmNetworks } from '../../lambdas/core/kernel/networks.ts';
import { functionSettings, nodeSecrets, synthesisContext } from '../../local/function-settings.ts';
import { startsIn } from '../../local/host/progress.ts';
import { type OutsideWorld, startOutsideWorld } from '../../local/outside-world.ts';
import { localSettings } from '../../local/settings.ts';

let dataDir: string;
let outside: OutsideWorld | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'outside-'));
});
afterEach(async () => {
  await outside?.stop();
  rmSync(dataDir, { recursive: true });
});

const account = 'c0000000-0000-4000-8000-000000000001';
const named = {
  DUE_BASE_URL: 'https://due.example',
  DUE_API_KEY: 'k',
  DUE_ACCOUNT_ID: 'a',
  ALPACA_ACCOUNTS: `acme:${account}`,
  BITCOIN_RPC_URL: 'http://127.0.0.1:1',
  SOLANA_RPC_URL: 'http://127.0.0.1:1',
  SOLANA_USDC_MINT: '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU',
  ...Object.fromEntries(
    evmNetworks.flatMap((network) => [
      [`EVM_RPC_URL_${network.toUpperCase()}`, 'http://127.0.0.1:1'],
      [`EVM_TOKEN_${network.toUpperCase()}`, `0x${'a'.repeat(40)}`],
    ]),
  ),
};

const said: string[] = [];
const up = startsIn((line) => said.push(line));

test('a brokerage that is named is the one that functions are told of', async () => {
  const settings = localSettings({
    ...named,
    ALPACA_BASE_URL: 'https://alpaca.example',
    ALPACA_KEY_ID: 'k',
    ALPACA_SECRET_KEY: 's',
    ALPACA_FIRM_ACCOUNT_ID: account,
  });
  outside = await startOutsideWorld(settings, dataDir, 'http://127.0.0.1:1', up);
  expect(outside.simulators).toEqual({});
  expect(functionSettings(settings, outside)).toMatchObject({
    ALPACA_BASE_URL: 'https://alpaca.example',
    ALPACA_KEY_ID: 'k',
    ALPACA_FIRM_ACCOUNT_ID: account,
    ALPACA_ACCOUNTS: `acme:${account}`,
  });
});

test('otherwise it is played here, with the accounts that were named', async () => {
  const settings = localSettings(named);
  outside = await startOutsideWorld(settings, dataDir, 'http://127.0.0.1:1', up);
  expect(Object.keys(outside.simulators)).toEqual(['alpaca']);
  // Whoever waits for the start sees what is up.
  expect(said).toEqual([expect.stringMatching(/^the brokerage is up \(\d+\.\d s\)$/)]);
  const truth = await fetch(`${outside.simulators['alpaca']}/_truth`);
  const { accounts } = (await truth.json()) as { accounts: object[] };
  expect(accounts).toMatchObject([
    { id: outside.alpaca.firmAccountId },
    { id: account, cash: '1000000' },
  ]);
});

test('every setting that functions get here is declared by the template, its secret apart', async () => {
  const settings = localSettings(named);
  outside = await startOutsideWorld(settings, dataDir, 'http://127.0.0.1:1', up);
  const told = Object.keys(functionSettings(settings, outside));
  const secrets = Object.keys(nodeSecrets(outside)).map((name) => `${name}_SECRET_ARN`);
  // What stands in for the keys in KMS is told to the CDK app alone.
  const keys = ['BITCOIN_TREASURY_KEY_ARN', 'SOLANA_TREASURY_KEY_ARN'];
  expect([...told, ...secrets, ...keys].sort()).toEqual(
    Object.keys(synthesisContext(settings)).sort(),
  );
});
