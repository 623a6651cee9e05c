/** The SolanaView port on JSON-RPC: what the chain says became of our payouts. */
import * as z from 'zod';
import { UnavailableError } from '../../core/kernel/errors.ts';
import type { Fate, Fates, SolanaView } from '../../core/rails/solana/chain.ts';
import { accountsMax, statusesMax } from '../../core/rails/solana/limits.ts';
import { checkChain, type Identity, WrongChainError } from './identity.ts';
import { type NodeConfig, openRpc, type Rpc, readAs } from './rpc.ts';
import {
  type AccountRead,
  account,
  block,
  count,
  nonceIn,
  signatureStatuses,
  valued,
} from './shapes.ts';

export type SolanaConfig = NodeConfig &
  Identity & {
    mint: string;
    treasury: string;
    /** The most that is offered for the place in a block of one transaction, in lamports (`SOLANA_MAX_PRIORITY_FEE`). */
    priorityFeeMax?: bigint;
  };

const genesisHash = z.string().min(32);
const accountsRead = valued(z.array(account));

/** Reads which chain it is once, and everything else anew each time. */
export async function viewSolana(config: SolanaConfig, rpc = openRpc(config)): Promise<SolanaView> {
  const genesis = await rpc.ask(genesisHash, 'getGenesisHash');
  await checkChain(config, genesis);
  return {
    genesis,
    nonces: async (accounts, commitment) => {
      const { at, of } = await accountsAt(rpc, accounts, commitment);
      return { at, of: new Map(accounts.map((one, index) => [one, nonceIn(of[index] ?? null)])) };
    },
    fates: async (signatures) => {
      const parts: Fates[] = [];
      for (let start = 0; start < signatures.length; start += statusesMax)
        parts.push(await fatesOf(rpc, genesis, signatures.slice(start, start + statusesMax)));
      return {
        at: Math.min(...parts.map(({ at }) => at)),
        since: Math.max(...parts.map(({ since }) => since)),
        of: new Map(parts.flatMap(({ of }) => [...of])),
      };
    },
    latest: () => rpc.ask(count, 'getSlot', { commitment: 'processed' }),
    blockAt: async (slot) => {
      const only = { transactionDetails: 'none', rewards: false, commitment: 'finalized' };
      const options = { ...only, maxSupportedTransactionVersion: 0 };
      return (await rpc.ask(block, 'getBlock', slot, options)).blockhash;
    },
  };
}

/**
 * All of it in one request, so that the node whose history reaches back is the node that has not seen a transaction, and is of our
 * chain.
 */
async function fatesOf(rpc: Rpc, genesis: string, signatures: readonly string[]): Promise<Fates> {
  const [chain, first, statuses] = await rpc.all([
    { method: 'getGenesisHash' },
    { method: 'getFirstAvailableBlock' },
    {
      method: 'getSignatureStatuses',
      params: [signatures, { searchTransactionHistory: true }],
    },
  ]);
  if (readAs(genesisHash, 'getGenesisHash', chain) !== genesis)
    throw new WrongChainError(String(chain));
  const since = readAs(count, 'getFirstAvailableBlock', first);
  const read = readAs(signatureStatuses, 'getSignatureStatuses', statuses);
  if (read.value.length !== signatures.length)
    throw new UnavailableError('solana: getSignatureStatuses does not answer each signature');
  const fates = read.value.map((one): Fate => {
    if (one === null) return { is: 'absent' };
    const { slot, err, confirmations, confirmationStatus } = one;
    // Nodes of before that word say of what is final that it has no number of confirmations.
    const final =
      confirmationStatus === null || confirmationStatus === undefined
        ? confirmations === null
        : confirmationStatus === 'finalized';
    return { is: 'landed', slot, failed: err !== null, final };
  });
  const of = new Map(
    signatures.flatMap((one, index) => (fates[index] ? [[one, fates[index]]] : [])),
  );
  return { at: read.context.slot, since, of };
}

/** Accounts as they are now, at most; `at`: the oldest slot that one of them was read at. */
export async function accountsAt(
  rpc: Rpc,
  accounts: readonly string[],
  commitment: 'confirmed' | 'finalized',
): Promise<{ at: number; of: AccountRead[] }> {
  const of: AccountRead[] = [];
  let at = Number.POSITIVE_INFINITY;
  for (let start = 0; start < accounts.length; start += accountsMax) {
    const some = accounts.slice(start, start + accountsMax);
    const options = { encoding: 'base64', commitment };
    const read = await rpc.ask(accountsRead, 'getMultipleAccounts', ...[some, options]);
    if (read.value.length !== some.length)
      throw new UnavailableError('solana: getMultipleAccounts does not answer each account');
    of.push(...read.value);
    at = Math.min(at, read.context.slot);
  }
  return { at, of };
}
