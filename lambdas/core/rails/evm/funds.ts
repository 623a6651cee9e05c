/**
 * What a treasury may still sign for: what it has at a final block, less all that is signed and has no verdict at or before
 * that block. What is signed is promised in the write that saves it (core/store/treasury.ts), and taken off again here, by
 * whoever finds the treasury short: until then nobody needs to know.
 */
import { UnavailableError } from '../../kernel/errors.ts';
import type { WithdrawalId } from '../../kernel/ids.ts';
import { sumOf } from '../../kernel/money.ts';
import type { Address, Network } from '../../kernel/networks.ts';
import type { Instant } from '../../kernel/time.ts';
import type { Clock } from '../../kernel/world.ts';
import type { Change } from '../../store/change.ts';
import type { Store } from '../../store/store.ts';
import type { Payouts, Promised, Treasury } from '../../store/treasury.ts';
import type { Withdrawal } from '../../withdrawal/withdrawal.ts';
import { lotPayoutsMax, lotsReadMax, namedBesideMax, namedTogetherMax } from './limits.ts';

export type FundsWorld = {
  store: Pick<Store, 'promised' | 'lots' | 'readable' | 'commit'>;
  clock: Clock;
};

/** What is held: of a token by its address, or of the chain's own coin by its name. */
type Held<Payer> = {
  network: Network;
  token: Address;
  /** At a final block, with that block's height. */
  finalBalance(payer: Payer): Promise<{ balance: bigint; height: number }>;
};
type Priced = { withdrawalId: WithdrawalId; value: bigint };

export type Funds = {
  /** What may be signed for. What was decided meanwhile is looked for only when there is less than `wanted`. */
  free(wanted: bigint): Promise<bigint>;
  /** The changes that promise these payments; refused when somebody else was faster. */
  promise(payments: readonly Priced[]): Promise<Change[]>;
};

/** The funds of one payer as one visit sees them. Throws UnavailableError when a node is behind what is known to be final. */
export function fundsOf<Payer extends Address>(
  { store, clock }: FundsWorld,
  chain: Held<Payer>,
  payer: Payer,
): Funds {
  const { network, token } = chain;
  const treasury: Treasury = { network, token, payer };
  let balance: ReturnType<Held<Payer>['finalBalance']> | null = null;
  const finalBalance = () => {
    balance ??= chain.finalBalance(payer);
    return balance;
  };
  /** What was read last, until this visit has promised something itself. */
  let known: Promised | null = null;
  const read = async () => {
    const [first, promised] = await Promise.all([
      finalBalance(),
      known ?? store.promised(treasury),
    ]);
    known = promised;
    // A payment above this height is taken off the sum already, and not yet off the balance.
    const least = promised.height ?? 0;
    if (first.height < least) balance = null;
    const { balance: has, height } = await finalBalance();
    if (height < least) throw new UnavailableError(`${network}: a node is behind block ${least}`);
    return { has, height, promised };
  };
  return {
    free: async (wanted) => {
      const { has, height, promised } = await read();
      if (has - promised.sum >= wanted) return has - promised.sum;
      await release(treasury, height, promised);
      known = null;
      const now = await read();
      return now.has - now.promised.sum;
    },
    promise: async (payments) => {
      const { balance: has, height } = await finalBalance();
      const { payouts: beside } = known ?? (await store.promised(treasury));
      known = null;
      const by = sumOf(payments.map(({ value }) => value));
      const own = payments.map(({ withdrawalId, value }) => [withdrawalId, value] as const);
      const now = clock.now();
      const common = { change: 'promise', treasury, by, most: has, height } as const;
      // A lot is one more item in the transaction, so a payout by itself goes beside the sum.
      if (own.length + beside.size <= namedBesideMax)
        return [{ ...common, named: new Map(own), moved: new Map() }];
      // Of those who move what is beside only the first is not refused, so who comes with several leaves it there.
      if (own.length > namedTogetherMax)
        return [{ ...common, named: new Map(), moved: new Map() }, ...lotsOf(treasury, own, now)];
      const all = new Map(beside);
      // One that is replaced for more money is promised once more.
      for (const [id, value] of own) all.set(id, (all.get(id) ?? 0n) + value);
      return [{ ...common, named: new Map(), moved: beside }, ...lotsOf(treasury, [...all], now)];
    },
  };

  /** Takes off what the oldest lots have had verdicts for. What is left of them waits behind the others. */
  async function release(of: Treasury, height: number, promised: Promised): Promise<void> {
    const lots = await store.lots(of, lotsReadMax);
    const all = new Map<WithdrawalId, bigint>();
    // A treasury that was changed and changed back may have promised a payout twice.
    for (const [id, value] of lots.flatMap(({ payouts }) => [...payouts]))
      all.set(id, (all.get(id) ?? 0n) + value);
    const left = new Map(all);
    const beside = new Map(promised.payouts);
    let seen = promised.height ?? 0;
    // What cannot be read stays promised, and keeps nobody else from being paid.
    for (const one of await store.readable([...new Set([...all.keys(), ...beside.keys()])])) {
      const decided = decidedAt(one, of.payer);
      if (decided === null || decided > height) continue;
      left.delete(one.id);
      beside.delete(one.id);
      seen = Math.max(seen, decided);
    }
    const decided = new Map([...promised.payouts].filter(([id]) => !beside.has(id)));
    const isOver = left.size < all.size || lots.length === lotsReadMax;
    if (!isOver && decided.size === 0) return;
    const at = clock.now();
    const by = total(all) - total(left) + total(decided);
    // Refused: another worker has done it, and what it has done is read next.
    await store.commit([
      { change: 'release', treasury: of, by, from: promised, height: seen, decided },
      ...(isOver ? lots.map((lot): Change => ({ change: 'lot-done', treasury: of, lot })) : []),
      ...(isOver ? lotsOf(of, [...left], at) : []),
    ]);
  }
}

const total = (payouts: Payouts): bigint => sumOf([...payouts.values()]);

/** A lot is named after its first payout, which is in no other one of that time. */
function lotsOf(
  treasury: Treasury,
  payouts: readonly (readonly [WithdrawalId, bigint])[],
  at: Instant,
): Change[] {
  const lots: Change[] = [];
  for (let start = 0; start < payouts.length; start += lotPayoutsMax) {
    const some = payouts.slice(start, start + lotPayoutsMax);
    const [id = ''] = some[0] ?? [];
    lots.push({ change: 'lot', treasury, lot: { at, id, payouts: new Map(some) } });
  }
  return lots;
}

/**
 * The height of the payer's final payment, or 0 when it is proven that there will be none; `null`: there is no verdict. Another
 * payer signs only after such a proof.
 */
function decidedAt(one: Withdrawal, payer: Address): number | null {
  if ('payer' in one && one.payer !== undefined && one.payer !== payer) return 0;
  switch (one.stage) {
    case 'confirmed':
    case 'settled':
      return one.place.height;
    case 'refunding':
    case 'refunded':
    case 'rejected':
    case 'cancelled':
      return 0;
    case 'requested':
    case 'debiting':
    case 'reserved':
    case 'converting':
    case 'converted':
    case 'signed':
    case 'broadcast':
    case 'review':
      return null;
    default:
      return one satisfies never;
  }
}
