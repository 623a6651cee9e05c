/** What is read of the token's logs, beside what viem reads of them by its general code. */
import { expect, test } from '@jest/globals';
import { type Client, encodeEventTopics, type Hex, pad, parseEventLogs, toHex } from 'viem';
import { usdcAbi } from '../../lambdas/adapters/evm/abi.ts';
import { readAuthorizations, readOutgoing } from '../../lambdas/adapters/evm/logs.ts';
import { widthOf } from '../../lambdas/adapters/evm/ranges.ts';

const token = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const payer = `0x${'ab'.repeat(20)}` as const;
const payee = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045';
const nonce = `0x${'c0de'.repeat(16)}` as const;

type Changes = { topics?: Hex[]; data?: Hex; logIndex?: unknown; blockNumber?: unknown };
const logOf = (topics: readonly unknown[], data: Hex, index: number, changes: Changes = {}) => ({
  ...{ address: token, topics, data, blockNumber: '0x10', logIndex: toHex(index), removed: false },
  ...{ transactionHash: `0x${'1'.repeat(64)}`, blockHash: `0x${'2'.repeat(64)}` },
  ...changes,
});
const used = (changes?: Changes) => {
  const eventName = 'AuthorizationUsed';
  const args = { authorizer: payer, nonce };
  return logOf(encodeEventTopics({ abi: usdcAbi, eventName, args }), '0x', 0, changes);
};
const transfer = (changes?: Changes) => {
  const args = { from: payer, to: payee } as const;
  const topics = encodeEventTopics({ abi: usdcAbi, eventName: 'Transfer', args });
  return logOf(topics, pad(toHex(1_500_000n)), 1, changes);
};

/** A node that has these logs, whatever is asked for; each question is answered with those of the topics asked for. */
const sourceOf = (logs: readonly { topics: readonly unknown[] }[]) => ({
  client: {
    request: async ({ params: [asked] }: { params: readonly { topics: unknown[] }[] }) =>
      logs.filter((log) => [asked?.topics[0]].flat().includes(log.topics[0])),
  } as unknown as Client,
  token: token as Hex,
  width: widthOf(undefined),
});
const block = { from: 16, to: 16 };

test('a nonce that was used is read with its transfer, as viem reads both', async () => {
  const logs = [used(), transfer()];
  const [first, second] = parseEventLogs({ abi: usdcAbi, logs: logs as never });
  if (first?.eventName !== 'AuthorizationUsed' || second?.eventName !== 'Transfer')
    throw new Error('viem reads both');
  expect(await readAuthorizations(sourceOf(logs), payer, [nonce], block)).toEqual([
    {
      ...{ kind: 'used', nonce: first.args.nonce, txHash: first.transactionHash },
      ...{ blockNumber: Number(first.blockNumber), blockHash: first.blockHash, logIndex: 0 },
      transfer: { to: second.args.to, value: second.args.value, logIndex: second.logIndex },
    },
  ]);
  expect(second.args.to).toBe(payee);
});

test('capital letters, and quantities that are numbers, say the same', async () => {
  const capital = (text: unknown) => `0x${String(text).slice(2).toUpperCase()}` as Hex;
  const logs = [used(), transfer()].map((log, logIndex) => ({
    ...{ ...log, logIndex, blockNumber: 16 },
    topics: log.topics.map((topic, place) => (place === 0 ? topic : capital(topic))),
  }));
  const [event] = await readAuthorizations(sourceOf(logs), payer, [nonce], block);
  expect(event).toMatchObject({ nonce, logIndex: 0, transfer: { to: payee, logIndex: 1 } });
});

test.each<[string, Changes]>([
  ['without a value', { data: '0x' }],
  ['with half a value', { data: `0x${'0'.repeat(32)}` }],
  ['to nobody that can be read', { topics: [...transfer().topics.slice(0, 2), '0x12'] as Hex[] }],
])(
  'a transfer %s is none, as viem has it, and what it would have paid is not known',
  async (_name, changes) => {
    const logs = [used(), transfer(changes)];
    expect(parseEventLogs({ abi: usdcAbi, logs: logs as never })).toHaveLength(1);
    expect(await readAuthorizations(sourceOf(logs), payer, [nonce], block)).toMatchObject([
      { kind: 'used', transfer: null },
    ]);
    expect(await readOutgoing(sourceOf(logs), payer, block)).toEqual([]);
  },
);
