/** What happened in the world since the auditor last looked. */
import type { BrokerageTruth, ChainTruth, OnRampTruth, ReceiverTruth, Truth } from '../truth.ts';
import type { Audit } from './books.ts';
import type { Fault } from './invariant.ts';
import type { Step } from './ledger-fold.ts';
import type {
  Attempt,
  Balance,
  Block,
  Claim,
  Conversion,
  Counter,
  Delivery,
  Endpoint,
  JournalIntent,
  Lane,
  Transaction,
  Wallet,
  Withdrawal,
} from './rows.ts';

/** A row of one kind, before and after one write. `index`: the write's place among all writes. */
export type Changed<T> = { before: T | null; after: T | null; index: number };

/** The rows of each kind. */
export type Kinds = {
  withdrawals: Withdrawal;
  attempts: Attempt;
  conversions: Conversion;
  journals: JournalIntent;
  wallets: Wallet;
  balances: Balance;
  blocks: Block;
  transactions: Transaction;
  endpoints: Endpoint;
  deliveries: Delivery;
  claims: Claim;
  lanes: Lane;
  counters: Counter;
};

/** One transaction of the database, or one write that needed none. */
export type Commit = { [K in keyof Kinds]: Changed<Kinds[K]>[] } & {
  at: number;
  transaction: number;
  steps: Step[];
};

export const emptyCommit = (at: number, transaction: number): Commit => ({
  at,
  transaction,
  withdrawals: [],
  attempts: [],
  conversions: [],
  journals: [],
  wallets: [],
  balances: [],
  blocks: [],
  transactions: [],
  endpoints: [],
  deliveries: [],
  claims: [],
  lanes: [],
  counters: [],
  steps: [],
});

export type Received = ChainTruth['received'][number];
export type JournalRequest = BrokerageTruth['requests'][number];
export type HookRequest = ReceiverTruth['requests'][number];
export type Transfer = OnRampTruth['transfers'][number];

export type News = {
  commits: Commit[];
  /** Rows that cannot be read, and what of the models' own bookkeeping does not fit together. */
  unreadable: Fault[];
  inconsistent: Fault[];
  received: { chain: ChainTruth; one: Received }[];
  journalRequests: JournalRequest[];
  transfers: Transfer[];
  hooks: { receiver: ReceiverTruth; request: HookRequest }[];
};

/** The rest of a list that only grows, and remembers how far it was read. */
function rest<T>(all: readonly T[], cursors: Map<string, number>, name: string): readonly T[] {
  const from = cursors.get(name) ?? 0;
  if (all.length === from) return [];
  cursors.set(name, all.length);
  return all.slice(from);
}

/** What arrived at the counterparties. */
export function arrivals(
  { cursors }: Audit,
  truth: Truth,
): Pick<News, 'received' | 'journalRequests' | 'transfers' | 'hooks'> {
  const received: News['received'] = [];
  for (const chain of truth.chains)
    for (const one of rest(chain.received, cursors, `chain ${chain.network}`))
      received.push({ chain, one });
  const hooks: News['hooks'] = [];
  for (const receiver of truth.receivers)
    for (const request of rest(receiver.requests, cursors, `receiver ${receiver.url}`))
      hooks.push({ receiver, request });
  return {
    received,
    hooks,
    journalRequests: [...rest(truth.brokerage.requests, cursors, 'brokerage')],
    transfers: [...rest(truth.onRamp.transfers, cursors, 'on-ramp')],
  };
}
