/** Offers withdrawals at a rate, whatever becomes of them, and notes when each was taken and where it has come to. */
import { getAddress } from 'viem';
import { operations } from '../../lambdas/api/operations.ts';
import type { FunctionName } from '../../lib/functions.ts';
import { eventOf } from '../sim/client.ts';
import type { Move } from '../sim/moves.ts';
import { wait } from '../sim/world.ts';
import { latencies } from './aws.ts';
import type { CapacityWorld, Chain } from './world.ts';

/** The times at which it came into each stage. */
export type Course = {
  wallet: number;
  at: Map<string, number>;
  answeredAt: number | null;
  sentAt: number;
};
export type Offered = {
  courses: Map<string, Course>;
  acceptMs: number[];
  refused: Map<number, number>;
  /** In the order in which they were held. */
  held: string[];
  ended: Set<string>;
};

const ends: ReadonlySet<string> = new Set([
  'settled',
  'refunded',
  'rejected',
  'cancelled',
  'review',
]);
const tenant = 'alice';
const scopes = 'withdrawals:read withdrawals:write wallets:read wallets:write transactions:write';

export function newOffered() {
  const offered: Offered = {
    courses: new Map(),
    held: [],
    ended: new Set(),
    acceptMs: [],
    refused: new Map(),
  };
  return {
    ...offered,
    onMove: ({ id, to }: Move, now: number): void => {
      courseOf(offered, id).at.set(to, now);
      if (to === 'reserved') offered.held.push(id);
      if (ends.has(to)) offered.ended.add(id);
    },
  };
}

/** A withdrawal may move before its client has the answer. */
function courseOf({ courses }: Pick<Offered, 'courses'>, id: string): Course {
  const known = courses.get(id) ?? { wallet: 0, at: new Map(), answeredAt: null, sentAt: 0 };
  courses.set(id, known);
  return known;
}
export type Offering = ReturnType<typeof newOffered>;

async function call(
  { world, functions }: CapacityWorld,
  name: keyof typeof operations,
  path: Readonly<Record<string, string>>,
  body: object,
  key?: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { method, path: resource, by } = operations[name];
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  const request = { method, path: resource, headers, body: JSON.stringify(body) };
  const authorizer = { keyId: 'key_of_alice', principal: tenant, tenant, scopes };
  const event = eventOf(request, resource, { pathParameters: path, authorizer });
  await wait(world, world.random.between(...latencies.api));
  const result = await functions.invoke(by as FunctionName, event, 1);
  if (!result.ok) return { status: 502, body: {} };
  const answer = result.value as { statusCode: number; body: string };
  return { status: answer.statusCode, body: JSON.parse(answer.body) as Record<string, unknown> };
}

/** Wallets with plenty of cash. */
export async function makeWallets(stage: CapacityWorld, count: number): Promise<string[]> {
  const one = async (index: number): Promise<string> => {
    const body = { currency: 'USDC', funding: { type: 'ledger' } };
    const made = await call(stage, 'createWallet', {}, body);
    const walletId = String(made.body['id']);
    const credit = { type: 'CREDIT', amount: '10000000.00' };
    const given = await call(stage, 'createWalletTransaction', { walletId }, credit, `c${index}`);
    if (made.status !== 201 || given.status !== 202)
      throw new Error(`wallet: ${JSON.stringify([made, given])}`);
    return walletId;
  };
  const wallets: string[] = [];
  for (let from = 0; from < count; from += 100)
    wallets.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(100, count - from) }, (_, n) => one(from + n)),
      )),
    );
  return wallets;
}

/** One withdrawal, from one of the wallets. */
export async function offer(
  stage: CapacityWorld,
  chain: Chain,
  wallets: readonly string[],
  offering: Offering,
  number: number,
  counts: boolean,
): Promise<void> {
  const { world } = stage;
  const wallet = world.random.between(0, wallets.length - 1);
  const destinationAddress = getAddress(`0x${(number + 4_096).toString(16).padStart(40, '1')}`);
  const body = {
    walletId: wallets[wallet],
    amount: '10.00',
    asset: 'USDC',
    network: chain.name,
    destinationAddress,
  };
  const sentAt = world.now();
  const { status, body: made } = await call(stage, 'createWithdrawal', {}, body, `w${number}`);
  if (counts) offering.acceptMs.push(world.now() - sentAt);
  if (status !== 202) {
    offering.refused.set(status, (offering.refused.get(status) ?? 0) + 1);
    return;
  }
  const id = String(made['id']);
  Object.assign(courseOf(offering, id), { wallet, answeredAt: world.now(), sentAt });
}
