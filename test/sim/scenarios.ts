/** One withdrawal of each kind of wallet on its way, and on every way back: how each has to end, whichever call fails. */
import { getAddress } from 'viem';
import type { Exception } from './audit/audit.ts';
import type { Cast, Wallet, WalletKind, Wanted } from './cast.ts';
import { type Call, type Fault, movesMoney } from './faults.ts';
import type { StageOptions } from './stage.ts';

export type Scenario = {
  name: string;
  options?: Partial<StageOptions>;
  /** Single faults are tried from this stage on: what comes before is the same in another scenario. */
  since?: string;
  /** Whether all goes well in it: such scenarios go most of their way together. */
  isOnTheWay?: boolean;
  /** Single faults are tried only at these calls: what the rest does when it fails, other scenarios show. */
  where?: (call: Call) => boolean;
  /** The first request for this fails so, whatever else does. */
  first?: { operation: string; fault: Fault };
  /** What a provider does to the withdrawals against its promise. */
  exception?: Exception;
  /** Clients' part of it. Resolves when they have nothing more to say. */
  play(cast: Cast): Promise<void>;
};

type One = Omit<Scenario, 'play'> & {
  wallet: WalletKind;
  /** In how it ends when no call fails; and when one does, so that clients or the outside world come too late. */
  ends: string;
  orLate?: string;
  to?: string;
  maxRetries?: number;
  before?: (cast: Cast) => Promise<void>;
  happens?: (cast: Cast, wallet: Wallet, id: string) => Promise<void>;
};

const one = ({
  wallet: kind,
  ends,
  orLate,
  to,
  before,
  happens,
  maxRetries = 1,
  ...scenario
}: One): Scenario => ({
  ...scenario,
  play: async (cast) => {
    const wallet = await cast.wallet('alice', kind, kind === 'brokerage' ? undefined : '500.00');
    await before?.(cast);
    cast.begin();
    const id = await cast.withdraw(wallet, {
      amount: '100.00',
      key: 'first',
      maxRetries,
      ends: [ends],
      ...(orLate === undefined ? {} : { orLate: [orLate] }),
      ...(to === undefined ? {} : { to }),
    } satisfies Wanted);
    await happens?.(cast, wallet, id);
  },
});

type Happens = NonNullable<One['happens']>;
const isIn =
  (stage: string, happens: Happens): Happens =>
  async (cast, wallet, id) => {
    await cast.until(() => cast.stage.stages.get(id) === stage);
    await happens(cast, wallet, id);
  };
const cancels: Happens = (cast, wallet, id) => cast.act(wallet, id, 'cancelWithdrawal');
const reverses: Happens = async ({ stage: { alpaca } }) => {
  for (const { id } of alpaca.truth().journals) alpaca.reverse(id);
};
/** Every transfer that it looks at is given back, half a minute later. */
const givesBack: Happens = async ({ stage: { due }, until, wait }) => {
  const inState = (status: string) => due.truth().transfers.filter((one) => one.status === status);
  for (let round = 0; round < 4; round += 1) {
    await until(() => inState('manual_review').length > 0);
    for (const { id } of inState('manual_review')) due.finish(id, 'refund_submitted');
    await wait(30_000);
    for (const { id } of inState('refund_submitted')) due.finish(id, 'refund_processed');
  }
};
const somebody = getAddress('0x50beb0d1000000000000000000000000000b0d1e');
const blacklisted = getAddress('0xbad1000000000000000000000000000000000bad');
/** Longer than it takes to look, to ask again, and to look again. */
const behind = { chance: 1, ms: [8 * 60_000, 8 * 60_000] } as const;
/** What compliance refuses is asked again by nobody, also when an answer was lost. */
const forbidding = { refusals: { err_aml_risk_score_hit: 1 } } as const;
const refusing = { refusals: { err_channel_restricted: 1 } } as const;
/** Every quote runs out: the only refusal that passes. */
const expiring = { refusals: { err_validation: 1 } } as const;

export const scenarios: readonly Scenario[] = [
  one({ name: 'usdc', isOnTheWay: true, wallet: 'USDC', ends: 'settled' }),
  one({ name: 'on-ramp', isOnTheWay: true, wallet: 'USD', ends: 'settled', since: 'reserved' }),
  one({ name: 'brokerage', isOnTheWay: true, wallet: 'brokerage', ends: 'settled' }),
  one({
    name: 'brokerage pending',
    where: ({ from }) => from === 'debit',
    wallet: 'brokerage',
    ends: 'settled',
    since: 'debiting',
    options: { alpaca: { ways: { hours: 1 } } },
  }),
  one({
    name: 'brokerage, lists behind',
    where: movesMoney,
    wallet: 'brokerage',
    ends: 'settled',
    options: { alpaca: { staleLists: behind } },
  }),
  one({
    name: 'brokerage, asked twice',
    where: ({ from }) => from === 'debit',
    first: { operation: 'POST /v1/journals', fault: 'timeout-before' },
    wallet: 'brokerage',
    ends: 'settled',
    since: 'debiting',
  }),
  one({
    name: 'brokerage rejects',
    wallet: 'brokerage',
    ends: 'rejected',
    since: 'debiting',
    options: { alpaca: { ways: { 'refused-later': 1 } } },
  }),
  one({
    name: 'brokerage refuses',
    wallet: 'brokerage',
    ends: 'rejected',
    options: { alpaca: { ways: { refused: 1 } } },
  }),
  one({
    name: 'on-ramp, lists behind',
    where: movesMoney,
    wallet: 'USD',
    ends: 'settled',
    options: { due: { staleLists: behind } },
  }),
  one({
    name: 'on-ramp, asked twice',
    where: ({ from }) => from === 'on-ramp',
    first: { operation: 'POST /v1/transfers', fault: 'timeout-before' },
    wallet: 'USD',
    ends: 'settled',
    since: 'converting',
  }),
  one({
    name: 'on-ramp refuses',
    wallet: 'USD',
    ends: 'refunded',
    since: 'reserved',
    options: { due: refusing },
  }),
  one({
    name: 'compliance refuses',
    wallet: 'USD',
    ends: 'refunded',
    since: 'reserved',
    options: { due: forbidding },
  }),
  one({
    name: 'on-ramp refuses, brokerage',
    wallet: 'brokerage',
    ends: 'refunded',
    since: 'reserved',
    options: { due: refusing },
  }),
  one({
    name: 'on-ramp gives back',
    wallet: 'USD',
    ends: 'refunded',
    since: 'converting',
    happens: givesBack,
    options: { due: { ways: { 'reviewed-never': 1 } } },
  }),
  one({
    name: 'on-ramp fails',
    wallet: 'USD',
    ends: 'review',
    since: 'converting',
    options: { due: { ways: { failed: 1 } } },
  }),
  one({
    name: 'cancelled at once',
    wallet: 'USD',
    ends: 'cancelled',
    orLate: 'settled',
    happens: cancels,
  }),
  one({
    name: 'cancelled while converting',
    wallet: 'USD',
    ends: 'cancelled',
    orLate: 'settled',
    since: 'converting',
    happens: isIn('converting', cancels),
  }),
  one({
    name: 'cancelled while debiting',
    wallet: 'brokerage',
    ends: 'cancelled',
    orLate: 'settled',
    since: 'debiting',
    options: { alpaca: { ways: { clearing: 1 } } },
    happens: isIn('debiting', cancels),
  }),
  one({
    name: 'cancelled, brokerage',
    wallet: 'brokerage',
    ends: 'cancelled',
    orLate: 'settled',
    since: 'converting',
    happens: isIn('converting', cancels),
  }),
  one({
    name: 'reversed before signing',
    wallet: 'brokerage',
    ends: 'refunded',
    since: 'converting',
    happens: isIn('converting', reverses),
  }),
  one({
    name: 'reversed after paying',
    wallet: 'brokerage',
    ends: 'settled',
    since: 'broadcast',
    exception: 'loss-after-payout',
    happens: isIn('broadcast', reverses),
  }),
  one({
    name: 'token refuses',
    wallet: 'USDC',
    ends: 'refunded',
    since: 'reserved',
    to: blacklisted,
    before: async ({ stage }) => {
      stage.chain.blacklist(blacklisted, true);
    },
  }),
  one({
    name: 'authorization cancelled',
    wallet: 'USDC',
    ends: 'refunded',
    since: 'signed',
    options: { chain: { slow: 1, slowMsMax: 60_000 } },
    happens: isIn('broadcast', async ({ stage: { chain } }) => {
      for (const { payment } of chain.truth().received)
        if (payment !== null) chain.cancelAuthorization(payment.authorization as `0x${string}`);
    }),
    orLate: 'settled',
  }),
  one({
    name: 'reorganised',
    isOnTheWay: true,
    wallet: 'USDC',
    ends: 'settled',
    since: 'broadcast',
    happens: isIn('broadcast', async ({ stage, wait }) => {
      await wait(15_000);
      stage.chain.reorg(1);
    }),
  }),
  one({
    name: 'taken up again',
    isOnTheWay: true,
    wallet: 'USD',
    ends: 'settled',
    orLate: 'refunded',
    since: 'refunding',
    options: { due: expiring },
    happens: isIn('refunded', async (cast, wallet, id) => {
      cast.stage.due.options.refusals = { none: 1 };
      await cast.act(wallet, id, 'retryWithdrawal');
    }),
  }),
  one({
    name: 'told to a client',
    isOnTheWay: true,
    wallet: 'USDC',
    ends: 'settled',
    before: async (cast) => void (await cast.endpoint('alice')),
  }),
  one({
    name: 'told to one that is gone',
    wallet: 'USDC',
    ends: 'settled',
    where: ({ from }) => from.startsWith('webhook'),
    options: { receivers: { gone: 1 } },
    before: async (cast) => void (await cast.endpoint('alice')),
  }),
  {
    name: 'told once more',
    where: ({ from }) => from.startsWith('webhook'),
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      const id = await cast.endpoint('alice');
      const { client } = wallet;
      cast.begin();
      const wanted = { amount: '100.00', ends: ['settled'] };
      const first = await cast.withdraw(wallet, { ...wanted, key: 'first' });
      await cast.until(() => cast.stage.stages.get(first) === 'settled');
      await cast.wait(20_000);
      await client.call('rotateWebhookSecret', { path: { id }, body: {} });
      const list = await client.call('listWebhookDeliveries', { path: { id } });
      for (const one of list.body['data'] as { id: string }[])
        await client.call('redeliverWebhook', { path: { id: one.id }, body: {} });
      await cast.withdraw(wallet, { ...wanted, key: 'second' });
    },
  },
  {
    name: 'two alike',
    where: ({ from }) => from === 'on-ramp',
    since: 'reserved',
    play: async (cast) => {
      const wallets = [
        await cast.wallet('alice', 'USD', '500.00'),
        await cast.wallet('bob', 'USD', '500.00'),
      ];
      cast.begin();
      await Promise.all(
        wallets.map((wallet) =>
          cast.withdraw(wallet, { amount: '100.00', key: 'first', ends: ['settled'] }),
        ),
      );
    },
  },
  {
    name: 'more than there is',
    isOnTheWay: true,
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '150.00');
      cast.begin();
      const first = { amount: '100.00', key: 'first', to: somebody, ends: ['settled'] };
      await cast.withdraw(wallet, first);
      await cast.withdraw(wallet, { amount: '100.00', key: 'second', ends: ['rejected'] });
      // The client asks twice, by the same key.
      await cast.withdraw(wallet, first);
    },
  },
];
