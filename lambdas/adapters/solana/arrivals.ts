/** The Arrivals port on Solana: what a transaction brought to the token account of a treasury of ours, finally. */
import * as z from 'zod';
import { ShutError, UnavailableError, whyOf } from '../../core/kernel/errors.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { Arrivals, Payment } from '../../core/on-ramp/arrival.ts';
import { tokenAccountOf } from '../../core/rails/solana/programs.ts';
import { checkChain } from './identity.ts';
import { openRpc, type Rpc, readAs } from './rpc.ts';
import { transaction, transfersIn } from './transfers.ts';
import type { SolanaConfig } from './view.ts';

const transactionOrNone = transaction.nullable();

/** Throws WrongChainError when a node is of another chain than ours: nothing that it says is a word about our money. */
export function solanaArrivals(
  configOf: () => Promise<SolanaConfig>,
  treasuryOf: () => string,
): Arrivals<'solana'> {
  let opened: { config: SolanaConfig; rpc: Rpc } | null = null;
  const open = async () => {
    if (opened !== null) return opened;
    const config = await configOf();
    opened = { config, rpc: openRpc(config) };
    return opened;
  };
  const read = async (signature: string, payee: string): Promise<Payment> => {
    const { config, rpc } = await open();
    const options = { encoding: 'json', maxSupportedTransactionVersion: 0 };
    const method = 'getTransaction';
    const [genesis, final, confirmed] = await rpc.all([
      { method: 'getGenesisHash' },
      { method, params: [signature, { ...options, commitment: 'finalized' }] },
      { method, params: [signature, { ...options, commitment: 'confirmed' }] },
    ]);
    await checkChain(config, readAs(z.string().min(32), 'getGenesisHash', genesis));
    const done = readAs(transactionOrNone, method, final);
    if (done === null) {
      const seen = readAs(transactionOrNone, method, confirmed);
      if (seen === null) return { state: 'absent' };
      return { state: 'mined', at: ((seen.blockTime ?? 0) * 1_000) as Instant };
    }
    if (done.transaction.signatures[0] !== signature)
      throw new UnavailableError('solana: getTransaction answers another transaction');
    const account = tokenAccountOf(payee, config.mint);
    const logs = transfersIn(done)
      .filter(({ kind, to }) => kind === 'tokens' && to === account)
      .map(({ index, value }) => ({ index, value }));
    return { state: 'final', logs };
  };
  return {
    treasury: treasuryOf,
    of: async (_network, txHash, payee): Promise<Answer<Payment>> => {
      try {
        return { ok: true, value: await read(txHash, payee) };
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        const no = { ok: false, refused: false, why: whyOf(error) } as const;
        return error instanceof ShutError ? { ...no, until: error.until } : no;
      }
    },
  };
}
