/** What is left of our money on a route, and of what its fees are paid with. What cannot be read is unread, and never zero. */
import { all } from '../kernel/all.ts';
import { count, type Measure } from '../kernel/measure.ts';
import { type Currency, decimals, type Minor, sumOf } from '../kernel/money.ts';
import { comparable, type Route } from '../kernel/networks.ts';
import { isSent } from '../payout/rail.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { gasLeftMin } from './limits.ts';
import { known, type TreasuryWorld } from './treasury.ts';

/** What a person has to look at, in the words of a log line. */
export type Alert = { says: string; facts: Readonly<Record<string, string | number>> };

export type Money = Route & {
  measures: readonly Measure[];
  low: readonly { kind: 'treasury' | 'gas'; alert: Alert }[];
  unread: string | null;
};

type MoneyWorld = Pick<TreasuryWorld, 'money' | 'inTime'> & {
  treasuryLow: Partial<Record<Currency, Minor>>;
};

export async function moneyOn(
  { money, inTime, treasuryLow }: MoneyWorld,
  { network, asset }: Route,
  open: readonly Withdrawal[],
): Promise<Money> {
  const asking = () => money({ network, asset });
  // Keys that only the signer may read have balances that nobody else may see: they are no failure to read.
  const own = await known(inTime, async () => (await (await asking()).feePayers()) ?? []);
  const said = await known(inTime, async () => {
    const asked = await asking();
    const readable = 'unknown' in own ? [] : own;
    const [balance, perPayout, payers, slots] = await Promise.all([
      asked.balance(),
      asked.feeOfPayout(),
      all(readable.map(async (payer) => ({ payer, wei: (await asked.feePayer(payer)).balance }))),
      asked.slots(),
    ]);
    return {
      address: asked.treasury,
      balance,
      perPayout,
      payers,
      slots,
      coin: 10 ** asked.feeDecimals,
    };
  });
  const units = (amount: bigint): number => Number(amount) / 10 ** decimals[asset];
  const named = (name: string, amount: bigint): Measure => ({
    name: `${name}-${asset}-${network}`,
    unit: 'None',
    value: units(amount),
  });
  const signed = sumOf(open.filter(isSent).map(({ payout }) => payout));
  const signedNow = named('signed', signed);
  if ('unknown' in said)
    return { network, asset, measures: [signedNow], low: [], unread: said.unknown };
  const { address, balance, perPayout, payers, slots, coin } = said;
  const free = balance > signed ? balance - signed : 0n;
  const low = treasuryLow[asset] ?? 0n;
  // A treasury that pays its own fees is low by what it has of the asset.
  const others = payers.filter(({ payer }) => comparable(payer) !== comparable(address));
  const left = others.flatMap(({ payer, wei }) =>
    wei === null ? [] : [{ payer, wei, payouts: payoutsOf(wei, perPayout) }],
  );
  const lowTreasury: Alert = {
    says: 'treasury low',
    facts: { network, asset, free: units(free), low: units(low) },
  };
  return {
    network,
    asset,
    measures: [
      signedNow,
      named('treasury', balance),
      named('treasury-free', free),
      ...left.flatMap(({ wei, payouts }): Measure[] => [
        { name: `gas-balance-${network}`, unit: 'None', value: Number(wei) / coin },
        count(`gas-left-${network}`, payouts),
      ]),
      ...(slots === null ? [] : [count(`slots-free-${asset}-${network}`, slots.free)]),
    ],
    low: [
      ...(free < low ? [{ kind: 'treasury' as const, alert: lowTreasury }] : []),
      ...left
        .filter(({ payouts }) => payouts < gasLeftMin)
        .map(({ payer, payouts }) => ({
          kind: 'gas' as const,
          alert: { says: 'gas lane low', facts: { network, lane: payer, payouts } },
        })),
    ],
    unread:
      ('unknown' in own ? own.unknown : null) ??
      (left.length < others.length ? 'The node does not say what a gas lane has.' : null),
  };
}

/** How many payouts a lane can carry at the price of now. A chain that takes nothing for gas is never low. */
const payoutsOf = (wei: bigint, perPayout: bigint): number =>
  perPayout === 0n ? gasLeftMin : Number(wei / perPayout);
