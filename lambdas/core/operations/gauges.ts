/**
 * What is looked at by the clock, because no change tells of it: what is left of our money and our gas, what has not ended and for
 * how long, and which circuit breakers are open. What cannot be read is counted as unread, and is never zero.
 */
import type { Breaker } from '../breakers/breaker.ts';
import { all } from '../kernel/all.ts';
import { count, type Measure } from '../kernel/measure.ts';
import { type Currency, currencies, decimals, type Minor } from '../kernel/money.ts';
import { type Network, type Route, routeKey } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { waitingFor } from '../withdrawal/waiting.ts';
import { waitReasons } from '../withdrawal/waits.ts';
import { type Stage, stages, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { type Alert, type Money, moneyOn } from './gauge-money.ts';
import { clockSkewMs, relayHeardMs, standsStillMs } from './limits.ts';
import type { StatsStore } from './stats.ts';
import type { TreasuryWorld } from './treasury.ts';

export type GaugeWorld = Pick<TreasuryWorld, 'routes' | 'money' | 'open' | 'inTime'> & {
  /** What the relay has counted so far. */
  counted: StatsStore['soFar'];
  /** Below this a treasury is low; one of an asset that is not there never is. */
  treasuryLow: Partial<Record<Currency, Minor>>;
  clock: Clock;
};

export type Gauged = { measures: readonly Measure[]; alerts: readonly Alert[] };

export async function gaugesOf(world: GaugeWorld): Promise<Gauged> {
  // What the relay has heard is read last: what was there before, it should have heard of by then.
  const { withdrawals, complete } = await world.open();
  const now = world.clock.now();
  const moneys = await all(
    world.routes.map((route) =>
      moneyOn(
        world,
        route,
        withdrawals.filter((one) => routeKey(one) === routeKey(route)),
      ),
    ),
  );
  const open = openOf(withdrawals, world.routes, now);
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
      ...moneys.flatMap(({ network, asset, unread }) =>
        unread === null
          ? []
          : [{ says: 'balances unread', facts: { network, asset, why: unread } }],
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

const openStages = (Object.keys(stages) as Stage[]).filter(
  (stage) => stages[stage].step !== null || stage === 'review',
);

/** How many stand in each stage, since when the first of them, and how much money; and those that stand still for no reason. */
function openOf(
  withdrawals: readonly Withdrawal[],
  routes: readonly Route[],
  now: Instant,
): Gauged {
  const held = currencies.filter(
    (currency) => currency === 'USD' || routes.some(({ asset }) => asset === currency),
  );
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
          ...held.map((currency): Measure => {
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
