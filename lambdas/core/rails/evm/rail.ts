/**
 * Payouts of a token on EVM chains, as a rail (core/payout/rail.ts). The exclusive resource is an EIP-3009 nonce of the
 * treasury that signed, and that nonce is a function of the withdrawal: whatever is signed or submitted, by whom and how often, the
 * token lets at most one payment come of it. Gas lanes only carry the signed payouts to the chain, and pay the gas.
 */
import { expired } from '../../effect/verdict.ts';
import { ShutError, UnavailableError } from '../../kernel/errors.ts';
import { type EvmNetwork, isEvmNetwork, type Route } from '../../kernel/networks.ts';
import type { Attempted } from '../../kernel/outcome.ts';
import type { Rail, Rails, RailView, Taken } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Store } from '../../store/store.ts';
import { type EvmAttempt, evmAttemptOf } from './attempt.ts';
import type { Last, Own } from './carry.ts';
import type { Chain, ChainView, GasPrice, SendReply } from './chain.ts';
import { fundsOf } from './funds.ts';
import type { Visit } from './gaps.ts';
import { evmOnly, type Hex } from './hex.ts';
import { authorizationMarginSeconds } from './limits.ts';
import { cancellationOf, isSpentByNow, replacementFor } from './replace.ts';
import { payerOn, prepare, type SigningWorld } from './sign.ts';
import { readVerdicts } from './verdict.ts';

export const evmView = (chain: ChainView, store: Pick<Store, 'attempt'>): RailView => ({
  verdicts: (sent) => readVerdicts(chain, store, sent),
});

/** The EVM network of a route that pays USDC. Throws on another, which no rail here pays. */
export function tokenNetwork({ network, asset }: Route): EvmNetwork {
  if (!isEvmNetwork(network) || asset !== 'USDC')
    throw new Error(`no rail pays ${asset} on ${network}`);
  return network;
}

/** A rail is made anew for each visit. */
export const evmRails =
  (chains: (network: EvmNetwork) => Promise<Chain>, world: SigningWorld): Rails<Rail> =>
  async (route) =>
    evmRail(await chains(tokenNetwork(route)), world);

function evmRail(chain: Chain, world: SigningWorld): Rail {
  const payer = payerOn(chain);
  const funds = fundsOf(world, chain, payer);
  let price: Promise<GasPrice> | null = null;
  const visit: Visit = {
    price: () => {
      price ??= chain.fees();
      return price;
    },
    filled: new Set(),
    dry: new Set(),
  };
  const sending = new Map<Hex, Promise<SendReply>>();
  const own = (attempt: PayoutAttempt): Own => ({ attempt, evm: ownAttempt(chain, attempt) });
  const last = (
    attempt: PayoutAttempt,
    mayNotStay: boolean,
    others: readonly PayoutAttempt[] = [],
  ): Last => ({ ...own(attempt), others: others.map(own), mayNotStay });
  return {
    ...evmView(chain, world.store),
    finalityMs: chain.finalityMs,
    funds: funds.free,
    refusal: async (payment, attempt) => {
      const { value } = payment;
      const to = evmOnly(payment.to);
      try {
        if (attempt === undefined) return await chain.refusal(payer, to, value);
        const signed = ownAttempt(chain, attempt);
        const { ends, from } = signed.authorization;
        if (!ends) return await chain.refusal(from, to, value);
        return (await chain.takes(signed.carrier.from, signed))
          ? null
          : { by: 'us', waits: 'transfers-refused' };
      } catch (error) {
        // What the node does not say of one payment holds up that one only.
        if (!(error instanceof UnavailableError) || error instanceof ShutError) throw error;
        return { by: 'unsaid' };
      }
    },
    prepare: (payments) => prepare(world, chain, funds, payments),
    submit: async (attempt) => {
      const evm = evmAttemptOf(attempt);
      const { raw, carrier } = evm;
      // One answer is that of all members of a batch, which are submitted at the same time.
      const reply = sending.get(raw) ?? chain.send(raw, carrier.nonce);
      if (attempt.batch !== undefined) sending.set(raw, reply);
      // These very bytes may have used it, in a block that came after they were looked for.
      return (await reply) === 'nonce-used' && (await isSpentByNow(chain, evm))
        ? { outcome: 'APPLIED', value: 'on-chain' }
        : answered(await reply);
    },
    lookUp: async (attempts) => {
      const known = attempts.map((attempt) => ownAttempt(chain, attempt));
      const byPayer = Map.groupBy(known, ({ authorization }) => authorization.from);
      const [head, ...spent] = await Promise.all([
        chain.head(),
        ...[...byPayer].map(async ([payer, attempts]) => {
          const nonces = attempts.map(({ authorization }) => authorization.nonce);
          return [payer, await chain.spent(payer, nonces)] as const;
        }),
      ]);
      const spentBy = new Map(spent);
      const goodFrom = Math.floor(head.latestAt / 1_000) + authorizationMarginSeconds;
      return known.map(({ authorization: { from, nonce, validBefore, ends } }) => {
        const isSpent = spentBy.get(from)?.get(nonce);
        if (isSpent === undefined) return { found: 'unclear' };
        if (isSpent) return { found: 'these', values: ['on-chain'] };
        return ends === undefined && validBefore < goodFrom
          ? { found: 'void', code: expired }
          : { found: 'these', values: [] };
      });
    },
    replace: (attempt, standing, company) =>
      replacementFor(world, chain, visit, own(attempt), standing, async () => {
        const { others, isOver } = await company();
        return last(attempt, isOver, others);
      }),
    cancel: async (attempt, company) => {
      const { isOver, isLast } = await company();
      return cancellationOf(world, chain, visit, last(attempt, isOver || !isLast));
    },
  };
}

/** What was signed for another chain or token than is configured now is nothing that may go on by itself. */
function ownAttempt(chain: Chain, attempt: PayoutAttempt): EvmAttempt {
  const own = evmAttemptOf(attempt);
  if (own.chainId !== chain.chainId || own.token !== chain.token)
    throw new Error(
      `${attempt.withdrawalId} was signed for another chain or token than ${chain.network} is now`,
    );
  return own;
}

/** What a node's reply means for the bytes that it was offered. */
export function answered(reply: SendReply): Attempted<Taken> {
  if (typeof reply === 'object')
    return { outcome: 'NOT_SENT', until: reply.keptBackUntil, why: 'the breaker is open' };
  switch (reply) {
    case 'accepted':
    case 'already-known':
      return { outcome: 'APPLIED', value: 'by-a-node' };
    case 'nonce-used':
    case 'nonce-gap':
    case 'underpriced':
    case 'too-dear':
    case 'gas-too-low':
    case 'unfunded':
      return { outcome: 'NOT_APPLIED', code: reply };
    case 'unknown':
      return { outcome: 'UNKNOWN', why: reply };
    default:
      return reply satisfies never;
  }
}
