/**
 * Where our money stands on each route: what the treasury has, what is signed and not final, what waits for money, and who pays
 * the fees. What a node does not answer is said to be unknown, with a reason, and keeps nobody waiting for the others; what is ours
 * without it, as an address that money may be sent to, is told all the same.
 */
import { all } from '../kernel/all.ts';
import { whyUnread } from '../kernel/errors.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { type Asset, formatAmount, sumOf } from '../kernel/money.ts';
import { type Address, type Route, routeKey } from '../kernel/networks.ts';
import { type Instant, timeOf } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { standsSince } from '../payout/patience.ts';
import { convertedOf, isPayable, isSent, type Rails, type SentPayout } from '../payout/rail.ts';
import type { RailMoney } from '../payout/rail-money.ts';
import { latestAttempt, readingOnce } from '../store/attempt.ts';
import type { Store } from '../store/store.ts';
import { waitReasonOf } from '../withdrawal/retry.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';

export type TreasuryWorld = {
  store: Pick<Store, 'attempt' | 'batch' | 'nextNumber'>;
  routes: readonly Route[];
  /** Throws when it is not configured as it should be. What is asked of it throws, too, when the node does not answer. */
  money: Rails<RailMoney>;
  clock: Clock;
  /** The withdrawals that have not ended, the oldest first; `complete`: they are all there is. */
  open(): Promise<{ withdrawals: readonly Withdrawal[]; complete: boolean }>;
  /** Answers `late` when the work takes too long. */
  inTime<T>(work: Promise<T>): Promise<T | 'late'>;
};

/** So many attempts are looked at for the oldest of a lane. */
const attemptsMax = 100;

/** An amount of a coin that fees are paid in; it need not be one that we pay out. */
function coins(units: bigint, places: number): string {
  const digits = units.toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '').padEnd(2, '0');
  return `${digits.slice(0, -places)}.${fraction}`;
}

export type Unknown = { unknown: string };
/** What was asked for, or why nobody knows. */
export async function known<T>(
  inTime: TreasuryWorld['inTime'],
  ask: () => Promise<T>,
): Promise<T | Unknown> {
  try {
    const answer = await inTime(ask());
    return answer === 'late' ? { unknown: 'The node did not answer in time.' } : answer;
  } catch (error) {
    return { unknown: whyUnread(error) };
  }
}

const summed = (asset: Asset, values: readonly bigint[], since: readonly Instant[]) => ({
  count: values.length,
  amount: formatAmount(sumOf(values), asset),
  oldestSince: since.length === 0 ? null : timeOf(Math.min(...since) as Instant),
});

type Carried = { withdrawalId: WithdrawalId; from: Address; nonce: number; since: Instant };

async function carriedBy(
  { store, clock }: TreasuryWorld,
  money: RailMoney,
  sent: readonly SentPayout[],
): Promise<Carried[]> {
  const now = clock.now();
  const once = readingOnce(store);
  const found = await all(
    sent.slice(0, attemptsMax).map(async (one): Promise<Carried[]> => {
      const attempt = await latestAttempt(once, one);
      const carrier = attempt && money.carrierOf(attempt);
      if (carrier === null) return [];
      return [{ withdrawalId: one.id, ...carrier, since: standsSince(one, now) }];
    }),
  );
  return found.flat();
}

export async function treasuryOf(world: TreasuryWorld) {
  const { withdrawals, complete } = await world.open();
  const data = await all(world.routes.map((route) => moneyOn(world, route, withdrawals)));
  return { data, complete };
}

async function moneyOn(world: TreasuryWorld, route: Route, open: readonly Withdrawal[]) {
  const { inTime, clock, money } = world;
  const { network, asset } = route;
  const now = clock.now();
  const own = open.filter((one) => routeKey(one) === routeKey(route));
  const sent = own.filter(isSent);
  const short = own.filter(isPayable).filter((one) => waitReasonOf(one) === 'treasury-short');
  const rail = await known(inTime, () => money(route));
  const ask = async <T>(about: (money: RailMoney) => Promise<T>): Promise<T | Unknown> =>
    'unknown' in rail ? rail : known(inTime, () => about(rail));
  const ours =
    'unknown' in rail
      ? { treasury: null, payoutContract: null }
      : { treasury: rail.treasury, payoutContract: rail.payoutContract };
  const [balance, payers, together, slots] = await Promise.all([
    ask(async (asked) => formatAmount(await asked.balance(), asset)),
    ask(async (asked) => (await asked.feePayers()) ?? { unknown: onlyTheSigner }),
    ask((asked) => asked.together()),
    ask((asked) => asked.slots()),
  ]);
  const gasLanes =
    'unknown' in payers || 'unknown' in rail ? [] : await lanesOf(world, route, rail, payers, sent);
  return {
    network,
    asset,
    treasury: {
      address: ours.treasury,
      ...(typeof balance === 'string'
        ? { balance, unknown: null }
        : { balance: null, unknown: balance.unknown }),
    },
    signedNotFinal: summed(
      asset,
      sent.map(({ payout }) => payout),
      sent.map((one) => standsSince(one, now)),
    ),
    waitsForMoney: summed(
      asset,
      short.map((one) => convertedOf(one).payout),
      short.map((one) => standsSince(one, now)),
    ),
    gasLanes,
    gasLanesUnknown: 'unknown' in payers ? payers.unknown : null,
    payoutContract:
      together !== null && 'unknown' in together
        ? { address: ours.payoutContract, inUse: null, why: together.unknown }
        : together,
    slots:
      slots !== null && 'unknown' in slots
        ? { total: null, free: null, unknown: slots.unknown }
        : slots && { ...slots, unknown: null },
  };
}

const onlyTheSigner = 'The gas keys are secrets, which 4-broadcast alone may read.';

/** An address as numbers are kept by it, and as it is written for people. */
type Payer = { address: Address; shown: Address };

/** Those of now, and those of before that have something on its way: nobody else would see what a former treasury's nonces wait for. */
async function lanesOf(
  world: TreasuryWorld,
  route: Route,
  rail: RailMoney,
  payers: readonly Address[],
  sent: readonly SentPayout[],
) {
  const carried = await known(world.inTime, () => carriedBy(world, rail, sent));
  const carrying = 'unknown' in carried ? [] : carried.map(({ from }) => from);
  return all(
    [...new Set([...payers, ...carrying])].map((address) =>
      laneOf(world, route, { address, shown: rail.shown?.(address) ?? address }, carried),
    ),
  );
}

async function laneOf(
  { store, money, inTime }: TreasuryWorld,
  route: Route,
  { address, shown }: Payer,
  carried: readonly Carried[] | Unknown,
) {
  const said = await known(inTime, async () => {
    const asked = await money(route);
    return { ...(await asked.feePayer(address)), decimals: asked.feeDecimals };
  });
  const given = await store.nextNumber({ network: route.network, address });
  const mined = 'unknown' in said ? null : said.used;
  const oldest = ('unknown' in carried ? [] : carried)
    .filter((one) => one.from === address && (mined === null || one.nonce >= mined))
    .sort((a, b) => a.nonce - b.nonce)
    .at(0);
  const balance = 'unknown' in said ? null : said.balance;
  return {
    address: shown,
    balance: balance === null || 'unknown' in said ? null : coins(balance, said.decimals),
    nextNonce: mined === null ? given : Math.max(given ?? 0, mined),
    oldestUnconfirmed:
      oldest === undefined
        ? null
        : {
            withdrawalId: oldest.withdrawalId,
            nonce: oldest.nonce,
            since: timeOf(oldest.since),
          },
    unknown:
      'unknown' in said
        ? said.unknown
        : balance === null
          ? 'The node does not say what it has.'
          : 'unknown' in carried
            ? carried.unknown
            : null,
  };
}
