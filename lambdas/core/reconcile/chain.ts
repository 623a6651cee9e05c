/** Our withdrawals against the chain: every outgoing Transfer of the treasury belongs to exactly one of them. */
import type { Asset } from '../kernel/money.ts';
import { type Address, comparable, type Route } from '../kernel/networks.ts';
import type { Paid, Stage, Withdrawal } from '../withdrawal/withdrawal.ts';
import { type Booked, type ChainBook, isOn, type Lost, type Outgoing } from './books.ts';
import { type Difference, inMoney, unlike } from './difference.ts';

const placeOf = (
  { network }: Pick<Route, 'network'>,
  { txId, index }: Pick<Outgoing, 'txId' | 'index'>,
) => `${network} ${txId}#${index}`;
const payoutText = ({ to, value }: { to: Address; value: bigint }, asset: Asset): string =>
  `${inMoney(value, asset)} to ${to}`;
const nothing = 'nothing';

/** `isStill`: whether the withdrawal was last changed longer ago than money may be under way. */
export function payoutDifferences(
  booked: readonly Booked[],
  chain: ChainBook,
  lost: Lost,
  isStill: (withdrawal: Withdrawal) => boolean,
): Difference[] {
  const { asset, keyOf } = chain;
  const here = booked.filter(({ withdrawal }) => isOn(chain, withdrawal));
  const byKey = new Map(
    here.map(({ withdrawal, latest }) => [keyOf(withdrawal.id, latest ?? null), withdrawal]),
  );
  const ofLost = new Set([...lost.withdrawals].map((id) => keyOf(id, null)));
  const differences: Difference[] = [];
  const seen = new Set<string>();
  for (const one of chain.outgoing) {
    if (one.key !== null && ofLost.has(one.key)) continue;
    const withdrawal = one.key === null ? undefined : byKey.get(one.key);
    // An exclusive resource pays once, so a second payment with one is a payment too many.
    if (withdrawal === undefined || one.key === null || seen.has(one.key)) {
      const what = placeOf(chain, one);
      differences.push({
        kind: 'unknown-payout',
        what,
        expected: nothing,
        found: payoutText(one, asset),
      });
      continue;
    }
    seen.add(one.key);
    const difference = paidDifference(withdrawal, one, chain, isStill);
    if (difference !== null) differences.push(difference);
  }
  for (const [key, withdrawal] of byKey) {
    if (seen.has(key) || !isPaid(withdrawal)) continue;
    const { txId, place } = withdrawal;
    if (place.height < chain.from || place.height > chain.to) continue;
    const expected = payoutText({ to: withdrawal.destination, value: withdrawal.payout }, asset);
    differences.push({
      kind: 'missing-payout',
      what: placeOf(chain, { txId, index: place.index }),
      withdrawalId: withdrawal.id,
      expected,
      found: nothing,
    });
  }
  return differences;
}

const isPaid = (one: Withdrawal): one is Withdrawal & Paid =>
  one.stage === 'confirmed' || one.stage === 'settled';

/** The only stages in which a payout of this withdrawal may be on chain. */
const mayBePaid: readonly Stage[] = ['signed', 'broadcast', 'confirmed', 'settled', 'review'];

function paidDifference(
  withdrawal: Withdrawal,
  one: Outgoing,
  on: Route,
  isStill: (withdrawal: Withdrawal) => boolean,
): Difference | null {
  const { id: withdrawalId, stage } = withdrawal;
  const about = { what: placeOf(on, one), withdrawalId };
  const found = payoutText(one, on.asset);
  if (stage === 'refunding' || stage === 'refunded' || stage === 'cancelled')
    return { kind: 'paid-and-given-back', ...about, expected: nothing, found };
  if (!mayBePaid.includes(stage)) {
    if (!isStill(withdrawal)) return null;
    return { kind: 'unrecorded-payout', ...about, expected: `${nothing} while ${stage}`, found };
  }
  const payout = 'payout' in withdrawal ? withdrawal.payout : undefined;
  const { destination } = withdrawal;
  const recorded = isPaid(withdrawal)
    ? { transaction: withdrawal.txId, log: withdrawal.place.index }
    : {};
  const wrong = unlike(
    {
      amount: payout === undefined ? 'none' : inMoney(payout, on.asset),
      destination: comparable(destination),
      ...recorded,
    },
    {
      amount: inMoney(one.value, on.asset),
      destination: comparable(one.to),
      transaction: one.txId,
      log: one.index,
    },
  );
  if (wrong !== null) return { kind: 'wrong-payout', ...about, ...wrong };
  if (isPaid(withdrawal) || !isStill(withdrawal)) return null;
  return { kind: 'unrecorded-payout', ...about, expected: `${nothing} while ${stage}`, found };
}
