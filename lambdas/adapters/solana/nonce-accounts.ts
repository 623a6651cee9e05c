/** Makes the treasury's nonce accounts, for an operator (`npm run nonce-accounts`). It may be broken off and begun again at any time. */
import { base58 } from '@scure/base';
import * as z from 'zod';
import { nonceAccountBytes } from '../../core/rails/solana/limits.ts';
import { transactionOf } from '../../core/rails/solana/message.ts';
import { messageToMake } from '../../core/rails/solana/nonce-account.ts';
import { nonceAccountsOf } from '../../core/rails/solana/programs.ts';
import { openRpc, type Rpc } from './rpc.ts';
import { count, nonceIn, status, valued } from './shapes.ts';
import { type MessageSigner, signed } from './signer.ts';
import { accountsAt } from './view.ts';

/** So many fit into one transaction. */
const madeAtOnce = 4;
const finalMs = 90_000;
const pollMs = 1_000;

export type Made = { total: number; made: number };

/** Makes those of the first `wanted` that are not there, and resolves when they are there for ever. Throws with what stands in the way. */
export async function makeNonceAccounts(
  rpcUrl: string,
  key: MessageSigner,
  wanted: number,
  waitMs = pollMs,
): Promise<Made> {
  const rpc = openRpc({ rpcUrl });
  const accounts = nonceAccountsOf(key.address).slice(0, wanted);
  const missing = await missingOf(rpc, key.address, accounts);
  const rent = BigInt(await rpc.ask(count, 'getMinimumBalanceForRentExemption', nonceAccountBytes));
  for (let start = 0; start < missing.length; start += madeAtOnce)
    await make(rpc, key, missing.slice(start, start + madeAtOnce), rent, waitMs);
  return { total: accounts.length, made: missing.length };
}

/** The numbers of those that are not there. */
async function missingOf(
  rpc: Rpc,
  treasury: string,
  accounts: readonly string[],
): Promise<number[]> {
  const { of } = await accountsAt(rpc, accounts, 'finalized');
  return accounts.flatMap((account, index) => {
    const read = of[index] ?? null;
    if (read === null) return [index + 1];
    const state = nonceIn(read);
    if (state.is === 'set' && state.authority === treasury) return [];
    throw new Error(`${account} exists, and is no nonce account of the treasury`);
  });
}

async function make(
  rpc: Rpc,
  key: MessageSigner,
  numbers: readonly number[],
  rent: bigint,
  waitMs: number,
): Promise<void> {
  const blockhashes = valued(z.object({ blockhash: z.string().min(32) }));
  const { value } = await rpc.ask(blockhashes, 'getLatestBlockhash', { commitment: 'finalized' });
  const message = messageToMake(key.address, numbers, rent, value.blockhash);
  const signature = await signed(key, message);
  const raw = Buffer.from(transactionOf(message, signature)).toString('base64');
  await rpc.ask(z.string(), 'sendTransaction', raw, { encoding: 'base64' });
  const name = base58.encode(signature);
  for (let waited = 0; waited < finalMs; waited += pollMs) {
    const search = { searchTransactionHistory: true };
    const read = await rpc.ask(valued(z.array(status)), 'getSignatureStatuses', [name], search);
    const [seen = null] = read.value;
    if (seen !== null && seen.err !== null)
      throw new Error(`the transaction ${name} failed: ${JSON.stringify(seen.err)}`);
    if (seen?.confirmationStatus === 'finalized') return;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  throw new Error(
    `the transaction ${name} is not final. Run the command again: what is there stays.`,
  );
}
