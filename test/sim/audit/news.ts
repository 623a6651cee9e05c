/** What happened in the world since the auditor last looked. */
import type {
  BrokerageTruth,
  ChainTruth,
  OnRampTruth,
  ReceiverTruth,
  Sent,
  Truth,
} from '../truth.ts';
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
  Health,
  JournalIntent,
  Lane,
  Replay,
  Report,
  Round,
  Tally,
  Transaction,
  Wallet,
  WireIntent,
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
  wires: WireIntent;
  reports: Report;
  wallets: Wallet;
  balances: Balance;
  blocks: Block;
  transactions: Transaction;
  endpoints: Endpoint;
  deliveries: Delivery;
  healths: Health;
  rounds: Round;
  replays: Replay;
  tallies: Tally;
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
  wires: [],
  reports: [],
  wallets: [],
  balances: [],
  blocks: [],
  transactions: [],
  endpoints: [],
  deliveries: [],
  healths: [],
  rounds: [],
  replays: [],
  tallies: [],
  claims: [],
  lanes: [],
  counters: [],
  steps: [],
});

export type Received = ChainTruth['received'][number];
export type JournalRequest = BrokerageTruth['requests'][number];
export type HookRequest = ReceiverTruth['requests'][number];
export type Wire = BrokerageTruth['wires'][number];
export type Transfer = OnRampTruth['transfers'][number];

export type News = {
  commits: Commit[];
  /** Rows that cannot be read, and what of the models' own bookkeeping does not fit together. */
  unreadable: Fault[];
  inconsistent: Fault[];
  received: { chain: ChainTruth; one: Received }[];
  sent: Sent[];
  journalRequests: JournalRequest[];
  wires: Wire[];
  transfers: Transfer[];
  hooks: { receiver: ReceiverTruth; request: HookRequest }[];
  connections: { host: string; address: string }[];
  /** Whose facts are others than at the last look. */
  changed: { chains: boolean; brokerage: boolean; onRamp: boolean };
};

/** Whether anything has happened at all. */
export const isQuiet = ({ changed, ...lists }: News): boolean =>
  !changed.chains &&
  !changed.brokerage &&
  !changed.onRamp &&
  Object.values(lists).every((list) => list.length === 0);

/** Compares facts, one after the other, with those of the last look, and remembers them. */
function compare(memory: unknown[], tell: (note: (fact: unknown) => void) => void): boolean {
  let index = 0;
  let changed = false;
  tell((fact) => {
    if (memory[index] !== fact || index >= memory.length) {
      memory[index] = fact;
      changed = true;
    }
    index += 1;
  });
  if (memory.length !== index) changed = true;
  memory.length = index;
  return changed;
}

/** Everything of the counterparties that can become otherwise: each field that a check looks at. */
function changes({ memory }: Audit, truth: Truth): News['changed'] {
  return {
    chains: compare(memory.chains, (note) => {
      for (const { transfers, canceled } of truth.chains) {
        for (const one of transfers) {
          note(one.txHash);
          note(one.from);
          note(one.to);
          note(one.micros);
          note(one.authorization);
          note(one.blockNumber);
          note(one.logIndex);
          note(one.final);
        }
        for (const { by, authorization, final } of canceled) {
          note(by);
          note(authorization);
          note(final);
        }
      }
    }),
    brokerage: compare(memory.brokerage, (note) => {
      for (const one of truth.brokerage.journals) {
        note(one.id);
        note(one.moved);
        note(one.cents);
        note(one.description);
        note(one.status);
      }
      for (const one of truth.brokerage.wires) {
        note(one.id);
        note(one.standing);
        note(one.arrived);
      }
    }),
    onRamp: compare(memory.onRamp, (note) => {
      for (const one of truth.onRamp.transfers) {
        note(one.id);
        note(one.consumed);
        note(one.refundedCents);
        note(one.payoutMicros);
        note(one.paidBy);
      }
    }),
  };
}

/** The rest of a list that only grows, and remembers how far it was read. */
function rest<T>(all: readonly T[], cursors: Map<string, number>, name: string): readonly T[] {
  const from = cursors.get(name) ?? 0;
  if (all.length === from) return [];
  cursors.set(name, all.length);
  return all.slice(from);
}

/** What arrived at the counterparties, and what became otherwise there. */
export function arrivals(
  audit: Audit,
  truth: Truth,
): Pick<
  News,
  | 'received'
  | 'sent'
  | 'journalRequests'
  | 'wires'
  | 'transfers'
  | 'hooks'
  | 'connections'
  | 'changed'
> {
  const { cursors } = audit;
  const received: News['received'] = [];
  for (const chain of truth.chains)
    for (const one of rest(chain.received, cursors, `chain ${chain.network}`))
      received.push({ chain, one });
  const hooks: News['hooks'] = [];
  const connections: News['connections'] = [];
  for (const { host, connections: tried } of truth.receivers)
    for (const { address } of rest(tried, cursors, `connections ${host}`))
      connections.push({ host, address });
  for (const receiver of truth.receivers)
    for (const request of rest(receiver.requests, cursors, `receiver ${receiver.host}`))
      hooks.push({ receiver, request });
  return {
    received,
    hooks,
    connections,
    sent: [...rest(truth.sent, cursors, 'sent')],
    journalRequests: [...rest(truth.brokerage.requests, cursors, 'brokerage')],
    wires: [...rest(truth.brokerage.wires, cursors, 'wires')],
    transfers: [...rest(truth.onRamp.transfers, cursors, 'on-ramp')],
    changed: changes(audit, truth),
  };
}
