/** The SolanaChain port on JSON-RPC: reads the treasury, asks whether it may pay, and hands signed bytes to the node. */
import { SettingError, ShutError, UnavailableError } from '../../core/kernel/errors.ts';
import { networkSettings, usdcDecimals } from '../../core/kernel/networks.ts';
import type { SolanaChain } from '../../core/rails/solana/chain.ts';
import {
  namedBeforeMs,
  namedListMs,
  namedNewestMin,
  pricePercentile,
  priorityFeeMax,
  tokenAccountBytes,
} from '../../core/rails/solana/limits.ts';
import { nonceAccountsOf, tokenAccountOf } from '../../core/rails/solana/programs.ts';
import { systemClock } from '../net/clock.ts';
import { refusalOf } from './refusal.ts';
import { replyFor } from './replies.ts';
import { openRpc, RefusedCallError, type Rpc } from './rpc.ts';
import { count, decimalsIn, fees, nonceIn, tokensIn } from './shapes.ts';
import { pagesOf } from './signatures.ts';
import { accountsAt, type SolanaConfig, viewSolana } from './view.ts';

/** The view of the chain, when it is ours and has the mint. Throws as `connectSolana` does. */
export async function identifySolana(config: SolanaConfig, rpc = openRpc(config)) {
  const view = await viewSolana(config, rpc);
  await checkMint(rpc, config.mint);
  return view;
}

/** Connects to the chain. Throws when the mint is not USDC as payouts are signed for it; UnavailableError without an answer. */
export async function connectSolana(
  config: SolanaConfig,
  finalityMs?: number,
  rpc = openRpc(config),
): Promise<SolanaChain> {
  const { mint, treasury } = config;
  const view = await identifySolana(config, rpc);
  const tokens = tokenAccountOf(treasury, mint);
  const nonceAccounts = nonceAccountsOf(treasury);
  const rents = new Map<number, Promise<bigint>>();
  /** It changes with the rules of the chain only. */
  const rentOf = (bytes: number): Promise<bigint> => {
    const asked =
      rents.get(bytes) ?? rpc.ask(count, 'getMinimumBalanceForRentExemption', bytes).then(BigInt);
    rents.set(bytes, asked);
    asked.catch(() => rents.delete(bytes));
    return asked;
  };
  return {
    ...view,
    ...{ mint, treasury },
    finalityMs: finalityMs ?? networkSettings.solana.finalityMs,
    priorityFeeMax: config.priorityFeeMax ?? priorityFeeMax,
    slots: async () => {
      const { at, of } = await accountsAt(rpc, nonceAccounts, 'finalized');
      const slots = nonceAccounts.flatMap((nonceAccount, index) => {
        const state = nonceIn(of[index] ?? null);
        const isOurs = state.is === 'set' && state.authority === treasury;
        return isOurs ? [{ nonceAccount, nonce: state.nonce }] : [];
      });
      return { at, slots };
    },
    finalTokens: async () => {
      const { at, of } = await accountsAt(rpc, [tokens], 'finalized');
      const [read = null] = of;
      const held = tokensIn(read);
      // What is not there holds nothing; what is something else is not read.
      if (held === null && read !== null)
        throw new UnavailableError('solana: the treasury’s account is none of the token');
      return { balance: held?.amount ?? 0n, height: at };
    },
    finalLamports: async () => {
      const [{ at, of }, least] = await Promise.all([
        accountsAt(rpc, [treasury], 'finalized'),
        rentOf(0),
      ]);
      const held = BigInt(of[0]?.lamports ?? 0);
      return { balance: held > least ? held - least : 0n, height: at };
    },
    tokenAccountRent: () => rentOf(tokenAccountBytes),
    refusal: (payer, to, value, of) => refusalOf(rpc, payer, to, value, of),
    isNamed: (to, of, words, since) =>
      isNamedAt(rpc, of === null ? to : tokenAccountOf(to, of), words, since - namedBeforeMs),
    price: () => priceOf(rpc, treasury),
    send: async (raw) => {
      const wire = Buffer.from(raw).toString('base64');
      // The node carries it out for itself first: a transaction that fails on chain would use its nonce up.
      const options = { encoding: 'base64', preflightCommitment: 'confirmed' };
      const said = await rpc.send({ method: 'sendTransaction', params: [wire, options] });
      if ('result' in said) return typeof said.result === 'string' ? 'accepted' : 'unknown';
      if ('error' in said) return replyFor(said.error);
      return said.lost instanceof ShutError ? { keptBackUntil: said.lost.until } : 'unknown';
    },
  };
}

/** Looks through what is no older than `since`, and some more: what was not read to there may have the words. */
async function isNamedAt(rpc: Rpc, place: string, words: string, since: number): Promise<boolean> {
  const until = systemClock.now() + namedListMs;
  let seen = 0;
  for await (const page of pagesOf(rpc, place, 'confirmed')) {
    if (page.some(({ memo, err }) => err === null && memo?.includes(words))) return true;
    // A time that is not told, or was never set, proves nothing.
    const oldest = page.at(-1)?.blockTime || Number.POSITIVE_INFINITY;
    seen += page.length;
    if (seen >= namedNewestMin && oldest * 1_000 < since) return false;
    if (systemClock.now() >= until)
      throw new UnavailableError('solana: a destination has more transactions than can be read');
  }
  return false;
}

async function checkMint(rpc: Rpc, mint: string): Promise<void> {
  const { of } = await accountsAt(rpc, [mint], 'confirmed');
  const decimals = decimalsIn(of[0] ?? null);
  const wrong = 'SOLANA_USDC_MINT is not USDC as Circle issues it:';
  if (decimals === null) throw new SettingError(`${wrong} it is no mint of the token program`);
  if (decimals !== usdcDecimals)
    throw new SettingError(`${wrong} it has ${decimals} decimals, not ${usdcDecimals}`);
}

/** A node has no such method, or takes no such parameters (JSON-RPC 2.0, section 5.1). Any other refusal is no answer. */
const hasNone: ReadonlySet<number> = new Set([-32_601, -32_602]);

/** What recent blocks have taken of those who pay with the treasury; a node that does not say has none to say. */
async function priceOf(rpc: Rpc, treasury: string): Promise<bigint> {
  try {
    const recent = await rpc.ask(fees, 'getRecentPrioritizationFees', [treasury]);
    const prices = recent.map((one) => one.prioritizationFee).toSorted((a, b) => a - b);
    const place = Math.min(prices.length - 1, Math.floor((prices.length * pricePercentile) / 100));
    return BigInt(prices[place] ?? 0);
  } catch (error) {
    if (error instanceof RefusedCallError && hasNone.has(error.said.code)) return 0n;
    throw error;
  }
}
