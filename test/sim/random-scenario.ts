/** Clients and a world by chance: every seed is another mix of wallets, wishes and bad luck. */
import { gasPayers } from '../../local/chains/dev-accounts.ts';
import { anyAddress, type Cast, type Wallet, type WalletKind } from './cast.ts';
import { clients, type EvmNature } from './models/evm-ways.ts';
import type { Behaviour } from './models/receivers.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { stranger } from './scenarios.ts';
import type { StageOptions } from './stage.ts';
import { paymentsIn } from './truth.ts';

/** What clients' receivers make of what they are told. */
const receivers: readonly Behaviour[] = [
  { ok: 1 },
  { ok: 2, serverError: 1, lost: 1 },
  { ok: 1, retryAfter: 1, cut: 1, refused: 1, slow: 1 },
  { serverError: 1, gone: 1, redirect: 1 },
];
const kinds: readonly WalletKind[] = ['USD', 'USDC', 'brokerage'];
const tenants = ['alice', 'bob'] as const;
const second = 1_000;
const minute = 60 * second;

/**
 * `dollars`, `coins` and `parts`: chances of their own for how dollars are paid in, and when reconciliation looks; for what is paid in
 * ether; and for wallets that have been busy, or are.
 */
export function randomScenario(
  random: Random,
  dollars: Random,
  coins: Random,
  parts: Random,
): Scenario {
  const ether = etherIn(coins);
  const incidents = rareIncidents.filter(() => random.chance(0.04));
  const looks = reconciles(dollars);
  return {
    name: 'random',
    options: ether.options(paidIn(outside(random), dollars)),
    play: async (cast) => {
      const wallets: Wallet[] = [];
      for (let index = random.between(1, 3); index > 0; index -= 1) {
        const kind = random.pick(kinds);
        const credit = kind === 'brokerage' ? undefined : '1000.00';
        wallets.push(await cast.wallet(random.pick(tenants), kind, credit));
      }
      const coinWallets = await ether.wallets(cast);
      const growing = [...wallets, ...coinWallets].map((one) => grows(cast, one, parts));
      for (const tenant of tenants) if (random.chance(0.4)) await cast.endpoint(tenant);
      cast.begin();
      // What is alike may be taken for one another; what comes at once is dealt with in one batch.
      const areAlike = random.chance(0.5);
      const spreadMs = random.pick([0, 2 * second, 20 * second]);
      const numbers = new Map<string, number>();
      const keyOf = ({ client: { tenant } }: Wallet): string => {
        const number = (numbers.get(tenant) ?? 0) + 1;
        numbers.set(tenant, number);
        return `order-${number}`;
      };
      const orders = Array.from({ length: random.pick([1, 2, 3, 4, 8]) }, async () => {
        await cast.wait(random.between(0, spreadMs));
        const wallet = random.pick(wallets);
        const amount = areAlike ? '100.00' : `${random.between(1, 400)}.${random.between(10, 99)}`;
        const maxRetries = random.between(0, 4);
        const wanted = {
          amount,
          key: keyOf(wallet),
          to: anyAddress(random),
          maxRetries,
          ends: [],
        };
        const id = await cast.withdraw(wallet, wanted);
        if (random.chance(0.1)) await cast.withdraw(wallet, wanted);
        if (random.chance(0.15)) {
          await cast.wait(random.between(0, minute));
          await cast.act(wallet, id, 'cancelWithdrawal');
        }
        if (random.chance(0.2)) {
          await cast.wait(random.between(0, 10 * minute));
          await cast.act(wallet, id, 'retryWithdrawal');
        }
      });
      const others = [...incidents, ...looks].map((happens) => happens(cast));
      await Promise.all([...orders, ...others, ...ether.plays(cast, coinWallets), ...growing]);
    },
  };
}

/** Some wallets have grown before, and some grow while something is withdrawn from them. */
async function grows(cast: Cast, wallet: Wallet, parts: Random): Promise<void> {
  const [before, afterMs] = [parts.pick([1, 1, 2, 8]), parts.between(0, 30 * second)];
  const isBusy = parts.chance(0.3);
  if (before > 1) {
    cast.grow(wallet, 'inboxShards', before);
    cast.grow(wallet, 'listShards', before);
  }
  if (!isBusy) return;
  await cast.wait(afterMs);
  cast.grow(wallet, 'listShards', 2 * before);
}

/** Reconciliation looks in the middle of it, in some worlds. */
const reconciles = (dollars: Random): ((cast: Cast) => Promise<void>)[] =>
  Array.from({ length: dollars.pick([0, 0, 1, 2]) }, () => {
    const afterMs = dollars.between(0, 10 * minute);
    return async ({ wait, reconcile }) => {
      await wait(afterMs);
      await reconcile();
    };
  });

/** In some worlds the firm wires the dollars, and where not all is well, wires do as they do. */
function paidIn(options: Partial<StageOptions>, dollars: Random): Partial<StageOptions> {
  const way = dollars.pick(['ach', 'ach', 'ach', 'wire', 'virtual-account']);
  if (way === 'ach') return options;
  const env = { ...options.env, ON_RAMP_PAY_IN: way };
  const { alpaca, due } = options;
  if (alpaca === undefined || due === undefined) return { ...options, env };
  // Whose deposit has not come when one of several that are alike comes back late nobody can know (decision 22).
  const late = way === 'wire' ? { returned: 1 } : {};
  const mixed = { complete: 6, approved: 1, 'unknown-word': 1, rejected: 1, canceled: 1, ...late };
  return {
    ...options,
    env,
    alpaca: {
      ...alpaca,
      wireWays: dollars.pick([{ complete: 1 }, mixed]),
      wireArrivalMs: dollars.pick([[second, minute] as const, [minute, 20 * minute] as const]),
      bankMs: dollars.pick([[0, second] as const, [minute, 30 * minute] as const]),
    },
    due: {
      ...due,
      accountMs: dollars.pick([[0, 0] as const, [second, 20 * minute] as const]),
      instructionsMs: dollars.pick([[0, 0] as const, [second, 10 * minute] as const]),
    },
  };
}

async function treasuryChanges({ stage, wait, random }: Cast): Promise<void> {
  await wait(random.between(0, 5 * minute));
  stage.changeTreasury();
}

const weiPerEther = 10n ** 18n;
const [ended, called, again] = ['cancelPayout', 'cancelWithdrawal', 'retryWithdrawal'] as const;
const none = 'none';
/** What becomes of a payout of ether within minutes. */
const changesOfMind = [none, none, none, none, ended, ended, called, again] as const;

/** Half of the worlds pay ether, too: several payouts stand in one line, and whatever can happen to a nonce happens. */
function etherIn(coins: Random) {
  const isPaid = coins.chance(0.5);
  const tenantsOf = Array.from({ length: coins.between(1, 2) }, () => coins.pick(tenants));
  const receiverGas = coins.pick([0n, 0n, 0n, 40_000n, 90_000n]);
  const isShort = coins.chance(0.1);
  const incidents = etherIncidents.filter(() => coins.chance(0.12));
  return {
    options: (options: Partial<StageOptions>): Partial<StageOptions> =>
      isPaid
        ? {
            ...options,
            env: { ...options.env, EVM_ETHER: 'ethereum' },
            chain: { ...options.chain, receiverGas },
            ...(isShort ? { treasuryWei: 150n * weiPerEther } : {}),
          }
        : options,
    wallets: async (cast: Cast): Promise<Wallet[]> => {
      const wallets: Wallet[] = [];
      if (!isPaid) return wallets;
      for (const tenant of new Set(tenantsOf))
        wallets.push(await cast.wallet(tenant, 'ETH', '1000.00'));
      return wallets;
    },
    plays: (cast: Cast, wallets: readonly Wallet[]): Promise<void>[] => {
      if (!isPaid) return [];
      const spreadMs = coins.pick([0, 2 * second, 20 * second, 3 * minute]);
      const orders = Array.from({ length: coins.pick([1, 2, 3, 5, 20]) }, async (_, number) => {
        await cast.wait(coins.between(0, spreadMs));
        const wallet = coins.pick(wallets);
        const amount = coins.pick(['10.00', `${coins.between(1, 140)}.${coins.between(10, 99)}`]);
        const [key, to] = [`ether-${number}`, anyAddress(coins)];
        const id = await cast.withdraw(wallet, { amount, key, to, ends: [] });
        const change = coins.pick(changesOfMind);
        await cast.wait(coins.between(0, 3 * minute));
        if (change === 'cancelPayout') await cast.cancelPayout(id);
        else if (change !== 'none') await cast.act(wallet, id, change);
      });
      const funded = async ({ stage: { chain, treasuries }, wait }: Cast): Promise<void> => {
        await wait(coins.between(minute, 10 * minute));
        for (const one of treasuries) chain.fund(one, 10_000n * weiPerEther);
      };
      const others = [...incidents, ...(isShort ? [funded] : [])].map((one) => one(cast, coins));
      return [...orders, ...others];
    },
  };
}

/** Each in some of the worlds that pay ether. */
const etherIncidents: readonly ((cast: Cast, coins: Random) => Promise<void>)[] = [
  // Somebody sends ether by hand, with the treasury's key.
  async ({ stage: { chain, treasuries }, wait }, coins) => {
    for (let times = coins.between(1, 3); times > 0; times -= 1) {
      await wait(coins.between(0, 3 * minute));
      const [from] = treasuries;
      const to = coins.pick([from, stranger]);
      if (from !== undefined) chain.useNonce(from, to, to === from ? 0n : weiPerEther);
    }
  },
  // Whoever is sent some is a contract that takes none for a while, or wants more gas than it did.
  async ({ stage: { chain }, wait }, coins) => {
    await wait(coins.between(0, 2 * minute));
    chain.options.refusesEther = true;
    await wait(coins.between(0, 10 * minute));
    chain.options.refusesEther = false;
  },
  async ({ stage: { chain }, wait }, coins) => {
    const { receiverGas } = chain.options;
    await wait(coins.between(0, 2 * minute));
    chain.options.receiverGas = receiverGas + 200_000n;
    await wait(coins.between(0, 10 * minute));
    chain.options.receiverGas = receiverGas;
  },
  async ({ stage: { chain }, wait }, coins) => {
    await wait(coins.between(0, 3 * minute));
    chain.haltFinality(true);
    await wait(coins.between(0, 4 * minute));
    chain.reorg(coins.between(1, 20));
    chain.haltFinality(false);
  },
  async ({ stage: { chain }, wait }, coins) => {
    await wait(coins.between(0, 3 * minute));
    chain.forgetPools();
  },
  treasuryChanges,
];

/** What others do on chain, and an operator: each in a few worlds, some time after the beginning, and for a while. */
const rareIncidents: readonly ((cast: Cast) => Promise<void>)[] = [
  async ({ stage: { chain }, wait, random }) => {
    await wait(random.between(0, 3 * minute));
    chain.pause(true);
    await wait(random.between(minute, 15 * minute));
    chain.pause(false);
  },
  async ({ stage: { chain }, wait, random }) => {
    await wait(random.between(0, 3 * minute));
    // Whoever has been paid already, or is about to be.
    const known = chain.truth().received.flatMap((one) => paymentsIn(one).map(({ to }) => to));
    if (known.length === 0) return;
    const frozen = random.pick(known) as `0x${string}`;
    chain.blacklist(frozen, true);
    await wait(random.between(minute, 15 * minute));
    chain.blacklist(frozen, false);
  },
  async ({ stage: { chain }, wait, random }) => {
    await wait(random.between(0, 5 * minute));
    for (const { authorization } of chain.truth().received.flatMap(paymentsIn))
      chain.cancelAuthorization(authorization as `0x${string}`, stranger);
  },
  treasuryChanges,
];

/** What the nodes of a world are like, whether or not it is well otherwise. Most are as most nodes are. */
function nodes(random: Random): Partial<EvmNature> {
  const seldom = <T>(usual: T, others: readonly T[]): T =>
    random.chance(0.9) ? usual : random.pick(others);
  const hasPool = seldom(true, [false]);
  const extraGas = seldom(0n, [100_000n, 400_000n]);
  return {
    words: seldom('geth', clients),
    mempool: hasPool,
    pending: hasPool ? seldom('pool', ['latest', 'refused']) : random.pick(['latest', 'refused']),
    logBlocks: seldom(Number.POSITIVE_INFINITY, [1, 2, 10]),
    logResults: seldom(Number.POSITIVE_INFINITY, [1, 3]),
    batchMax: seldom(Number.POSITIVE_INFINITY, [1, 2, 5]),
    extraGas,
    // Where geth's reckoning is not enough nobody could know without.
    estimates: extraGas > 0n || seldom(true, [false]),
    feeHistory: seldom(true, [false]),
    otherCode: seldom(false, [true]),
  };
}

/** How the outside world is, besides calls that fail. Half of the worlds are well. */
function outside(random: Random): Partial<StageOptions> {
  // One lane for all payouts: who comes at the same time comes for the same nonce.
  const oneLane = { env: { EVM_GAS_KEYS: gasPayers[0]?.privateKey ?? '' } };
  const lanes = random.chance(0.5) ? oneLane : { dryLanes: random.pick([0, 0, 0, 1]) };
  const nature = nodes(random);
  if (random.chance(0.5)) return { ...lanes, chain: nature };
  const rare = (): number => random.pick([0, 0, 0.02, 0.1]);
  const often = (): number => random.pick([0, 0.1, 0.5]);
  return {
    ...lanes,
    receivers: random.pick(receivers),
    dynamodb: {
      indexLag: rare(),
      staleRead: rare(),
      streamLag: rare(),
      lagMaxMs: 150,
      conflict: rare(),
      throttle: rare(),
      unprocessedKeys: rare(),
      anyOrder: 0.5,
      internalError: rare(),
    },
    sqs: {
      throttled: rare(),
      internalError: rare(),
      entryFails: rare(),
      phantomReceive: rare(),
      deleteLost: rare(),
      deletedComesBack: rare(),
      receiveVaries: 0.5,
    },
    alpaca: {
      ways: random.pick([
        { 'at-once': 1 },
        { 'at-once': 3, clearing: 1, 'unknown-word': 1, refused: 1, 'refused-later': 1 },
      ]),
      staleReads: { chance: rare(), ms: [second, minute] },
      staleLists: { chance: often(), ms: [second, 5 * minute], uneven: random.chance(0.5) },
      limited: rare(),
      strangers: random.pick([0, 0, 3]),
      unreadable: rare(),
    },
    due: {
      ways: random.pick([{ paid: 1 }, { paid: 4, 'unknown-paid': 1, failed: 1 }]),
      refusals: random.pick([
        { none: 1 },
        { none: 3, err_channel_restricted: 1, err_aml_risk_score_hit: 1 },
        { none: 3, err_validation: 1 },
      ]),
      staleReads: { chance: rare(), ms: [second, minute] },
      staleLists: { chance: often(), ms: [second, 5 * minute], uneven: random.chance(0.5) },
      limited: rare(),
      strangers: random.pick([0, 0, 3]),
      unreadable: rare(),
      surplus: rare(),
      events: { once: 5, missing: 2, doubled: 2, forged: 1 },
      eventMs: [0, 2 * minute],
    },
    chain: {
      ...nature,
      dropped: rare(),
      slow: rare(),
      behind: rare(),
      reorg: rare(),
      reorgDrops: rare(),
      congested: rare(),
      congestedBlocks: 5,
      spikes: random.pick([0, 0, 0, 0.05]),
      absurdTips: random.pick([0, 0, 0, 0.3]),
      shortEstimates: rare(),
      limited: rare(),
      tooMany: rare(),
    },
  };
}
