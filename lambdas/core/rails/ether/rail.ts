/**
 * Payouts of ether, as a rail (core/payout/rail.ts). The exclusive resource is a nonce of the treasury, which pays the value and the gas
 * by one transaction: the chain lets each nonce be used once, so of all that was ever signed for it one transaction acts.
 */
import { ShutError, UnavailableError } from '../../kernel/errors.ts';
import {
  type EvmNetwork,
  isEvmNetwork,
  networkSettings,
  type Route,
} from '../../kernel/networks.ts';
import type { Rail, Rails, RailView } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Store } from '../../store/store.ts';
import type { GasPrice } from '../evm/chain.ts';
import { fundsOf } from '../evm/funds.ts';
import { type Address, evmOnly } from '../evm/hex.ts';
import { answered } from '../evm/rail.ts';
import { payerOn } from '../evm/sign.ts';
import { type EtherAttempt, etherAttemptOf } from './attempt.ts';
import type { EtherChain, EtherView } from './chain.ts';
import { cancellationOf, type Own, replacementFor } from './replace.ts';
import { type EtherWorld, prepare } from './sign.ts';
import { readVerdicts } from './verdict.ts';

/** The network of a route that pays ether. Throws on another, which no rail here pays. */
export function etherNetwork({ network, asset }: Route): EvmNetwork {
  if (!isEvmNetwork(network) || asset !== 'ETH' || !networkSettings[network].assets.includes('ETH'))
    throw new Error(`no rail pays ${asset} on ${network}`);
  return network;
}

export const etherView = (chain: EtherView, store: Pick<Store, 'attempt'>): RailView => ({
  verdicts: (sent) => readVerdicts(chain, store, sent),
});

/** A rail is made anew for each visit. */
export const etherRails =
  (chains: (network: EvmNetwork) => Promise<EtherChain>, world: EtherWorld): Rails<Rail> =>
  async (route) =>
    etherRail(await chains(etherNetwork(route)), world);

function etherRail(chain: EtherChain, world: EtherWorld): Rail {
  const payer = payerOn(chain);
  const funds = fundsOf(world, chain, payer);
  let asked: Promise<GasPrice> | null = null;
  const price = (): Promise<GasPrice> => {
    asked ??= chain.fees();
    return asked;
  };
  const own = (attempt: PayoutAttempt): Own => ({ attempt, ether: ownAttempt(chain, attempt) });
  return {
    ...etherView(chain, world.store),
    finalityMs: chain.finalityMs,
    funds: funds.free,
    refusal: async ({ to, value }, attempt) => {
      // What is signed goes whatever its destination says now: it would hold up all that come after it, and one that fails on
      // chain is proven not to have paid.
      if (attempt !== undefined) return null;
      try {
        return await chain.refusal(payer, evmOnly(to), value);
      } catch (error) {
        // What the node does not say of one payment holds up that one only.
        if (!(error instanceof UnavailableError) || error instanceof ShutError) throw error;
        return { by: 'unsaid' };
      }
    },
    prepare: (payments) => prepare(world, chain, funds, payments),
    submit: async (attempt) => {
      const { raw, carrier } = ownAttempt(chain, attempt);
      return answered(await chain.send(raw, carrier.nonce));
    },
    lookUp: async (attempts) => {
      const known = attempts.map((attempt) => ownAttempt(chain, attempt).carrier);
      const payers = [...new Set(known.map(({ from }) => from))];
      const counts = new Map<Address, number>(
        await Promise.all(
          payers.map(async (from) => [from, await chain.transactionCount(from)] as const),
        ),
      );
      return known.map(({ from, nonce }) => ({
        found: 'these',
        values: nonce < (counts.get(from) ?? 0) ? ['on-chain'] : [],
      }));
    },
    replace: (attempt, standing) => replacementFor(world, chain, price, own(attempt), standing),
    cancel: (attempt) => cancellationOf(world, chain, price, own(attempt)),
  };
}

/** What was signed for another chain than is configured now is nothing that may go on by itself. */
function ownAttempt({ chainId, network }: EtherChain, attempt: PayoutAttempt): EtherAttempt {
  const own = etherAttemptOf(attempt);
  if (own.chainId !== chainId)
    throw new Error(`${attempt.withdrawalId} was signed for another chain than ${network} is now`);
  return own;
}
