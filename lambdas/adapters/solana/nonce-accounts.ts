/** Makes the treasury's nonce accounts, for an operator (`npm run nonce-accounts`). It may be broken off and begun again at any time. */
import { base58 } from '@scure/base';
import * as z from 'zod';
import { nonceAccountBytes, signatureFee } from '../../core/rails/solana/limits.ts';
import { transactionOf } from '../../core/rails/solana/message.ts';
import { messageToMake } from '../../core/rails/solana/nonce-account.ts';
import { nonceAccountsOf } from '../../core/rails/solana/programs.ts';
import { openRpc, type Rpc } from './rpc.ts';
import { block, count, nonceIn, signatureStatuses, valued } from './shapes.ts';
import { type MessageSigner, signed } from './signer.ts';
import { accountsAt } from './view.ts';

/** So many fit into one transaction. */
const madeAtOnce = 4;
const finalMs = 90_000;
const pollMs = 1_000;

/** How many there are now, and how many of them are new; `lamports`: what these have cost. */
export type Made = { total: number; made: number; lamports: bigint };

/**
 * Makes those of the first `wanted` that are not there, and resolves when they are there for ever. `tells` hears how many are. Throws with
 * what stands in the way.
 */
export async function makeNonceAccounts(
  rpcUrl: string,
  key: MessageSigner,
  wanted: number,
  waitMs = pollMs,
  tells: (made: number, missing: number) => void = () => {},
): Promise<Made> {
  const rpc = openRpc({ rpcUrl });
  const { there, lamports: has } = await stateOf(rpc, key.address);
  const missing = there.flatMap((isThere, index) =>
    isThere || index >= wanted ? [] : [index + 1],
  );
  const rent = BigInt(await rpc.ask(count, 'getMinimumBalanceForRentExemption', nonceAccountBytes));
  const least = BigInt(await rpc.ask(count, 'getMinimumBalanceForRentExemption', 0));
  const fees = signatureFee * BigInt(Math.ceil(missing.length / madeAtOnce));
  const lamports = rent * BigInt(missing.length) + fees;
  // The treasury has to keep what lets it exist.
  if (missing.length > 0 && has < lamports + least)
    throw new Error(
      `${missing.length} nonce accounts cost ${lamports} lamports, and ${key.address} has ${has}, of which ${least} have to stay.`,
    );
  for (let start = 0; start < missing.length; start += madeAtOnce) {
    const some = missing.slice(start, start + madeAtOnce);
    await make(rpc, key, some, rent, waitMs);
    tells(start + some.length, missing.length);
  }
  return {
    total: there.filter(Boolean).length + missing.length,
    made: missing.length,
    lamports: missing.length === 0 ? 0n : lamports,
  };
}

/** Which of all that there may be are there, and what the treasury has. */
async function stateOf(
  rpc: Rpc,
  treasury: string,
): Promise<{ there: boolean[]; lamports: bigint }> {
  const accounts = nonceAccountsOf(treasury);
  const { of } = await accountsAt(rpc, [...accounts, treasury], 'finalized');
  const there = accounts.map((account, index) => {
    const read = of[index] ?? null;
    if (read === null) return false;
    const state = nonceIn(read);
    if (state.is === 'set' && state.authority === treasury) return true;
    throw new Error(`${account} exists, and is no nonce account of the treasury`);
  });
  return { there, lamports: BigInt(of[accounts.length]?.lamports ?? 0) };
}

const latestBlockhash = valued(block);
const text = z.string();

async function make(
  rpc: Rpc,
  key: MessageSigner,
  numbers: readonly number[],
  rent: bigint,
  waitMs: number,
): Promise<void> {
  const { value } = await rpc.ask(latestBlockhash, 'getLatestBlockhash', {
    commitment: 'finalized',
  });
  const message = messageToMake(key.address, numbers, rent, value.blockhash);
  const signature = await signed(key, message);
  const raw = Buffer.from(transactionOf(message, signature)).toString('base64');
  await rpc.ask(text, 'sendTransaction', raw, { encoding: 'base64' });
  const name = base58.encode(signature);
  for (let waited = 0; waited < finalMs; waited += pollMs) {
    const search = { searchTransactionHistory: true };
    const read = await rpc.ask(signatureStatuses, 'getSignatureStatuses', [name], search);
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
