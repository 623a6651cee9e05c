/** Makes a store with withdrawals in the stage from which a test starts. */

import { withLoneMoves } from '../../lambdas/adapters/dynamo/lone-moves.ts';
import { dynamoOutputs } from '../../lambdas/adapters/dynamo/outputs.ts';
import { dynamoProposals } from '../../lambdas/adapters/dynamo/proposals.ts';
import { dynamoRequests } from '../../lambdas/adapters/dynamo/requests.ts';
import { dynamoStore } from '../../lambdas/adapters/dynamo/store.ts';
import { dynamoWires } from '../../lambdas/adapters/dynamo/wires.ts';
import type { Gates } from '../../lambdas/core/breakers/gates.ts';
import type { Brokerage } from '../../lambdas/core/brokerage/brokerage.ts';
import type { BrokerageWorld } from '../../lambdas/core/brokerage/world.ts';
import type { WalletId, WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import type { Clock } from '../../lambdas/core/kernel/world.ts';
import { isAtBrokerage } from '../../lambdas/core/ledger/wallet.ts';
import type { Proposals } from '../../lambdas/core/operations/four-eyes.ts';
import { cancelledByUs, ending } from '../../lambdas/core/payout/ending.ts';
import { isSent } from '../../lambdas/core/payout/rail.ts';
import type { Requests } from '../../lambdas/core/requests/store.ts';
import type { BoundOutputs } from '../../lambdas/core/store/outputs.ts';
import type { Store, WireStore } from '../../lambdas/core/store/store.ts';
import { makeRefund } from '../../lambdas/core/wallet/refund.ts';
import { makeDebitAtBrokerage } from '../../lambdas/core/wallet/rung-journal.ts';
import { makeWriter, type WriterWorld } from '../../lambdas/core/wallet/writer.ts';
import {
  type In,
  moveTo,
  type Stage,
  type Withdrawal,
} from '../../lambdas/core/withdrawal/withdrawal.ts';
import { startDatabase, type TestDatabase } from './dynoxide.ts';
import { allOn, testGates } from './gates.ts';
import { at, evenDice, minorOf, plenty, requestedOf, testClock, walletOf } from './things.ts';

export type TestWorld = {
  store: Store & WireStore;
  requests: Requests;
  proposals: Proposals;
  outputs: BoundOutputs;
  /** Makes a withdrawal of 100.00 USD on a wallet of its own, held and reserved. */
  reserved(given?: Partial<In<'requested'>>): Promise<In<'reserved'>>;
  /** The withdrawal as the store has it now. */
  now(id: WithdrawalId): Promise<Withdrawal>;
  stop(): void;
};

export async function startWorld(database?: TestDatabase): Promise<TestWorld> {
  const { client, tables, stop } = database ?? (await startDatabase());
  const store = {
    ...withLoneMoves(dynamoStore(client, tables), client, tables),
    ...dynamoWires(client, tables),
  };
  const requests = dynamoRequests(client, tables, 1_000);
  return {
    store,
    requests,
    proposals: dynamoProposals(client, tables),
    outputs: dynamoOutputs(client, tables),
    stop,
    reserved: async (given = {}) => {
      const wallet = walletOf(given.currency === undefined ? {} : { currency: given.currency });
      await requests.createWallet(wallet);
      const requested = requestedOf(wallet, given);
      await requests.createWithdrawal(requested, []);
      return move(store, requested, moveTo(requested, 'reserved', {}, at(2_000)));
    },
    now: async (id) => {
      const [found] = await store.withdrawals([id]);
      if (found === undefined) throw new Error(`${id} is gone`);
      return found;
    },
  };
}

/** Commits a move that a test takes for granted. */
export async function move<S extends Stage>(
  store: Store,
  from: Withdrawal,
  to: In<S>,
): Promise<In<S>> {
  const refused = await store.commit([{ change: 'withdrawal', from, to: to as Withdrawal }]);
  if (refused.length > 0) throw new Error(`the test's own move of ${from.id} was refused`);
  return to;
}

/** Two people have said that the payout is to be ended. */
export async function endPayout(
  { store, now }: Pick<TestWorld, 'store' | 'now'>,
  id: WithdrawalId,
  at: Instant,
  why?: string,
): Promise<void> {
  const from = await now(id);
  if (!isSent(from)) throw new Error(`${id} is ${from.stage}`);
  await move(store, from, ending(from, cancelledByUs, at, why));
}

/** A withdrawal whose dollars the on-ramp has turned into the asset: the next thing is its payout. */
export async function convertedIn(
  { store, reserved }: Pick<TestWorld, 'store' | 'reserved'>,
  given: Partial<In<'requested'>>,
): Promise<In<'converted'>> {
  const held = await reserved(given);
  const converting = await move(store, held, moveTo(held, 'converting', {}, at(3_000)));
  const facts = { payout: minorOf(99_500_000n), fee: minorOf(50n) };
  return move(store, converting, moveTo(converting, 'converted', facts, at(4_000)));
}

const inOneTurn = (): Promise<boolean> => {
  throw new Error('what waits in the wallet was handed on');
};

/** The world of a step that asks no brokerage. */
export const stepWorld = (
  store: Store,
  clock: Clock = testClock(),
): BrokerageWorld & { gates: Gates } & Pick<WriterWorld, 'handOn'> => ({
  handOn: inOneTurn,
  gates: testGates(clock).gates,
  switches: allOn,
  store,
  clock,
  dice: evenDice,
  budget: plenty,
  brokerage: new Proxy({} as Brokerage, {
    get: (_, name) => {
      throw new Error(`the brokerage was asked: ${String(name)}`);
    },
  }),
});

/** What the steps do when a wallet's inbox is rung for: 2-debit, or 2-journal where it is at a brokerage. */
export const debitIn =
  (world: BrokerageWorld & { gates: Gates }) =>
  async (id: WalletId): Promise<'done' | 'unfinished'> => {
    const found = await world.store.wallet(id);
    if (found !== null && isAtBrokerage(found.wallet))
      return makeDebitAtBrokerage(world)(id, world.clock.now());
    return makeWriter({ handOn: inOneTurn, ...world }, new Map())([id], world.clock.now());
  };

/** What the steps do when withdrawals are rung for whose hold ends: 2-debit, and 6-refund where they are at a brokerage. */
export const endIn =
  (world: BrokerageWorld) =>
  async (ids: readonly WithdrawalId[]): Promise<'done' | 'unfinished'> => {
    const end = await makeWriter({ handOn: inOneTurn, ...world }, new Map())(
      ids,
      world.clock.now(),
    );
    return end === 'unfinished' ? end : makeRefund(world)(ids);
  };
