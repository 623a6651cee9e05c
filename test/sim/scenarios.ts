/** What clients do in a run, what becomes of it at the providers, and how each withdrawal has to end when calls do not fail. */
import { getAddress } from 'viem';
import type { Client } from './client.ts';
import type { Random } from './random.ts';
import { brokerageAccounts, ended, network, type Stage, type StageOptions } from './stage.ts';

export type Scenario = {
  name: string;
  options?: Partial<StageOptions>;
  /** Clients' part of it. Resolves when they have nothing more to say. */
  play(cast: Cast): Promise<void>;
};
export type Cast = {
  stage: Stage;
  random: Random;
  /** Wallets are made before anything fails: a client that does not know whether it has made one makes another. */
  wallet(tenant: Tenant, kind: WalletKind, credit?: string): Promise<Wallet>;
  /** From here on calls may fail. */
  begin(): void;
  withdraw(wallet: Wallet, wanted: Wanted): Promise<string>;
  act(wallet: Wallet, id: string, operation: 'cancelWithdrawal' | 'retryWithdrawal'): Promise<void>;
  wait(ms: number): Promise<void>;
  until(holds: () => boolean): Promise<void>;
};
export type Tenant = keyof typeof brokerageAccounts;
export type WalletKind = 'USD' | 'USDC' | 'brokerage';
export type Wallet = { id: string; kind: WalletKind; client: Client };
export type Wanted = {
  amount: string;
  key: string;
  /** Stages in which it may end when no call fails. */
  ends: readonly string[];
  /** And when one does, so that clients come too late. */
  orLate?: readonly string[];
  to?: string;
  maxRetries?: number;
};

const paid = ['settled'];
const anyAddress = (random: Random): string =>
  getAddress(`0x${Array.from({ length: 40 }, () => random.between(0, 15).toString(16)).join('')}`);

/** One withdrawal of each kind of wallet, and every way back. */
const one = (
  name: string,
  kind: WalletKind,
  ends: readonly string[],
  options: Partial<StageOptions> = {},
  then: (cast: Cast, wallet: Wallet, id: string) => Promise<void> = async () => {},
): Scenario => ({
  name,
  options,
  play: async (cast) => {
    const wallet = await cast.wallet('alice', kind, kind === 'brokerage' ? undefined : '500.00');
    cast.begin();
    const wanted = { amount: '100.00', key: 'first', maxRetries: 1 };
    const orLate = ends.includes('cancelled') ? paid : [];
    const id = await cast.withdraw(wallet, { ...wanted, ends, orLate });
    await then(cast, wallet, id);
  },
});

const cancelIn =
  (stage: string) =>
  async (cast: Cast, wallet: Wallet, id: string): Promise<void> => {
    await cast.until(() => cast.stage.stages.get(id) === stage);
    await cast.act(wallet, id, 'cancelWithdrawal');
  };
const inThen =
  (stage: string, then: (cast: Cast, id: string) => void) =>
  async (cast: Cast, _: Wallet, id: string): Promise<void> => {
    await cast.until(() => cast.stage.stages.get(id) === stage);
    then(cast, id);
  };

const blacklisted = '0xbad1000000000000000000000000000000000bad';

export const scenarios: readonly Scenario[] = [
  one('usdc', 'USDC', paid),
  one('on-ramp', 'USD', paid),
  one('brokerage', 'brokerage', paid),
  one('brokerage pending', 'brokerage', paid, { alpaca: { ways: { clearing: 1 } } }),
  one('brokerage rejects', 'brokerage', ['rejected'], { alpaca: { ways: { rejected: 1 } } }),
  one('brokerage refuses', 'brokerage', ['rejected'], { alpaca: { ways: { refused: 1 } } }),
  one('on-ramp refuses', 'USD', ['refunded'], {
    due: { refusals: { err_policy_transfer_limit_exceeded: 1 } },
  }),
  one('on-ramp refuses, brokerage', 'brokerage', ['refunded'], {
    due: { refusals: { err_policy_transfer_limit_exceeded: 1 } },
  }),
  one('on-ramp gives back', 'USD', ['refunded'], { due: { ways: { refunded: 1 } } }),
  one('on-ramp fails', 'USD', ['review'], { due: { ways: { failed: 1 } } }),
  one('cancelled at once', 'USD', ['cancelled'], {}, cancelIn('requested')),
  one('cancelled while converting', 'USD', ['cancelled'], {}, cancelIn('converting')),
  one(
    'cancelled while debiting',
    'brokerage',
    ['cancelled'],
    { alpaca: { ways: { clearing: 1 } } },
    cancelIn('debiting'),
  ),
  one('cancelled, brokerage', 'brokerage', ['cancelled'], {}, cancelIn('converting')),
  one(
    'reversed before signing',
    'brokerage',
    ['refunded'],
    {},
    inThen('converting', ({ stage: { alpaca } }) => {
      for (const { id } of alpaca.truth().journals) alpaca.reverse(id);
    }),
  ),
  {
    name: 'token refuses',
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      cast.stage.chain.blacklist(blacklisted, true);
      cast.begin();
      await cast.withdraw(wallet, {
        amount: '100.00',
        key: 'first',
        to: getAddress(blacklisted.toLowerCase()),
        ends: ['refunded'],
      });
    },
  },
  one(
    'taken up again',
    'USD',
    paid,
    { due: { refusals: { err_policy_transfer_limit_exceeded: 1 } } },
    async (cast, wallet, id) => {
      await cast.until(() => cast.stage.stages.get(id) === 'refunded');
      cast.stage.due.options.refusals = { none: 1 };
      await cast.act(wallet, id, 'retryWithdrawal');
    },
  ),
  {
    name: 'more than there is',
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USD', '150.00');
      cast.begin();
      await cast.withdraw(wallet, { amount: '100.00', key: 'first', ends: paid });
      await cast.withdraw(wallet, { amount: '100.00', key: 'second', ends: ['rejected'] });
    },
  },
];

/** Some of everything, by chance. */
export function randomScenario(random: Random): Scenario {
  const kinds: readonly WalletKind[] = ['USD', 'USDC', 'brokerage'];
  return {
    name: 'random',
    play: async (cast) => {
      const wallets: Wallet[] = [];
      for (let index = 0; index < random.between(1, 3); index += 1) {
        const kind = random.pick(kinds);
        const tenant = random.pick(['alice', 'bob'] as const);
        const credit = kind === 'brokerage' ? undefined : '1000.00';
        wallets.push(await cast.wallet(tenant, kind, credit));
      }
      cast.begin();
      const count = random.between(2, 6);
      const clients = Array.from({ length: count }, async (_, index) => {
        await cast.wait(random.between(0, 20_000));
        const wallet = random.pick(wallets);
        const amount = `${random.between(1, 400)}.${random.between(10, 99)}`;
        const maxRetries = random.between(0, 4);
        const wanted = { amount, key: `key-${index}`, to: anyAddress(random), maxRetries };
        const id = await cast.withdraw(wallet, { ...wanted, ends: [] });
        if (random.chance(0.15)) {
          await cast.wait(random.between(0, 60_000));
          await cast.act(wallet, id, 'cancelWithdrawal');
        }
        if (random.chance(0.2)) {
          await cast.wait(random.between(0, 600_000));
          await cast.act(wallet, id, 'retryWithdrawal');
        }
      });
      await Promise.all(clients);
    },
  };
}

export type Ordered = Wanted & { to: string; wallet: Wallet };
export type Register = {
  /** Before it is sent. */
  asked(order: Ordered): void;
  /** When a client was told that it was taken. */
  accepted(id: string, order: Ordered): void;
};

/** The clients of a run. */
export function castOf(stage: Stage, random: Random, begin: () => void, register: Register): Cast {
  const wait = (ms: number) => new Promise<void>((resolve) => stage.world.after(ms, resolve));
  return {
    stage,
    random,
    begin,
    wait,
    until: async (holds) => {
      const isOver = () => [...stage.stages.values()].every((one) => ended.has(one));
      while (!holds() && !isOver()) await wait(250);
    },
    wallet: async (tenant, kind, credit) => {
      const client = stage.client(tenant);
      const funding =
        kind === 'brokerage'
          ? { type: 'alpaca', accountId: brokerageAccounts[tenant] }
          : { type: 'ledger' };
      const currency = kind === 'USDC' ? 'USDC' : 'USD';
      const made = await client.call('createWallet', { body: { currency, funding } });
      if (made.status !== 201) throw new Error(`wallet: ${JSON.stringify(made)}`);
      const wallet: Wallet = { id: String(made.body['id']), kind, client };
      if (credit === undefined) return wallet;
      const credited = await client.call('createWalletTransaction', {
        path: { walletId: wallet.id },
        body: { type: 'CREDIT', amount: credit },
        key: 'credit',
      });
      if (credited.status !== 202) throw new Error(`credit: ${JSON.stringify(credited)}`);
      return wallet;
    },
    withdraw: async (wallet, { to = anyAddress(random), ...wanted }) => {
      const { amount, key, maxRetries } = wanted;
      const order = { ...wanted, to, wallet };
      register.asked(order);
      const made = await wallet.client.call('createWithdrawal', {
        body: {
          walletId: wallet.id,
          amount,
          asset: 'USDC',
          network,
          destinationAddress: to,
          ...(maxRetries === undefined ? {} : { maxRetries }),
        },
        key,
      });
      if (made.status !== 202 && made.status !== 200)
        throw new Error(`withdrawal: ${JSON.stringify(made)}`);
      const id = String(made.body['id']);
      register.accepted(id, order);
      return id;
    },
    act: async (wallet, id, operation) => {
      // Refused when it is too late, and that is as good.
      const { status } = await wallet.client.call(operation, { path: { id } });
      stage.world.tell('client', `${operation} of ${id}: ${status}`);
    },
  };
}
