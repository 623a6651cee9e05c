/**
 * What is looked at by the clock, because no change tells of it: what is left of our money and our gas, what has not ended and for
 * how long, and which circuit breakers are open. What cannot be read is counted as unread, and is never zero.
 */
import type { Breaker } from '../breakers/breaker.ts';
import { all } from '../kernel/all.ts';
import { count, type Measure } from '../kernel/measure.ts';
import { currencies, decimals, type Minor } from '../kernel/money.ts';
import type { Network } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { Chain } from '../rails/evm/chain.ts';
import type { Address as EvmAddress } from '../rails/evm/hex.ts';
import { payoutGasLimit } from '../rails/evm/limits.ts';
import { waitingFor } from '../withdrawal/waiting.ts';
import { waitReasons } from '../withdrawal/waits.ts';
import { type Stage, stages, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { clockSkewMs, gasLeftMin, relayHeardMs, standsStillMs } from './limits.ts';
import type { StatsStore } from './stats.ts';
import { isSent, known, type TreasuryWorld } from './treasury.ts';

export type GaugeWorld = Pick<TreasuryWorld, 'networks' | 'lanes' | 'open' | 'inTime'> & {
  chain(network: Network): Promise<Pick<Chain, 'treasury' | 'finalBalance' | 'etherOf' | 'fees'>>;
  /** What the relay has counted so far. */
  counted: StatsStore['soFar'];
  /** Below this a treasury is low, in USDC. */
  treasuryLow: Minor;
  clock: Clock;
};

/** What a person has to look at, in the words of a log line. */
export type Alert = { says: string; facts: Readonly<Record<string, string | number>> };
export type Gauged = { measures: readonly Measure[]; alerts: readonly Alert[] };

const weiOfCoin = 10 ** 18;
const usdc = (units: bigint): number => Number(units) / 10 ** decimals.USDC;

export async function gaugesOf(world: GaugeWorld): Promise<Gauged> {
  // What the relay has heard is read last: what was there before, it should have heard of by then.
  const [{ withdrawals, complete }, lanes] = await Promise.all([
    world.open(),
    known(world.inTime, world.lanes),
  ]);
  const now = world.clock.now();
  const moneys = await all(
    world.networks.map((network) =>
      moneyOn(
        world,
        network,
        // Keys that only the signer may read have balances that nobody else may see: they are no failure to read.
        lanes ?? [],
        withdrawals.filter((one) => one.network === network),
      ),
    ),
  );
  const open = openOf(withdrawals, now);
  const { counts, until } = await world.counted();
  const low = (kind: Money['low'][number]['kind']): number =>
    moneys.flatMap((money) => money.low).filter((one) => one.kind === kind).length;
  return {
    measures: [
      ...moneys.flatMap(({ measures }) => measures),
      ...open.measures,
      count('treasury-low', low('treasury')),
      count('gas-low', low('gas')),
      count('balances-unread', moneys.filter(({ unread }) => unread !== null).length),
      // Beyond what was read the numbers of the stages are of the oldest only.
      count('open-unread', complete ? 0 : 1),
      count('relay-unheard', unheardBy(until, withdrawals, now)),
      count('in-flight', Math.max(0, counts.inFlight)),
    ],
    alerts: [
      ...moneys.flatMap((money) => money.low.map(({ alert }) => alert)),
      ...moneys.flatMap(({ network, unread }) =>
        unread === null ? [] : [{ says: 'balances unread', facts: { network, why: unread } }],
      ),
      ...open.alerts,
    ],
  };
}

/**
 * Withdrawals that were accepted a while ago, and after the newest change that the relay has counted. It counts each that is accepted, so
 * there are none unless it is stopped: an event source mapping that is off, or gone, has neither errors nor an age.
 */
const unheardBy = (
  until: Instant | null,
  withdrawals: readonly Withdrawal[],
  now: Instant,
): number =>
  withdrawals.filter(
    ({ createdAt }) => createdAt > (until ?? 0) + clockSkewMs && createdAt < now - relayHeardMs,
  ).length;

type Money = {
  network: Network;
  measures: readonly Measure[];
  low: readonly { kind: 'treasury' | 'gas'; alert: Alert }[];
  unread: string | null;
};

async function moneyOn(
  { chain, inTime, treasuryLow }: GaugeWorld,
  network: Network,
  lanes: readonly EvmAddress[] | { unknown: string },
  open: readonly Withdrawal[],
): Promise<Money> {
  const said = await known(inTime, async () => {
    const asked = await chain(network);
    const own = 'unknown' in lanes ? [] : lanes;
    const [{ balance }, { maxFeePerGas }, ethers] = await Promise.all([
      asked.finalBalance(asked.treasury),
      asked.fees(),
      all(own.map((lane) => asked.etherOf(lane))),
    ]);
    return { balance, perPayout: maxFeePerGas * payoutGasLimit, own, ethers };
  });
  const signed = open.filter(isSent).reduce((sum, { payout }) => sum + payout, 0n);
  const signedNow: Measure = { name: `signed-USDC-${network}`, unit: 'None', value: usdc(signed) };
  if ('unknown' in said) return { network, measures: [signedNow], low: [], unread: said.unknown };
  const { balance, perPayout, own, ethers } = said;
  const free = balance > signed ? balance - signed : 0n;
  const left = ethers.flatMap((wei, index) =>
    wei === null
      ? []
      : [{ lane: own[index] ?? 'unknown', wei, payouts: payoutsOf(wei, perPayout) }],
  );
  const lanesUnread = 'unknown' in lanes ? lanes.unknown : null;
  return {
    network,
    measures: [
      signedNow,
      { name: `treasury-USDC-${network}`, unit: 'None', value: usdc(balance) },
      { name: `treasury-free-USDC-${network}`, unit: 'None', value: usdc(free) },
      ...left.flatMap(({ wei, payouts }): Measure[] => [
        { name: `gas-balance-${network}`, unit: 'None', value: Number(wei) / weiOfCoin },
        count(`gas-left-${network}`, payouts),
      ]),
    ],
    low: [
      ...(free < treasuryLow
        ? [{ kind: 'treasury' as const, alert: lowTreasury(network, free, treasuryLow) }]
        : []),
      ...left
        .filter(({ payouts }) => payouts < gasLeftMin)
        .map(({ lane, payouts }) => ({
          kind: 'gas' as const,
          alert: { says: 'gas lane low', facts: { network, lane, payouts } },
        })),
    ],
    unread:
      lanesUnread ??
      (left.length < ethers.length ? 'The node does not say what a gas lane has.' : null),
  };
}

const lowTreasury = (network: Network, free: bigint, low: bigint): Alert => ({
  says: 'treasury low',
  facts: { network, free: usdc(free), low: usdc(low) },
});

/** How many payouts a lane can carry at the price of now. A chain that takes nothing for gas is never low. */
const payoutsOf = (wei: bigint, perPayout: bigint): number =>
  perPayout === 0n ? gasLeftMin : Number(wei / perPayout);

const openStages = (Object.keys(stages) as Stage[]).filter(
  (stage) => stages[stage].step !== null || stage === 'review',
);

/** How many stand in each stage, since when the first of them, and how much money; and those that stand still for no reason. */
function openOf(withdrawals: readonly Withdrawal[], now: Instant): Gauged {
  const waiting = withdrawals.map((withdrawal) => {
    const waits = waitingFor(withdrawal);
    return { withdrawal, reason: waits?.reason ?? null, ageMs: agedIn(withdrawal, now) };
  });
  const still = waiting.filter(
    ({ reason, ageMs }) =>
      ageMs > standsStillMs &&
      reason !== null &&
      reason !== 'review' &&
      !waitReasons.some((one) => one === reason),
  );
  return {
    measures: [
      ...openStages.flatMap((stage): Measure[] => {
        const own = waiting.filter(({ withdrawal }) => withdrawal.stage === stage);
        const oldestMs = own.reduce((most, { ageMs }) => Math.max(most, ageMs), 0);
        return [
          count(`open-${stage}`, own.length),
          { name: `oldest-${stage}`, unit: 'Seconds', value: Math.round(oldestMs / 1_000) },
          ...currencies.map((currency): Measure => {
            const amounts = own.flatMap(({ withdrawal }) =>
              withdrawal.currency === currency ? [withdrawal.amount] : [],
            );
            const sum = amounts.reduce((total, amount) => total + amount, 0n);
            const value = Number(sum) / 10 ** decimals[currency];
            return { name: `money-${currency}-${stage}`, unit: 'None', value };
          }),
        ];
      }),
      count('stands-still', still.length),
    ],
    alerts: still.slice(0, alertsMax).map(({ withdrawal: { id, stage }, reason, ageMs }) => ({
      says: 'withdrawal stands still',
      facts: { withdrawalId: id, stage, reason: reason ?? '', minutes: Math.round(ageMs / 60_000) },
    })),
  };
}

/** So many are named in the log: they are the oldest. */
const alertsMax = 20;

/** How long it has been in its stage, whatever happened there. */
function agedIn({ history, stage, acceptedAt }: Withdrawal, now: Instant): number {
  const came = history.findLastIndex((line) => line.stage !== stage);
  return Math.max(0, now - (history[came + 1]?.at ?? acceptedAt));
}

/** The sides that are asked through breakers: each breaker's name begins with its own. */
const sideOf = (
  name: string,
  networks: readonly Network[],
): 'brokerage' | 'on-ramp' | 'network' => {
  const [first = ''] = name.split(' ');
  if (networks.some((network) => network === first)) return 'network';
  return first === 'brokerage' ? 'brokerage' : 'on-ramp';
};

/** How many breakers of each side are open. One that is being tried out again is not: work goes on through it. */
export function breakersOf(breakers: readonly Breaker[], networks: readonly Network[]): Gauged {
  const open = breakers.filter(({ state }) => state.is === 'OPEN');
  return {
    measures: (['brokerage', 'on-ramp', 'network'] as const).map((side) =>
      count(
        `breakers-open-${side}`,
        open.filter(({ name }) => sideOf(name, networks) === side).length,
      ),
    ),
    alerts: open.map(({ name, state }) => ({
      says: 'circuit breaker open',
      facts: { name, since: state.is === 'OPEN' ? state.since : 0 },
    })),
  };
}
