/**
 * Where our money stands on each network: what the treasury has, what is signed and not final, what waits for money, and the gas
 * lanes. A node that does not answer is said to be unknown, with a reason, and keeps nobody waiting for the others.
 */
import { all } from '../kernel/all.ts';
import { errorName } from '../kernel/errors.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { formatAmount } from '../kernel/money.ts';
import type { Address, Network } from '../kernel/networks.ts';
import { type Instant, timeOf } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { standsSince } from '../payout/patience.ts';
import { convertedOf, type Payable, type SentPayout } from '../payout/rail.ts';
import { evmAttemptOf } from '../rails/evm/attempt.ts';
import type { Chain, PayoutContract } from '../rails/evm/chain.ts';
import type { Address as EvmAddress } from '../rails/evm/hex.ts';
import { latestAttempt, readingOnce } from '../store/attempt.ts';
import type { Store } from '../store/store.ts';
import { waitReasonOf } from '../withdrawal/retry.ts';
import { needsOnRamp, type Withdrawal } from '../withdrawal/withdrawal.ts';

export type TreasuryWorld = {
  store: Pick<Store, 'attempt' | 'batch' | 'nextNumber'>;
  networks: readonly Network[];
  /** Throws when the node does not answer as it should. */
  chain(
    network: Network,
  ): Promise<
    Pick<Chain, 'treasury' | 'finalBalance' | 'etherOf' | 'transactionCount' | 'payoutContract'>
  >;
  /** `null`: nobody but who signs may read which they are. */
  lanes(): Promise<readonly EvmAddress[] | null>;
  clock: Clock;
  /** The withdrawals that have not ended, the oldest first; `complete`: they are all there is. */
  open(): Promise<{ withdrawals: readonly Withdrawal[]; complete: boolean }>;
  /** Answers `late` when the work takes too long. */
  inTime<T>(work: Promise<T>): Promise<T | 'late'>;
};

/** So many attempts are looked at for the oldest of a lane. */
const attemptsMax = 100;
const weiDecimals = 18;

const ether = (wei: bigint): string => {
  const digits = wei.toString().padStart(weiDecimals + 1, '0');
  const fraction = digits.slice(-weiDecimals).replace(/0+$/, '').padEnd(2, '0');
  return `${digits.slice(0, -weiDecimals)}.${fraction}`;
};
const usdc = (units: bigint): string => formatAmount(units, 'USDC');

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
    const name = errorName(error);
    return {
      unknown:
        name === 'WrongChainError'
          ? 'The node is of another chain.'
          : name === 'UnavailableError'
            ? 'The node is not answering.'
            : `It could not be read (${name}).`,
    };
  }
}

export const isSent = (one: Withdrawal): one is SentPayout =>
  one.stage === 'signed' || one.stage === 'broadcast';
const isPayable = (one: Withdrawal): one is Payable =>
  one.stage === 'converted' || (one.stage === 'reserved' && !needsOnRamp(one));

const summed = (values: readonly bigint[], since: readonly Instant[]) => ({
  count: values.length,
  amount: usdc(values.reduce((sum, value) => sum + value, 0n)),
  oldestSince: since.length === 0 ? null : timeOf(Math.min(...since) as Instant),
});

type Carried = { withdrawalId: WithdrawalId; from: Address; nonce: number; since: Instant };

async function carriedBy(
  { store, clock }: TreasuryWorld,
  sent: readonly SentPayout[],
): Promise<Carried[]> {
  const now = clock.now();
  const once = readingOnce(store);
  const found = await all(
    sent.slice(0, attemptsMax).map(async (one): Promise<Carried[]> => {
      const attempt = await latestAttempt(once, one);
      if (attempt === null) return [];
      const { from, nonce } = evmAttemptOf(attempt).carrier;
      return [{ withdrawalId: one.id, from, nonce, since: standsSince(one, now) }];
    }),
  );
  return found.flat();
}

export async function treasuryOf(world: TreasuryWorld) {
  const { networks, inTime, clock } = world;
  const [{ withdrawals, complete }, answered] = await Promise.all([
    world.open(),
    known(inTime, world.lanes),
  ]);
  const lanes = answered ?? {
    unknown: 'The gas keys are secrets, which 4-broadcast alone may read.',
  };
  const now = clock.now();
  const data = await all(
    networks.map(async (network) => {
      const own = withdrawals.filter((one) => one.network === network);
      const sent = own.filter(isSent);
      const short = own.filter(isPayable).filter((one) => waitReasonOf(one) === 'treasury-short');
      const carried = await carriedBy(world, sent);
      const treasury = await known(inTime, async () => {
        const chain = await world.chain(network);
        const { balance } = await chain.finalBalance(chain.treasury);
        return { address: chain.treasury, balance: usdc(balance) };
      });
      const contract = await known(inTime, async () =>
        (await world.chain(network)).payoutContract(),
      );
      const gasLanes =
        'unknown' in lanes
          ? []
          : await all(lanes.map((lane) => laneOf(world, network, lane, carried)));
      return {
        network,
        asset: 'USDC' as const,
        treasury: 'unknown' in treasury ? nothingOf(treasury) : { ...treasury, unknown: null },
        signedNotFinal: summed(
          sent.map(({ payout }) => payout),
          sent.map((one) => standsSince(one, now)),
        ),
        waitsForMoney: summed(
          short.map((one) => convertedOf(one).payout),
          short.map((one) => standsSince(one, now)),
        ),
        gasLanes,
        gasLanesUnknown: 'unknown' in lanes ? lanes.unknown : null,
        payoutContract: togetherBy(contract),
      };
    }),
  );
  return { data, complete };
}

function togetherBy(contract: PayoutContract | Unknown) {
  if ('unknown' in contract) return { address: null, inUse: null, why: contract.unknown };
  const address = 'address' in contract ? contract.address : null;
  const setting = 'EVM_PAYOUT_CONTRACT_<NETWORK>';
  switch (contract.is) {
    case 'ready':
      return { address, inUse: true, why: null };
    case 'not-set':
      return { address, inUse: false, why: `Payouts go one by one: ${setting} names no contract.` };
    case 'absent':
      return { address, inUse: false, why: 'Payouts go one by one: no code stands there.' };
    case 'other-code':
      return { address, inUse: false, why: 'Payouts go one by one: other code stands there.' };
    default:
      return contract satisfies never;
  }
}

const nothingOf = ({ unknown }: Unknown) => ({ address: null, balance: null, unknown });

async function laneOf(
  { store, chain, inTime }: TreasuryWorld,
  network: Network,
  address: EvmAddress,
  carried: readonly Carried[],
) {
  const said = await known(inTime, async () => {
    const asked = await chain(network);
    const [wei, mined] = await Promise.all([
      asked.etherOf(address),
      asked.transactionCount(address),
    ]);
    return { wei, mined };
  });
  const given = await store.nextNumber({ network, address });
  const mined = 'unknown' in said ? null : said.mined;
  const oldest = carried
    .filter((one) => one.from === address && (mined === null || one.nonce >= mined))
    .sort((a, b) => a.nonce - b.nonce)
    .at(0);
  const wei = 'unknown' in said ? null : said.wei;
  return {
    address,
    balance: wei === null ? null : ether(wei),
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
      'unknown' in said ? said.unknown : wei === null ? 'The node does not say what it has.' : null,
  };
}
