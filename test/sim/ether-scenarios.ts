/** Payouts of ether: what becomes of a nonce of the treasury. */
import type { Cast, Wallet } from './cast.ts';
import type { Call } from './faults.ts';
import { ends, type Happens, isIn, never, type One, one, type Scenario } from './scenario.ts';

const minute = 60_000;
/** Where the treasury pays ether. */
const env = { EVM_ETHER: 'ethereum' } as const;
const ether = ({ options = {}, ...given }: Omit<One, 'wallet'>): Scenario =>
  one({ since: 'reserved', ...given, wallet: 'ETH', options: { ...options, env } });
const slowly = { slow: 1, slowMsMax: minute } as const;
/** What of a payout the plain one does not show: other bytes for its nonce, and the verdict on it. */
const ofChain = ({ from, to }: Call): boolean =>
  to === 'chain' && (from === 'broadcast' || from === 'confirm');
const ofOperators = ({ from, operation }: Call): boolean =>
  from === 'operators' || operation === 'cancelPayout';

/** Nothing comes to a block while this happens. */
const unmined =
  (happens: Happens): Happens =>
  async (cast, wallet, id) => {
    cast.stage.chain.haltBlocks(true);
    await cast.until(() => cast.stage.stages.get(id) === 'broadcast');
    await happens(cast, wallet, id);
    cast.stage.chain.haltBlocks(false);
  };
/** Two people end it. What has moved on meanwhile they look at, and propose anew. */
const endedByPeople = async ({ cancelPayout, wait }: Cast, id: string): Promise<void> => {
  for (let turn = 0; turn < 3 && (await cancelPayout(id)) === 409; turn += 1) await wait(minute);
};
const nonceTaken = async ({ stage: { chain, treasuries } }: Cast): Promise<void> => {
  const [treasury] = treasuries;
  if (treasury !== undefined) chain.useNonce(treasury);
};

/** Several of one wallet at the same time. */
const several = (
  given: Pick<Scenario, 'name' | 'options' | 'where' | 'since'>,
  happens: (cast: Cast, wallet: Wallet) => Promise<void> = async () => {},
  last: readonly string[] = ['settled'],
): Scenario => ({
  ...given,
  play: async (cast) => {
    const wallet = await cast.wallet('alice', 'ETH', '900.00');
    cast.begin();
    const keys = ['first', 'second', 'third', 'fourth'];
    const ask = (key: string) => cast.withdraw(wallet, { amount: '100.00', key, ends: last });
    await Promise.all([...keys.map(ask), happens(cast, wallet)]);
  },
});

export const etherScenarios: readonly Scenario[] = [
  ether({ name: 'ether', ends: 'settled' }),
  ether({
    name: 'ether, replaced',
    where: ofChain,
    since: 'broadcast',
    ends: 'settled',
    // Its node keeps what it was offered to itself, so it is offered anew as soon as gas is dearer, time and again.
    options: { chain: { dropped: 1 } },
    happens: ends(4, ({ chain }) => {
      chain.options.dropped = 0;
    }),
  }),
  ether({
    name: 'ether, reorganised',
    where: ofChain,
    since: 'broadcast',
    ends: 'settled',
    // It is in a block, and for two minutes none is final: whoever believes the newest one believes what is undone then.
    happens: isIn('broadcast', async ({ stage: { chain }, wait }) => {
      chain.haltFinality(true);
      await wait(2 * minute);
      chain.reorg(10);
      chain.haltFinality(false);
    }),
  }),
  ether({
    name: 'ether, not taken on chain',
    where: ({ from }) => from === 'confirm',
    ends: 'refunded',
    options: { chain: slowly },
    since: 'broadcast',
    happens: isIn('broadcast', async ({ stage }) => {
      stage.chain.options.refusesEther = true;
    }),
  }),
  ether({
    name: 'ether, not taken',
    where: never,
    ends: 'refunded',
    options: { chain: { refusesEther: true } },
  }),
  ether({
    name: 'ether, to a contract that runs',
    where: never,
    ends: 'settled',
    options: { chain: { receiverGas: 60_000n } },
  }),
  ether({
    // It was estimated when it was signed, and by now it wants more than that; it is in a block before it gets other bytes.
    name: 'ether, to a contract that runs for longer',
    where: never,
    ends: 'refunded',
    options: { chain: { ...slowly, slowMsMax: minute / 3 } },
    happens: isIn('broadcast', async ({ stage }) => {
      stage.chain.options.receiverGas = 90_000n;
    }),
  }),
  ether({
    name: 'ether, ended by two people',
    where: (call) => ofOperators(call) || ofChain(call),
    since: 'broadcast',
    ends: 'refunded',
    orLate: 'settled',
    happens: unmined(async (cast, _, id) => {
      await endedByPeople(cast, id);
      await cast.wait(3 * minute);
    }),
  }),
  ether({
    // Both are in pools, and the payment comes to its block: the nodes forget what was to end it.
    name: 'ether, ended too late',
    where: never,
    ends: 'settled',
    happens: isIn('broadcast', async (cast, _, id) => {
      cast.stage.chain.haltFinality(true);
      await cast.wait(30_000);
      await endedByPeople(cast, id);
      await cast.wait(minute);
      cast.stage.chain.haltFinality(false);
    }),
  }),
  ether({
    name: 'ether, its nonce is used by somebody else',
    where: ofChain,
    since: 'broadcast',
    ends: 'review',
    orLate: 'settled',
    happens: unmined(nonceTaken),
  }),
  ether({
    name: 'ether, its nonce is used by somebody else, and two people look',
    where: ofOperators,
    since: 'review',
    ends: 'refunded',
    happens: unmined(async (cast, _, id) => {
      await nonceTaken(cast);
      cast.stage.chain.haltBlocks(false);
      await cast.until(() => cast.stage.stages.get(id) === 'review');
      await endedByPeople(cast, id);
    }),
  }),
  ether({
    // It was offered anew, and the first bytes come to a block all the same.
    name: 'ether, the first of two is mined',
    where: never,
    ends: 'settled',
    happens: unmined(async ({ stage: { chain }, wait }) => {
      await wait(15 * minute);
      const { received } = chain.truth();
      if (new Set(received.map(({ hash }) => hash)).size < 2) throw new Error('offered only once');
      chain.forgetPools();
      chain.replay(received[0]?.raw as `0x${string}`);
    }),
  }),
  ether({
    name: 'ether, while the treasury changes',
    where: ofChain,
    since: 'broadcast',
    ends: 'settled',
    options: { chain: slowly },
    happens: isIn('broadcast', async (cast, wallet) => {
      cast.stage.changeTreasury();
      await cast.withdraw(wallet, { amount: '50.00', key: 'second', ends: ['settled'] });
    }),
  }),
  ether({
    name: 'ether, ended after the treasury has changed',
    where: never,
    ends: 'refunded',
    happens: unmined(async (cast, _, id) => {
      cast.stage.changeTreasury();
      await endedByPeople(cast, id);
      await cast.wait(3 * minute);
    }),
  }),
  {
    // No node takes what was signed with too little gas, and its treasury was replaced: nobody signs it anew. What that treasury has signed
    // after it waits for a day, until it is ended.
    name: 'ether, signed with too little gas by a treasury of before',
    where: never,
    options: { env, chain: { extraGas: 100_000n, shortEstimates: 1 } },
    play: async (cast) => {
      const { chain, stages, changeTreasury } = cast.stage;
      const wallet = await cast.wallet('alice', 'ETH', '900.00');
      cast.begin();
      const ask = async (key: string, end: string, ...until: string[]) => {
        const id = await cast.withdraw(wallet, { amount: '100.00', key, ends: [end] });
        await cast.until(() => until.includes(stages.get(id) ?? ''));
      };
      await ask('first', 'refunded', 'signed');
      chain.options.shortEstimates = 0;
      await ask('second', 'settled', 'signed', 'broadcast');
      changeTreasury();
      await ask('third', 'settled', 'settled');
      // Nothing comes to a block meanwhile, and to make empty ones takes time.
      chain.haltBlocks(true);
      await cast.wait(24 * 60 * minute);
      chain.haltBlocks(false);
    },
  },
  several({
    name: 'ether, several',
    where: ofChain,
    since: 'reserved',
    options: { env, chain: { ...slowly, behind: 0.2 } },
  }),
  several(
    {
      // Somebody's bytes and ours are undone together, and forgotten: ours are offered again.
      name: 'ether, several, and a nonce that is taken for a while',
      where: never,
      options: { env, chain: { reorgDrops: 1 } },
    },
    async (cast) => {
      const { chain } = cast.stage;
      chain.haltFinality(true);
      await nonceTaken(cast);
      await cast.wait(minute);
      chain.reorg(10);
      chain.haltFinality(false);
    },
  ),
  several(
    {
      name: 'ether, several, and not enough of it',
      where: never,
      options: { env, treasuryWei: 250n * 10n ** 18n },
    },
    async ({ stage: { chain, treasuries }, wait }) => {
      await wait(10 * minute);
      for (const treasury of treasuries) chain.fund(treasury, 500n * 10n ** 18n);
    },
  ),
];
