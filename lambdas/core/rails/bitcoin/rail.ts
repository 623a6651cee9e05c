/**
 * Payouts of bitcoin, as a rail (core/payout/rail.ts). The exclusive resource are outputs of the treasury: they are bound to the payout
 * in the write that saves it, every attempt spends the same ones, and no other payout ever does. So at most one attempt is ever in
 * the chain, and what has spent them is the verdict.
 */
import type { Found } from '../../effect/kind.ts';
import { all } from '../../kernel/all.ts';
import type { Attempted } from '../../kernel/outcome.ts';
import type { Clock } from '../../kernel/world.ts';
import type { Rail, RailView, Taken } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { BoundOutputs } from '../../store/outputs.ts';
import type { Store } from '../../store/store.ts';
import { bitcoinAddress, scriptOf } from './address.ts';
import { type BitcoinAttempt, bitcoinAttemptOf } from './attempt.ts';
import type { Chain, ChainView, FeeRates, SendReply, Signer } from './chain.ts';
import { coinsOf } from './coins.ts';
import { dustOf } from './plan.ts';
import { cancellationOf, outpointsOf, type Replacing, replacementFor } from './replace.ts';
import { prepare } from './sign.ts';
import { readVerdicts } from './verdict.ts';

export type BitcoinWorld = {
  store: Pick<Store, 'attempt'>;
  outputs: BoundOutputs;
  signer: Signer;
  clock: Clock;
};

export const bitcoinView = (chain: ChainView, store: Pick<Store, 'attempt'>): RailView => ({
  verdicts: (sent) => readVerdicts(chain, store, sent),
});

export function bitcoinRail(chain: Chain, world: BitcoinWorld): Rail {
  const { store, outputs, signer, clock } = world;
  let read: Promise<FeeRates> | null = null;
  const price = () => {
    read ??= chain.fees();
    return read;
  };
  const coins = coinsOf(outputs, chain, price);
  const ownOf = (attempt: PayoutAttempt): BitcoinAttempt => {
    const own = bitcoinAttemptOf(attempt);
    // What was signed for another chain than is configured now is nothing that may go on by itself.
    if (own.net !== chain.net)
      throw new Error(`${attempt.withdrawalId} was signed for ${own.net}, not for ${chain.net}`);
    return own;
  };
  const replacing = ({ createdAt }: PayoutAttempt): Replacing => ({
    ...{ signer, chain, price },
    waited: clock.now() - createdAt,
  });
  return {
    ...bitcoinView(chain, store),
    finalityMs: chain.finalityMs,
    funds: coins.free,
    // Whoever is paid has no say in it. Dust is relayed by nobody, and an address of another network is nobody's here.
    refusal: async ({ to, value }, attempt) => {
      if (attempt !== undefined) return null;
      if ('wrong' in bitcoinAddress(to, chain.net)) return { by: 'payee', why: 'receiver' };
      return value < dustOf(scriptOf(to, chain.net)) ? { by: 'payee', why: 'amount' } : null;
    },
    prepare: (payments) => prepare({ signer, outputs }, chain, coins, price, payments),
    submit: async (attempt) => {
      const { raw, txId } = ownOf(attempt);
      return answered(await chain.send(raw, txId));
    },
    lookUp: (attempts) => all(attempts.map((one) => lookUp(chain, ownOf(one)))),
    replace: (attempt, standing) =>
      replacementFor(replacing(attempt), { attempt, own: ownOf(attempt) }, standing),
    cancel: (attempt) => cancellationOf(replacing(attempt), { attempt, own: ownOf(attempt) }),
  };
}

/**
 * Whether an input is spent in a block, by whomever. What is only in a node's pool counts as nothing: the same bytes may be submitted
 * once more, to a node that has dropped them, and those of another attempt are to be replaced by them.
 */
async function lookUp(chain: Chain, own: BitcoinAttempt): Promise<Found<Taken>> {
  const inputs = outpointsOf(own);
  const unspent = await chain.unspent(inputs, 'without-pool');
  const isUnspent = inputs.every((input) => unspent.has(input));
  return { found: 'these', values: isUnspent ? [] : ['on-chain'] };
}

function answered(reply: SendReply): Attempted<Taken> {
  if (typeof reply === 'object')
    return { outcome: 'NOT_SENT', until: reply.keptBackUntil, why: 'the breaker is open' };
  switch (reply) {
    case 'accepted':
      return { outcome: 'APPLIED', value: 'by-a-node' };
    case 'in-chain':
      return { outcome: 'APPLIED', value: 'on-chain' };
    case 'inputs-gone':
    case 'conflict':
    case 'underpriced':
    case 'too-dear':
    case 'chain-too-long':
    case 'refused':
      return { outcome: 'NOT_APPLIED', code: reply };
    case 'unknown':
      return { outcome: 'UNKNOWN', why: reply };
    default:
      return reply satisfies never;
  }
}
