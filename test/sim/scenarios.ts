/** One withdrawal of each kind of wallet on its way, and on every way back: how each has to end, whichever call fails. */
import { getAddress } from 'viem';
import { gasPayers, treasury } from '../../local/chains/dev-accounts.ts';
import { batchScenarios } from './batch-scenarios.ts';
import { etherScenarios } from './ether-scenarios.ts';
import { movesMoney } from './faults.ts';
import { grownScenarios } from './grown-scenarios.ts';
import { hookScenarios } from './hook-scenarios.ts';
import { ledgerScenarios } from './ledger-scenarios.ts';
import { ends, type Happens, isIn, never, one, type Scenario } from './scenario.ts';
import { brokerageAccounts } from './stage.ts';
import { togetherScenarios } from './together-scenarios.ts';
import { paymentsIn } from './truth.ts';
import { wireScenarios } from './wire-scenarios.ts';

/** Each payout takes a while to come into a block: there is time for what happens meanwhile. */
const slowly = { slow: 1, slowMsMax: 60_000 } as const;
/** A payout of the old treasury, and what becomes of it under the new one. */
const changesTreasury: Happens = async ({ stage }) => stage.changeTreasury();
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
/** An account that is nobody of ours. */
export const stranger = getAddress('0x5714a9e4000000000000000000000000000005a7');
/** Longer than it takes to look, to ask again, and to look again. */
const behind = { chance: 1, ms: [8 * 60_000, 8 * 60_000] } as const;
/** Limits that nobody reaches. */
const counted = { WALLET_DAILY_LIMIT: 'USD:1000000.00,USDC:1000000.00' } as const;
/** What compliance refuses is asked again by nobody, also when an answer was lost. */
const forbidding = { refusals: { err_aml_risk_score_hit: 1 } } as const;
const refusing = { refusals: { err_channel_restricted: 1 } } as const;
/** Every quote runs out: the only refusal that passes. */
const expiring = { refusals: { err_validation: 1 } } as const;

export const scenarios: readonly Scenario[] = [
  one({ name: 'usdc', isOnTheWay: true, wallet: 'USDC', ends: 'settled' }),
  one({ name: 'on-ramp', isOnTheWay: true, wallet: 'USD', ends: 'settled', since: 'reserved' }),
  // It is rare by chance that what is signed for is written and the answer says that it is not.
  one({
    name: 'on-ramp, signed and told an error',
    where: ({ from }) => from === 'broadcast',
    first: {
      operation: 'TransactWriteItems',
      from: 'broadcast',
      stage: 'converted',
      fault: 'error-after',
    },
    wallet: 'USD',
    ends: 'settled',
    since: 'converted',
  }),
  one({ name: 'brokerage', isOnTheWay: true, wallet: 'brokerage', ends: 'settled' }),
  one({
    name: 'brokerage pending',
    where: ({ from }) => from === 'journal',
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
    where: ({ from }) => from === 'journal',
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
    // What counts for the day, and what it is taken off again, is seen to as well.
    options: { due: refusing, env: counted },
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
    // Neither journal is executed at once.
    options: { due: refusing, alpaca: { ways: { clearing: 1 } } },
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
    name: 'cancelled by somebody else',
    wallet: 'USDC',
    ends: 'review',
    since: 'signed',
    options: { chain: { slow: 1, slowMsMax: 60_000 } },
    happens: isIn('broadcast', async ({ stage: { chain } }) => {
      for (const { authorization } of chain.truth().received.flatMap(paymentsIn))
        chain.cancelAuthorization(authorization as `0x${string}`);
    }),
    orLate: 'settled',
  }),
  one({
    name: 'frozen after it was signed',
    where: (call) => movesMoney(call) && call.stages === 'broadcast',
    wallet: 'USDC',
    ends: 'refunded',
    since: 'broadcast',
    to: somebody,
    options: { chain: { slow: 1, slowMsMax: 60_000 } },
    happens: isIn('broadcast', async ({ stage: { chain } }) => {
      chain.blacklist(somebody, true);
    }),
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
    name: 'in other words',
    where: never,
    wallet: 'USDC',
    ends: 'settled',
    since: 'signed',
    options: { chain: { words: 'nobody', ...slowly } },
  }),
  {
    name: 'nothing is pooled',
    where: never,
    options: {
      chain: { mempool: false, pending: 'refused', words: 'nobody', dropped: 0.5 },
      env: { EVM_GAS_KEYS: gasPayers[0]?.privateKey ?? '' },
    },
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      cast.begin();
      for (const key of ['first', 'second', 'third'])
        await cast.withdraw(wallet, { amount: '100.00', key, ends: ['settled'] });
    },
  },
  one({
    name: 'little at once',
    where: ({ from, to }) => from === 'confirm' && to === 'chain',
    wallet: 'USDC',
    ends: 'settled',
    since: 'broadcast',
    options: { chain: { logBlocks: 1, batchMax: 1 } },
  }),
  one({
    name: 'much gas',
    where: never,
    wallet: 'USDC',
    ends: 'settled',
    since: 'reserved',
    options: { chain: { extraGas: 300_000n, shortEstimates: 0.5 } },
  }),
  one({
    name: 'absurd tips',
    where: never,
    wallet: 'USDC',
    ends: 'settled',
    since: 'reserved',
    options: { chain: { absurdTips: 1 } },
    happens: ends(10, ({ chain }) => {
      chain.options.absurdTips = 0;
    }),
  }),
  one({
    name: 'a spike of gas',
    where: never,
    wallet: 'USDC',
    ends: 'settled',
    since: 'reserved',
    options: { chain: { spikes: 1, ...slowly } },
    happens: ends(10, ({ chain }) => {
      chain.options.spikes = 0;
    }),
  }),
  {
    name: 'a dry lane',
    where: never,
    options: { dryLanes: 1 },
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      cast.begin();
      for (const key of ['first', 'second', 'third', 'fourth'])
        await cast.withdraw(wallet, { amount: '100.00', key, ends: ['settled'] });
    },
  },
  one({
    name: 'offered in vain',
    where: ({ from, to }) => from === 'broadcast' && to === 'chain',
    first: { operation: 'eth_sendRawTransaction', fault: 'error-before', times: 3 },
    wallet: 'USDC',
    ends: 'settled',
    since: 'signed',
  }),
  one({
    name: 'settled in vain',
    where: ({ from, stages }) => from === 'debit' && stages.split(' ').includes('confirmed'),
    first: {
      operation: 'TransactWriteItems',
      from: 'debit',
      fault: 'error-before',
      stage: 'confirmed',
    },
    wallet: 'USDC',
    ends: 'settled',
    since: 'confirmed',
  }),
  one({
    name: 'paused before signing',
    where: never,
    wallet: 'USDC',
    ends: 'settled',
    since: 'reserved',
    before: async ({ stage }) => {
      stage.chain.pause(true);
    },
    happens: ends(10, ({ chain }) => chain.pause(false)),
  }),
  one({
    name: 'paused after signing',
    where: never,
    wallet: 'USDC',
    ends: 'settled',
    since: 'signed',
    options: { chain: slowly },
    happens: isIn('broadcast', async (cast, wallet, id) => {
      cast.stage.chain.pause(true);
      await ends(10, ({ chain }) => chain.pause(false))(cast, wallet, id);
    }),
  }),
  one({
    name: 'payee frozen for a while',
    where: never,
    wallet: 'USDC',
    ends: 'settled',
    since: 'signed',
    to: somebody,
    options: { chain: slowly },
    happens: isIn('broadcast', async (cast, wallet, id) => {
      cast.stage.chain.blacklist(somebody, true);
      await ends(20, ({ chain }) => chain.blacklist(somebody, false))(cast, wallet, id);
    }),
  }),
  one({
    name: 'treasury frozen for a while',
    where: never,
    wallet: 'USDC',
    ends: 'settled',
    since: 'signed',
    options: { chain: slowly },
    happens: isIn('broadcast', async (cast, wallet, id) => {
      cast.stage.chain.blacklist(treasury.address, true);
      await ends(20, ({ chain }) => chain.blacklist(treasury.address, false))(cast, wallet, id);
    }),
  }),
  one({
    name: "strangers under a payout's nonce",
    where: never,
    wallet: 'USDC',
    ends: 'settled',
    since: 'broadcast',
    // The payout itself comes to no block before all that strangers do is final.
    options: { chain: { dropped: 1 } },
    happens: isIn('broadcast', async ({ stage: { chain }, wait }) => {
      for (const payment of chain.truth().received.flatMap(paymentsIn)) {
        // EIP-3009 counts nonces by authorizer: whoever reads ours in a pool may use it up for an account of theirs.
        chain.cancelAuthorization(payment.authorization as `0x${string}`, stranger);
        chain.mint(somebody, payment.micros);
        const to = payment.to as `0x${string}`;
        chain.useAuthorization(payment.authorization as `0x${string}`, somebody, to, 1n);
      }
      await wait(5 * 60_000);
      chain.options.dropped = 0;
    }),
  }),
  one({
    name: 'treasury changes while it pays',
    wallet: 'USDC',
    where: ({ to, from }) => to === 'chain' && (from === 'broadcast' || from === 'confirm'),
    ends: 'settled',
    since: 'broadcast',
    options: { chain: slowly },
    happens: isIn('broadcast', changesTreasury),
  }),
  one({
    name: 'treasury changes while dollars are converted',
    wallet: 'USD',
    where: movesMoney,
    ends: 'settled',
    since: 'converting',
    happens: isIn('converting', changesTreasury),
  }),
  one({
    name: 'treasury changes, and nobody has taken the payout',
    wallet: 'USDC',
    where: never,
    ends: 'settled',
    since: 'signed',
    options: { chain: { extraGas: 300_000n, shortEstimates: 1 } },
    happens: isIn('signed', async (cast, wallet, id) => {
      cast.stage.changeTreasury();
      // Shortly before what the old treasury has signed runs out there is something to do again.
      await cast.wait(5 * 3_600_000 + 51 * 60_000);
      await cast.withdraw(wallet, { amount: '10.00', key: 'second', ends: ['settled'] });
      await ends(60, ({ chain }) => {
        chain.options.shortEstimates = 0;
      })(cast, wallet, id);
    }),
  }),
  one({
    name: 'on-ramp pays less',
    wallet: 'USD',
    where: never,
    ends: 'review',
    since: 'converting',
    options: { due: { payouts: { less: 1 } } },
  }),
  one({
    name: 'strange rows',
    wallet: 'brokerage',
    where: ({ from, changes, to }) => from === 'on-ramp' && to === 'due' && changes,
    first: { operation: 'POST /v1/transfers', fault: 'timeout-after' },
    ends: 'settled',
    options: { alpaca: { strangers: 3 }, due: { strangers: 3 } },
  }),
  one({
    name: 'unreadable rows',
    wallet: 'brokerage',
    where: never,
    ends: 'settled',
    options: { alpaca: { unreadable: 1 }, due: { unreadable: 1 } },
    happens: ends(3, ({ alpaca, due }) => {
      alpaca.options.unreadable = 0;
      due.options.unreadable = 0;
    }),
  }),
  one({
    name: 'parts of a millionth',
    wallet: 'USD',
    where: never,
    ends: 'refunded',
    since: 'reserved',
    options: { due: { surplus: 1 } },
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
    // Everything is held back once: at first by the processor, then step by step.
    name: 'held back',
    where: ({ from, operation, to }) =>
      from === 'controls' && operation === 'TransactWriteItems' && to === 'dynamodb',
    play: async (cast) => {
      const { operator, stages } = cast.stage;
      const wallet = await cast.wallet('alice', 'brokerage');
      cast.begin();
      const turn = (name: string, on: boolean) =>
        operator.call('turnSwitch', { path: { name }, body: { on, reason: `${name} ${on}` } });
      // What was decided before a switch was turned may leave later, and counts against nobody: so first they are off for long.
      await operator.call('stopProcessor', {});
      for (const name of ['on-ramp', 'sign']) await turn(name, false);
      await cast.wait(25 * 60_000);
      const id = await cast.withdraw(wallet, { amount: '100.00', key: 'first', ends: ['settled'] });
      await cast.wait(3 * 60_000);
      await operator.call('startProcessor', {});
      await cast.until(() => stages.get(id) === 'reserved');
      await cast.wait(3 * 60_000);
      await turn('on-ramp', true);
      await cast.until(() => stages.get(id) === 'converted');
      await cast.wait(3 * 60_000);
      await turn('sign', true);
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
    // Three go side by side for the cash of two, and the first has no answer.
    name: 'brokerage, short of cash',
    where: ({ from, to }) => from === 'journal' && to === 'alpaca',
    first: { operation: 'POST /v1/journals', fault: 'timeout-before' },
    since: 'debiting',
    play: async (cast) => {
      cast.stage.alpaca.setCash(brokerageAccounts.alice, 25_000n);
      const wallet = await cast.wallet('alice', 'brokerage');
      cast.begin();
      // One after the other, and still before the first is asked for.
      for (const [key, end] of [
        ['first', 'settled'],
        ['second', 'settled'],
        ['third', 'rejected'],
      ] as const)
        await cast.withdraw(wallet, { amount: '100.00', key, ends: [end] });
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
  ...hookScenarios,
  ...wireScenarios,
  ...togetherScenarios,
  ...ledgerScenarios,
  ...grownScenarios,
  ...batchScenarios,
  ...etherScenarios,
];
