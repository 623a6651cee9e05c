/** Whether a destination names a withdrawal is found out behind however many newer transactions, or it is not said. */
import { afterEach, expect, jest, test } from '@jest/globals';
import type * as z from 'zod';
import { systemClock } from '../../lambdas/adapters/net/clock.ts';
import { connectSolana } from '../../lambdas/adapters/solana/payouts.ts';
import { type Rpc, readAs } from '../../lambdas/adapters/solana/rpc.ts';
import { namedBeforeMs, namedListMs } from '../../lambdas/core/rails/solana/limits.ts';
import { tokenProgram } from '../../lambdas/core/rails/solana/programs.ts';
import { solanaRail } from '../../lambdas/core/rails/solana/rail.ts';
import type { SigningWorld } from '../../lambdas/core/rails/solana/sign.ts';
import { testMint } from '../../local/chains/solana/mint.ts';
import { anyWallet } from '../support/solana.ts';
import { at, minorOf, requestedOf, walletOf } from '../support/things.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const treasury = anyWallet();
const { id } = requestedOf(walletOf());
const createdAt = at(Date.UTC(2026, 10, 30));
const hour = 3_600_000;

type Row = {
  signature: string;
  slot: number;
  err: unknown;
  memo: string | null;
  blockTime: number | null;
};
type Node = {
  /** The newest first; twenty a second, the newest as old as the withdrawal. */
  rows: number;
  ours?: { nth: number; err?: string; ageMs?: number };
  pageMax?: number;
  timeOf?: (row: Row) => number | null;
  /** Whether it knows the place behind which it is asked to go on; how it answers one that it does not know. */
  knows?: boolean;
  /** It takes no notice of `before`. */
  starts?: boolean;
  pageMs?: number;
};

function nodeOf({ rows, ours, pageMax = 1_000, timeOf, knows = true, starts, pageMs = 0 }: Node) {
  const all = Array.from({ length: rows }, (_, nth): Row => {
    const isOurs = nth === ours?.nth;
    const row = {
      ...{ signature: `s${nth}`, slot: rows - nth, err: isOurs ? (ours.err ?? null) : null },
      memo: isOurs ? `[29] ${id}` : null,
      blockTime: (createdAt - (isOurs ? (ours.ageMs ?? 0) : 0)) / 1_000 - Math.floor(nth / 20),
    };
    return timeOf === undefined ? row : { ...row, blockTime: timeOf(row) };
  });
  let [now, lists] = [0, 0];
  jest.spyOn(systemClock, 'now').mockImplementation(() => at(now));
  const mint = Buffer.alloc(82);
  mint.set([6, 1], 44);
  const answer = (method: string, params: readonly unknown[]): unknown => {
    switch (method) {
      case 'getGenesisHash':
        return 'G'.repeat(44);
      case 'getMultipleAccounts': {
        const data = [mint.toString('base64'), 'base64'];
        const account = { owner: tokenProgram, lamports: 1, data, executable: false };
        return { context: { slot: rows }, value: [account] };
      }
      case 'getSignaturesForAddress': {
        const { limit, before } = params[1] as { limit: number; before?: string };
        [now, lists] = [now + pageMs, lists + 1];
        if (lists > 20) throw new Error('a list is read for ever');
        if (before !== undefined && !knows) return [];
        const first = starts ? 0 : all.findIndex(({ signature }) => signature === before) + 1;
        return all.slice(first, first + Math.min(limit, pageMax));
      }
      case 'getSignatureStatuses': {
        const known = { slot: 1, err: null, confirmationStatus: 'confirmed' };
        return { context: { slot: rows }, value: [knows ? known : null] };
      }
      default:
        throw new Error(method);
    }
  };
  const rpc: Rpc = {
    all: async (calls) => calls.map(({ method, params = [] }) => answer(method, params)),
    ask: async <T>(shape: z.ZodType<T>, method: string, ...params: readonly unknown[]) =>
      readAs(shape, method, answer(method, params)),
    send: async () => ({ lost: new Error('nothing is sent here') }),
  };
  return { rpc, lists: () => lists };
}

const before = { by: 'us', waits: 'signed-before' };
const unsaid = { by: 'unsaid' };
const early = namedBeforeMs / 1_000;
// biome-ignore format: a table
test.each<[node: string, node_: Node, conclude: object | null, lists: number]>([
  ['names it on its first page',                       { rows: 10, ours: { nth: 9 } },                                           before, 1],
  ['names it behind 2,500 newer ones',                 { rows: 3_000, ours: { nth: 2_500 } },                                    before, 3],
  ['names it in pages shorter than what was asked for', { rows: 30, ours: { nth: 25 }, pageMax: 10 },                            before, 3],
  ['names it hours before a withdrawal that was made anew', { rows: 30, ours: { nth: 29, ageMs: 23 * hour }, pageMax: 10 },      before, 3],
  ['names it among the newest, in short pages, long before it', { rows: 1_500, ours: { nth: 999 }, pageMax: 200, timeOf: () => createdAt / 1_000 - early - 1 }, before, 5],
  ['names it long before it, and not among the newest', { rows: 1_500, ours: { nth: 1_000 }, pageMax: 200, timeOf: () => createdAt / 1_000 - early - 1 }, null, 5],
  ['names it in one that was carried out as an error', { rows: 10, ours: { nth: 9, err: 'AccountNotFound' } },                   null,   3],
  ['has none',                                         { rows: 0 },                                                              null,   1],
  ['names it nowhere, up to its end',                  { rows: 3_000 },                                                          null,   5],
  ['has one from long before it',                      { rows: 3_000, timeOf: ({ slot }) => createdAt / 1_000 - early - (slot > 2_000 ? 1 : 0) }, null, 1],
  ['has one from just not so long before it',          { rows: 1_500, ours: { nth: 1_200 }, timeOf: () => createdAt / 1_000 - early }, before, 2],
  ['tells no times',                                   { rows: 1_500, ours: { nth: 1_200 }, timeOf: () => null },                before, 2],
  ['tells a time that was never set',                  { rows: 1_500, ours: { nth: 1_200 }, timeOf: () => 0 },                   before, 2],
  ['always begins with the newest',                    { rows: 1_500, starts: true },                                            unsaid, 2],
  ['does not know the place any more',                 { rows: 1_500, ours: { nth: 1_200 }, knows: false },                      unsaid, 3],
  ['takes long, and has not come to it',               { rows: 9_000, ours: { nth: 8_500 }, pageMs: namedListMs / 4 },           unsaid, 4],
])('of its destination a node %s', async (_, given, conclude, lists) => {
  const node = nodeOf(given);
  const config = { rpcUrl: 'http://node', mint: testMint, treasury };
  const chain = await connectSolana(config, 1, node.rpc);
  const rail = solanaRail({ ...chain, refusal: async () => null }, 'USDC', {} as SigningWorld);
  const payment = { withdrawalId: id, asset: 'USDC', to: anyWallet(), value: minorOf(5n) } as const;
  expect(await rail.refusal({ ...payment, createdAt })).toEqual(conclude);
  expect(node.lists()).toBe(lists);
});
