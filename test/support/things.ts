/** Makes wallets, withdrawals and the like, complete but for what a test says of them. */
import type { Breaker, Breakers } from '../../lambdas/core/breakers/breaker.ts';
import { budgetOf } from '../../lambdas/core/kernel/budget.ts';
import { sha256, type WalletId, type WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import type { Minor } from '../../lambdas/core/kernel/money.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import type { Clock } from '../../lambdas/core/kernel/world.ts';
import { emptyItem } from '../../lambdas/core/ledger/tail.ts';
import {
  isAtBrokerage,
  type Wallet,
  type WalletTransaction,
} from '../../lambdas/core/ledger/wallet.ts';
import type { In } from '../../lambdas/core/withdrawal/withdrawal.ts';

export const at = (ms: number): Instant => ms as Instant;
export const minorOf = (value: bigint): Minor => value as Minor;

let counter = 0;
const unique = (): string => String(++counter).padStart(26, '0');

export const destination = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

export const walletOf = (given: Partial<Wallet> = {}): Wallet => ({
  id: `wal_${unique()}`,
  tenant: 'alice',
  currency: 'USD',
  status: 'ACTIVE',
  funding: { type: 'ledger' },
  inboxShards: 1,
  listShards: 1,
  reference: null,
  metadata: {},
  createdAt: at(1),
  updatedAt: at(1),
  ...given,
});

export const balanceOf = (walletId: WalletId, available: bigint) => ({
  ...emptyItem(walletId),
  available: minorOf(available),
});

export function requestedOf(wallet: Wallet, given: Partial<In<'requested'>> = {}): In<'requested'> {
  const id: WithdrawalId = `wd_${unique()}`;
  const createdAt = given.createdAt ?? at(1_000);
  return {
    id,
    tenant: wallet.tenant,
    walletId: wallet.id,
    atBrokerage: isAtBrokerage(wallet),
    amount: minorOf(10_000n),
    currency: wallet.currency,
    asset: 'USDC',
    network: 'ethereum',
    destination,
    reference: null,
    metadata: {},
    maxRetries: 3,
    idempotencyKey: id,
    requestHash: sha256('request'),
    createdAt,
    updatedAt: createdAt,
    acceptedAt: createdAt,
    countedOn: null,
    cancelRequested: false,
    takeUps: 0,
    version: 1,
    history: [{ stage: 'requested', at: createdAt }],
    retryCount: 0,
    stageRetries: 0,
    nextAttemptAt: null,
    dueAt: at(createdAt + 1_000),
    payoutBarrier: 'OPEN',
    stage: 'requested',
    ...given,
  };
}

export const transactionOf = (
  wallet: Wallet,
  type: 'CREDIT' | 'DEBIT',
  amount: bigint,
  createdAt = at(1_000),
): Extract<WalletTransaction, { status: 'PENDING' }> => ({
  id: `txn_${unique()}`,
  tenant: wallet.tenant,
  walletId: wallet.id,
  type,
  amount: minorOf(amount),
  currency: wallet.currency,
  reference: null,
  metadata: {},
  requestHash: sha256('request'),
  requestedBy: 'key_of_alice',
  createdAt,
  version: 1,
  status: 'PENDING',
});

/** A clock that a test moves. Waiting moves it, too. */
export function testClock(start = 1_000_000): Clock & { advance(ms: number): void } {
  let now = start;
  return {
    now: () => at(now),
    until: async (instant) => {
      now = Math.max(now, instant);
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

export const plenty = budgetOf(() => 60_000);
export const evenDice = { roll: () => 0.5 };

/** Keeps circuit breakers in memory as the table does. */
export function memoryBreakers(): Breakers & { all: Map<string, Breaker> } {
  const all = new Map<string, Breaker>();
  return {
    all,
    read: async (names) => names.flatMap((name) => all.get(name) ?? []),
    save: async (to) => {
      if ((all.get(to.name)?.version ?? 0) !== to.version - 1) return false;
      all.set(to.name, to);
      return true;
    },
  };
}
