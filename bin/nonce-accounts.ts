/** `npm run nonce-accounts`: makes the nonce accounts that payouts on Solana are bound to, and says how many there are. */
import { parseArgs } from 'node:util';
import { kmsClient } from '../lambdas/adapters/evm/signer-kms.ts';
import { makeNonceAccounts } from '../lambdas/adapters/solana/nonce-accounts.ts';
import type { MessageSigner } from '../lambdas/adapters/solana/signer.ts';
import { kmsMessageSigner } from '../lambdas/adapters/solana/signer-kms.ts';
import { keyIn, localMessageSigner } from '../lambdas/adapters/solana/signer-local.ts';
import { nonceAccountsMax } from '../lambdas/core/rails/solana/limits.ts';
import { runCommand, usageError } from './command.ts';

const usage = `usage: npm run nonce-accounts -- --rpc-url <url> --count <how many> [--kms-key <id or ARN>]

Each carries one payout at a time, and costs the treasury a rent of about 0.0015 SOL. What is there already stays as it is.
Without --kms-key the treasury's key is read from SOLANA_TREASURY_KEY.`;

function wantedOf(): { rpcUrl: string; count: number; kmsKey: string | undefined } {
  const { values } = parseArgs({
    options: {
      'rpc-url': { type: 'string' },
      count: { type: 'string', default: '20' },
      'kms-key': { type: 'string' },
    },
  });
  const rpcUrl = values['rpc-url'] ?? usageError('It needs --rpc-url, the URL of a node.');
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1 || count > nonceAccountsMax)
    return usageError(`--count takes a number from 1 to ${nonceAccountsMax}.`);
  return { rpcUrl, count, kmsKey: values['kms-key'] };
}

async function signerOf(kmsKey: string | undefined): Promise<MessageSigner> {
  if (kmsKey !== undefined) return kmsMessageSigner(kmsClient(), kmsKey);
  const key = keyIn(process.env['SOLANA_TREASURY_KEY'] ?? '');
  if (key === null)
    return usageError(
      'Set SOLANA_TREASURY_KEY to a key as solana-keygen writes it, or give --kms-key.',
    );
  return localMessageSigner(key);
}

await runCommand(usage, async () => {
  const { rpcUrl, count, kmsKey } = wantedOf();
  const signer = await signerOf(kmsKey);
  const { total, made } = await makeNonceAccounts(rpcUrl, signer, count);
  console.log(`${signer.address} has ${total} nonce accounts, ${made} of them new`);
});
