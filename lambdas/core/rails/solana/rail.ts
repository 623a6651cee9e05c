/**
 * Payouts on Solana, of USDC (a token of the SPL) and of SOL, as a rail (core/payout/rail.ts). The exclusive resource is the value
 * of a durable nonce account of the treasury: what is signed on it is carried out at most once, as one transaction, and whatever is
 * carried out on it, also as an error, uses it up. It does not run out by itself.
 */
import { all } from '../../kernel/all.ts';
import { ShutError, UnavailableError } from '../../kernel/errors.ts';
import type { Attempted } from '../../kernel/outcome.ts';
import type { Rail, Taken } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Store } from '../../store/store.ts';
import type { SendReply, SolanaChain } from './chain.ts';
import { solanaFunds } from './funds.ts';
import { judge } from './judge.ts';
import { cancellationOf, failed, replacementFor } from './replace.ts';
import { type Asset, prepare, type SigningWorld } from './sign.ts';
import { attemptsOf, onChain, solanaView } from './verdict.ts';

/** A rail is made anew for each visit. */
export function solanaRail(chain: SolanaChain, asset: Asset, world: SigningWorld): Rail {
  const funds = solanaFunds(world, chain, asset);
  const mint = asset === 'USDC' ? chain.mint : null;
  return {
    ...solanaView(chain, world.store),
    finalityMs: chain.finalityMs,
    funds: funds.free,
    refusal: async ({ withdrawalId, to, value, createdAt }, attempt) => {
      // What ends a payout moves nothing that could be refused.
      if (attempt?.ends) return null;
      try {
        const payer = attempt && onChain(chain, attempt).asked.payer;
        const refusal = await chain.refusal(payer ?? chain.treasury, to, value, mint);
        if (refusal !== null || attempt !== undefined) return refusal;
        // Nothing is signed that our books know of. A restored table may have forgotten what was.
        const isPaid = await chain.isNamed(to, mint, withdrawalId, createdAt);
        return isPaid ? { by: 'us', waits: 'signed-before' } : null;
      } catch (error) {
        // What the node does not say of one payment holds up that one only.
        if (!(error instanceof UnavailableError) || error instanceof ShutError) throw error;
        return { by: 'unsaid' };
      }
    },
    prepare: () => prepare(world, chain, asset, funds),
    submit: async (attempt) => answered(await chain.send(onChain(chain, attempt).raw)),
    lookUp: (attempts) => lookUp(chain, world.store, attempts),
    replace: (attempt, standing) => replacementFor(world, chain, funds, attempt, standing),
    cancel: (attempt) => cancellationOf(world, chain, funds, attempt),
  };
}

/**
 * Of each: whether the nonce that it is bound to is used. By whom, and what came of it, is for 5-confirm, but for what was finally
 * carried out as an error while it should pay: that is void, and other bytes may pay it.
 */
async function lookUp(
  chain: SolanaChain,
  store: Pick<Store, 'attempt'>,
  attempts: readonly PayoutAttempt[],
): ReturnType<Rail['lookUp']> {
  const own = attempts.map((attempt) => ({ attempt, ...onChain(chain, attempt) }));
  const accounts = new Set(own.map(({ asked }) => asked.nonceAccount));
  const { at, of } = await chain.nonces([...accounts], 'confirmed');
  const used = own.filter(({ asked, slot }) => {
    const now = of.get(asked.nonceAccount);
    return at >= slot && now !== undefined && !(now.is === 'set' && now.nonce === asked.nonce);
  });
  const judgements = await judge(
    chain,
    await all(
      used.map(async ({ attempt }) => {
        const { withdrawalId, number } = attempt;
        return {
          key: attempt,
          attempts: await attemptsOf(chain, store, withdrawalId, number, attempt),
        };
      }),
    ),
  );
  return own.map(({ attempt, slot, asked }) => {
    const judgement = judgements.get(attempt);
    if (judgement === undefined)
      // A node that is behind the binding, or says nothing of the account, says nothing of the payout.
      return at < slot || !of.has(asked.nonceAccount)
        ? { found: 'unclear' }
        : { found: 'these', values: [] };
    const hasFailed = judgement.is === 'never' && judgement.by === 'ours' && !attempt.ends;
    return hasFailed ? { found: 'void', code: failed } : { found: 'these', values: ['on-chain'] };
  });
}

function answered(reply: SendReply): Attempted<Taken> {
  if (typeof reply === 'object')
    return { outcome: 'NOT_SENT', until: reply.keptBackUntil, why: 'the breaker is open' };
  switch (reply) {
    case 'accepted':
    case 'already-known':
      return { outcome: 'APPLIED', value: 'by-a-node' };
    case 'nonce-used':
    case 'unfunded':
    case 'would-fail':
      return { outcome: 'NOT_APPLIED', code: reply };
    case 'unknown':
      return { outcome: 'UNKNOWN', why: reply };
    default:
      return reply satisfies never;
  }
}
