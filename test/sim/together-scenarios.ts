/** Payouts that share one transaction: what becomes of one of them, of the transaction, and of the others. */
import { getAddress } from 'viem';
import type { Cast } from './cast.ts';
import type { Call } from './faults.ts';
import { never, type Scenario } from './scenario.ts';
import { paymentsIn } from './truth.ts';

const minute = 60_000;
const hour = 60 * minute;
type Hex = `0x${string}`;

/** Two of them are alike: the same amount to the same address. */
const alike = getAddress(`0x${'a1'.repeat(20)}`);
const odd = getAddress(`0x${'0d'.repeat(20)}`);
const destinations = [alike, alike, odd] as const;

type Together = Pick<Scenario, 'name' | 'options' | 'where' | 'since' | 'isOnTheWay'> & {
  /** How the one to `odd` ends, if not as the others. */
  odd?: string;
  orLate?: string;
  happens?: (cast: Cast) => Promise<void>;
};

/** What of a payout others do not show: the submission, and its verdict. */
const ofPayouts = ({ from }: Call): boolean => from === 'broadcast' || from === 'confirm';

function together({ odd: end = 'settled', orLate, happens, ...scenario }: Together): Scenario {
  return {
    since: 'reserved',
    ...scenario,
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '900.00');
      cast.begin();
      const ask = (to: string, index: number): Promise<string> =>
        cast.withdraw(wallet, {
          ...{ amount: '100.00', key: `together-${index}`, to },
          ends: [to === odd ? end : 'settled'],
          ...(orLate === undefined || to !== odd ? {} : { orLate: [orLate] }),
        });
      await Promise.all(destinations.map(ask));
      await happens?.(cast);
    },
  };
}

/** The newest bytes of several payouts that a node was handed, once there are some that pay `odd`. */
async function batchOf({ stage, until }: Cast): Promise<{ raw: Hex; place: number } | null> {
  const newest = () =>
    stage.chain
      .truth()
      .received.findLast(({ batch = [] }) => batch.some(({ to }) => to === odd.toLowerCase()));
  await until(() => newest() !== undefined);
  const found = newest();
  if (found === undefined) return null;
  const place = (found.batch ?? []).findIndex(({ to }) => to === odd.toLowerCase());
  return { raw: found.raw as Hex, place };
}

/** Nothing comes to a block while this happens. */
const unmined =
  (happens: (cast: Cast, batch: { raw: Hex; place: number }) => Promise<void>) =>
  async (cast: Cast): Promise<void> => {
    cast.stage.chain.haltBlocks(true);
    const batch = await batchOf(cast);
    if (batch !== null) await happens(cast, batch);
    cast.stage.chain.haltBlocks(false);
  };

export const togetherScenarios: readonly Scenario[] = [
  together({ name: 'together', isOnTheWay: true, where: ofPayouts }),
  together({
    name: 'together, other code at the contract',
    where: never,
    options: { chain: { otherCode: true } },
  }),
  together({
    name: 'together, one is frozen for a while',
    where: ofPayouts,
    since: 'broadcast',
    happens: unmined(async ({ stage, wait }) => {
      stage.chain.blacklist(odd, true);
      stage.chain.haltBlocks(false);
      await wait(20 * minute);
      stage.chain.blacklist(odd, false);
    }),
  }),
  together({
    name: 'together, one is frozen for good',
    where: never,
    odd: 'refunded',
    orLate: 'settled',
    happens: unmined(async ({ stage }) => void stage.chain.blacklist(odd, true)),
  }),
  together({
    name: 'together, a stranger pays one of them',
    where: ofPayouts,
    since: 'broadcast',
    happens: unmined(async ({ stage, wait }, { raw, place }) => {
      stage.chain.relayAuthorization(raw, place);
      await wait(3 * minute);
    }),
  }),
  together({
    name: 'together, strangers give it too little gas',
    where: never,
    happens: unmined(async ({ stage: { chain } }, { raw }) => {
      for (let gas = 50_000n; gas < 400_000n; gas += 35_000n) chain.relayBatch(raw, gas);
    }),
  }),
  together({
    name: 'together, replaced',
    where: ofPayouts,
    since: 'broadcast',
    happens: unmined(async ({ wait }) => wait(25 * minute)),
  }),
  together({
    name: 'together, one is paid and the rest replaced',
    where: never,
    happens: unmined(async ({ stage, wait }, { raw, place }) => {
      stage.chain.relayAuthorization(raw, place);
      stage.chain.forgetPools();
      await wait(40 * minute);
    }),
  }),
  together({
    name: 'together, reorganised',
    where: ofPayouts,
    since: 'broadcast',
    options: { chain: { reorgDrops: 1 } },
    happens: async (cast) => {
      await batchOf(cast);
      await cast.wait(15_000);
      cast.stage.chain.reorg(1);
    },
  }),
  together({
    name: 'together, until they run out',
    where: never,
    options: { chain: { dropped: 1 } },
    happens: async ({ stage, wait }) => {
      await wait(7 * hour);
      stage.chain.options.dropped = 0;
    },
  }),
  together({
    name: 'together, frozen for a day without blocks',
    where: never,
    odd: 'refunded',
    options: { chain: { dropped: 1 } },
    happens: async (cast) => {
      await batchOf(cast);
      const { chain } = cast.stage;
      chain.blacklist(odd, true);
      await cast.wait(26 * hour);
      chain.options.dropped = 0;
    },
  }),
  together({
    name: 'together, while the treasury changes',
    where: never,
    happens: unmined(async ({ stage, wait }) => {
      stage.changeTreasury();
      await wait(10 * minute);
    }),
  }),
  together({
    name: "together, somebody cancels under the nonces of others' accounts",
    where: never,
    happens: unmined(async ({ stage: { chain } }) => {
      const somebody = `0x${'5b'.repeat(20)}` as const;
      for (const { authorization } of chain.truth().received.flatMap(paymentsIn))
        chain.cancelAuthorization(authorization as Hex, somebody);
    }),
  }),
];
