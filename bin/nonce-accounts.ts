/** `npm run nonce-accounts`: makes the nonce accounts that payouts on Solana are bound to, and says how many there are. */
import { parseArgs } from 'node:util';
import { kmsClient } from '../lambdas/adapters/evm/signer-kms.ts';
import { makeNonceAccounts } from '../lambdas/adapters/solana/nonce-accounts.ts';
import type { MessageSigner } from '../lambdas/adapters/solana/signer.ts';
import { kmsMessageSigner } from '../lambdas/adapters/solana/signer-kms.ts';
import { keyIn, localMessageSigner } from '../lambdas/adapters/solana/signer-local.ts';
import { nonceAccountsMax } from '../lambdas/core/rails/solana/limits.ts';
import { devKey } from '../local/chains/solana/dev-keys.ts';
import { localStack, runCommand, usageError } from './command.ts';

const countUsual = 20;

const usage = `usage: npm run nonce-accounts -- [--count <how many>] [--rpc-url <url>] [--kms-key <id or ARN>]

Each carries one payout at a time, and costs the treasury a rent of about 0.0015 SOL. What is there already stays as it is: --count says
how many there are to be (${countUsual} unless it is said; at most ${nonceAccountsMax}).
Without --kms-key the treasury's key is read from SOLANA_TREASURY_KEY. Without --rpc-url it is done on the local system (its outputs.json in
DATA_DIR, which must be running), whose own key is known.`;

type Wanted = { rpcUrl: string | undefined; count: number; kmsKey: string | undefined };
function wantedOf(): Wanted {
  const { values } = parseArgs({
    options: {
      'rpc-url': { type: 'string' },
      count: { type: 'string', default: String(countUsual) },
      'kms-key': { type: 'string' },
    },
  });
  const rpcUrl = values['rpc-url'];
  if (rpcUrl !== undefined && !URL.canParse(rpcUrl))
    return usageError('--rpc-url takes the URL of a node.');
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1 || count > nonceAccountsMax)
    return usageError(`--count takes a number from 1 to ${nonceAccountsMax}.`);
  return { rpcUrl, count, kmsKey: values['kms-key'] };
}

async function signerOf({ rpcUrl, kmsKey }: Wanted): Promise<MessageSigner> {
  if (kmsKey !== undefined) return kmsMessageSigner(kmsClient(), kmsKey);
  const text = process.env['SOLANA_TREASURY_KEY'];
  if (text === undefined && rpcUrl === undefined) return localMessageSigner(devKey('treasury'));
  const key = keyIn(text ?? '');
  if (key === null)
    return usageError(
      'Set SOLANA_TREASURY_KEY to a key as solana-keygen writes it, or give --kms-key.',
    );
  return localMessageSigner(key);
}

/** The node of the running local system, whose treasury has to be that of the key. */
function localNode(address: string): string {
  const { solana } = localStack().chains;
  if (solana === undefined) throw new Error('The local system pays nothing on Solana.');
  if (solana.treasury !== address)
    throw new Error(
      `The key is that of ${address}, and the local system pays from ${solana.treasury}. Set SOLANA_TREASURY_KEY as for npm start.`,
    );
  return solana.rpcUrl;
}

const sol = (lamports: bigint): string => (Number(lamports) / 1e9).toFixed(9);

await runCommand(usage, async () => {
  const wanted = wantedOf();
  const signer = await signerOf(wanted);
  const rpcUrl = wanted.rpcUrl ?? localNode(signer.address);
  const tell = (made: number, missing: number): void =>
    console.log(`${made} of ${missing} are there for ever`);
  const made = await makeNonceAccounts(rpcUrl, signer, wanted.count, undefined, tell);
  console.log(
    `${signer.address} has ${made.total} nonce accounts, ${made.made} of them new (${sol(made.lamports)} SOL)`,
  );
});
