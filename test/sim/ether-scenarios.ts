/** Payouts of ether: what becomes of a nonce of the treasury. */
import { ends, isIn, never, type One, one, type Scenario } from './scenario.ts';

const minute = 60_000;
/** Where the treasury pays ether. */
const env = { EVM_ETHER: 'ethereum' } as const;
const ether = ({ options = {}, ...given }: Omit<One, 'wallet'>): Scenario =>
  one({ since: 'reserved', ...given, wallet: 'ETH', options: { ...options, env } });
const slowly = { slow: 1, slowMsMax: minute } as const;

export const etherScenarios: readonly Scenario[] = [
  ether({
    name: 'ether',
    ends: 'settled',
    where: ({ from }) => from === 'broadcast' || from === 'confirm',
  }),
  ether({
    name: 'ether, replaced',
    where: never,
    ends: 'settled',
    // Its node keeps what it was offered to itself, so it is offered anew as soon as gas is dearer, time and again.
    options: { chain: { dropped: 1 } },
    happens: ends(4, ({ chain }) => {
      chain.options.dropped = 0;
    }),
  }),
  ether({
    name: 'ether, reorganised',
    where: never,
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
  {
    name: 'ether, several',
    where: never,
    options: { env, chain: { ...slowly, behind: 0.2 } },
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'ETH', '900.00');
      cast.begin();
      const ask = (key: string) =>
        cast.withdraw(wallet, { amount: '100.00', key, ends: ['settled'] });
      await Promise.all(['first', 'second', 'third', 'fourth'].map(ask));
    },
  },
];
