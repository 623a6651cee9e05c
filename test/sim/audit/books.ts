/** What the auditor knows of the rows: the state that all writes so far add up to, and who said what first. */
import { isDeepStrictEqual } from 'node:util';
import { encodeAbiParameters, keccak256 } from 'viem';
import type { Row, Truth, Write } from '../truth.ts';
import { batchIn } from './batches.ts';
import type { Expectations, Setup } from './expectations.ts';
import { nothingExpected } from './expectations.ts';
import { emptyFold, enterBlock, type Fold, type Hold, inflow } from './ledger-fold.ts';
import { arrivals, type Commit, emptyCommit, type Kinds, type News } from './news.ts';
import * as rows from './rows.ts';
import { enteredIn } from './tail.ts';

/** What is saved first, and the place of that write among all writes. */
export type Saved<T> = T & { index: number };

export type Audit = {
  setup: Setup;
  expectations: Expectations;
  begun: boolean;
  /** The writes that were read. */
  next: number;
  cursors: Map<string, number>;
  /** The counterparties' facts as they were at the last look. */
  memory: { chains: unknown[]; brokerage: unknown[]; onRamp: unknown[] };
  /** By table and key: the row that the writes so far add up to. */
  rows: Map<string, Row>;
  withdrawals: Map<string, rows.Withdrawal>;
  /** `<network> <EIP-3009 nonce>`: the withdrawal that it is the nonce of. */
  byAuthorization: Map<string, string>;
  authorizations: Map<string, string>;
  attempts: Map<string, Saved<rows.Attempt>[]>;
  byRaw: Map<string, Saved<rows.Attempt>>;
  /** By `<network> <gas key> <nonce>`: the withdrawals that it was first bound to, which are several in a batch only. */
  bound: Map<string, { index: number; ids: readonly string[] }>;
  /** Journals that have moved cash at some time. */
  everMoved: Set<string>;
  /** Those of them that no longer do: how many writes there were when that was first seen. */
  undoneAt: Map<string, number>;
  conversions: Map<string, rows.Conversion>;
  byQuote: Map<string, Saved<rows.Conversion>>;
  journals: Map<string, rows.JournalIntent>;
  byJournalKey: Map<string, Saved<rows.JournalIntent>>;
  /** By memo: the wire that was saved with it. */
  wires: Map<string, rows.WireIntent>;
  wallets: Map<string, rows.Wallet>;
  balances: Map<string, rows.Balance>;
  folds: Map<string, Fold>;
  holds: Map<string, Hold>;
  /** By currency: what the wallets have by their balances, and by what came in and went out. */
  inside: Map<string, bigint>;
  flowed: Map<string, bigint>;
  transactions: Map<string, rows.Transaction>;
  endpoints: Map<string, rows.Endpoint>;
  /** Every URL and secret that an endpoint ever had, with the time of the write that took it away, if any. */
  addresses: Map<
    string,
    { endpointId: string; url: string; secret: string; until: number | null }[]
  >;
  /** When the endpoint was last written. */
  endpointsSince: Map<string, number>;
  /** Endpoints that were disabled or deleted at any time. */
  silenced: Set<string>;
  deliveries: Map<string, rows.Delivery>;
  /** How many attempts a delivery had after which write. */
  attemptsSince: Map<string, { index: number; count: number }[]>;
  /** How many attempts of a delivery were made before it was opened again. */
  earlierAttempts: Map<string, number>;
  /** What is counted of each endpoint's deliveries: the sum over its parts. */
  tallies: Map<string, Omit<rows.Tally, 'endpointId'>>;
  claims: Map<string, string>;
  lanes: Map<string, rows.Lane>;
  counters: Map<string, rows.Counter>;
  /** When the withdrawal came into its stages; by `<id> <stage>`, the last time. */
  movedAt: Map<string, number>;
  /** Payouts under way that the chain has finally decided: when that was first seen. */
  decidedSince: Map<string, number>;
  /** By then it looks even though nothing has happened: to stand still may be wrong. */
  lookAt: number;
  /** What left each wallet's inbox, in its order. */
  applied: Map<string, Applied[]>;
  /** Bytes that came to each chain from each gas key: `<network> <address> <nonce>`. */
  sent: Set<string>;
  /** Bodies by what they must be the same for. */
  bodies: Map<string, string>;
  arrived: Map<string, number>;
  /** By what is asked of a provider: how often it may have been asked, after which write. */
  counted: Map<string, { index: number; sends: number }[]>;
  /** How often it was. */
  asked: Map<string, number>;
  journalKeys: Map<string, string>;
};

export type Applied = { id: string; acceptedAt: number; at: number };

export const newAudit = (setup: Setup): Audit => ({
  setup,
  expectations: nothingExpected,
  begun: false,
  next: 0,
  cursors: new Map(),
  memory: { chains: [], brokerage: [], onRamp: [] },
  rows: new Map(),
  withdrawals: new Map(),
  byAuthorization: new Map(),
  authorizations: new Map(),
  attempts: new Map(),
  byRaw: new Map(),
  bound: new Map(),
  everMoved: new Set(),
  undoneAt: new Map(),
  conversions: new Map(),
  byQuote: new Map(),
  journals: new Map(),
  byJournalKey: new Map(),
  wires: new Map(),
  wallets: new Map(),
  balances: new Map(),
  folds: new Map(),
  holds: new Map(),
  inside: new Map(),
  flowed: new Map(),
  transactions: new Map(),
  endpoints: new Map(),
  addresses: new Map(),
  endpointsSince: new Map(),
  silenced: new Set(),
  deliveries: new Map(),
  attemptsSince: new Map(),
  earlierAttempts: new Map(),
  tallies: new Map(),
  claims: new Map(),
  lanes: new Map(),
  counters: new Map(),
  movedAt: new Map(),
  decidedSince: new Map(),
  lookAt: 0,
  applied: new Map(),
  sent: new Set(),
  bodies: new Map(),
  arrived: new Map(),
  counted: new Map(),
  asked: new Map(),
  journalKeys: new Map(),
});

const tableNames = ['money', 'webhooks', 'control'] as const;
/** Whatever the stack calls it. */
function tableOf(name: string): (typeof tableNames)[number] {
  const found = tableNames.find((one) => name.toLowerCase().endsWith(one));
  if (found === undefined) throw new Error(`there is no table ${name}`);
  return found;
}
export const rowKey = (table: string, row: Row): string => `${tableOf(table)} ${rows.keyIn(row)}`;

/** Reads what is new, and answers it. Everything that a check compares with the past is kept here. */
export function learn(audit: Audit, truth: Truth): News {
  const news: News = { commits: [], unreadable: [], inconsistent: [], ...arrivals(audit, truth) };
  if (!audit.begun) begin(audit, truth, news);
  let commit: Commit | null = null;
  for (; audit.next < truth.writes.length; audit.next += 1) {
    const write = truth.writes[audit.next];
    if (write === undefined) break;
    if (commit === null || commit.transaction !== write.transaction) {
      if (commit !== null) finish(audit, commit, news);
      commit = emptyCommit(write.at, write.transaction);
    }
    takeIn(audit, write, audit.next, commit, news);
  }
  if (commit !== null) finish(audit, commit, news);
  for (const { withdrawals } of news.commits)
    for (const { after } of withdrawals) if (after !== null) authorizationOf(audit, truth, after);
  for (const { id, moved } of truth.brokerage.journals)
    if (moved) audit.everMoved.add(id);
    else if (audit.everMoved.has(id) && !audit.undoneAt.has(id)) audit.undoneAt.set(id, audit.next);
  for (const { chain, one } of news.received)
    audit.sent.add(`${chain.network} ${one.from.toLowerCase()} ${one.nonce}`);
  for (const { network, foreign = [] } of truth.chains)
    for (const { from, nonce } of foreign) audit.sent.add(`${network} ${from} ${nonce}`);
  return news;
}

/** What was there before the first write. */
function begin(audit: Audit, truth: Truth, news: News): void {
  audit.begun = true;
  const first = new Map<string, Row | null>();
  for (const { table, before, after } of truth.writes) {
    const row = before ?? after;
    if (row === null) continue;
    const key = rowKey(table, row);
    if (!first.has(key)) first.set(key, before);
  }
  const found = tableNames.flatMap((table) => truth.rows[table].map((row) => ({ table, row })));
  const untouched = found.filter(({ table, row }) => !first.has(rowKey(table, row)));
  const touched = truth.writes.flatMap(({ table, before }) =>
    before !== null && first.get(rowKey(table, before)) === before ? [{ table, row: before }] : [],
  );
  const initial = [...untouched, ...touched].sort((a, b) =>
    rowKey(a.table, a.row) < rowKey(b.table, b.row) ? -1 : 1,
  );
  const commit = emptyCommit(truth.world.now(), -1);
  for (const { table, row } of initial)
    takeIn(
      audit,
      { at: commit.at, transaction: -1, table, before: null, after: row },
      -1,
      commit,
      news,
    );
  // Nobody saw how they came about: they are where the books begin.
  finish(audit, commit, { ...news, commits: [] });
  for (const withdrawal of audit.withdrawals.values()) authorizationOf(audit, truth, withdrawal);
}

function takeIn(audit: Audit, write: Write, index: number, commit: Commit, news: News): void {
  const row = write.after ?? write.before;
  if (row === null) return;
  const key = rowKey(write.table, row);
  const known = audit.rows.get(key) ?? null;
  if (known !== write.before && !isDeepStrictEqual(known, write.before))
    news.inconsistent.push({ subject: key, detail: 'a write of something else than was there' });
  if (write.after === null) audit.rows.delete(key);
  else audit.rows.set(key, write.after);
  const [kind, read] = kindOf(key);
  if (kind === null) {
    // What the auditor does not know, it must not overlook.
    if (/^(money|webhooks STATS#|\S+ (DEL|ROUNDS|REPLAY|ONRAMP|LANE|COUNTED|TENANT)#)/.test(key))
      news.unreadable.push({ subject: key, detail: 'a row of a kind that nobody knows' });
    return;
  }
  try {
    const before = write.before === null ? null : read(write.before);
    const after = write.after === null ? null : read(write.after);
    const each = (side: unknown): unknown[] => (Array.isArray(side) ? side : [side]);
    const [were, are] = [each(before), each(after)];
    for (let place = 0; place < Math.max(were.length, are.length); place += 1)
      (commit[kind] as unknown[]).push({
        ...{ before: were[place] ?? null, after: are[place] ?? null, index },
      });
  } catch (error) {
    if (!(error instanceof rows.Unreadable)) throw error;
    news.unreadable.push({ subject: key, detail: error.message });
  }
}

/** A list: the row stands for several of its kind. */
type Reader = readonly [keyof Kinds | null, (row: Row) => unknown];
const readers: readonly (readonly [RegExp, ...Reader])[] = [
  [/^money WD#\S+ META$/, 'withdrawals', rows.withdrawalIn],
  [/^money WD#\S+ ATTEMPT#\d+$/, 'attempts', rows.attemptIn],
  [/^money BATCH#\S+ ATTEMPT$/, 'attempts', batchIn],
  [/^money WD#\S+ EFFECT#on-ramp$/, 'conversions', rows.conversionIn],
  [/^money WD#\S+ EFFECT#(debit|return)$/, 'journals', rows.journalIn],
  [/^money WD#\S+ EFFECT#wire#\S+$/, 'wires', rows.wireIn],
  [/^money WAL#\S+ WALLET$/, 'wallets', rows.walletIn],
  [/^money WAL#\S+ BALANCE$/, 'balances', rows.balanceIn],
  [/^money WAL#\S+ BLOCK#\d{12}$/, 'blocks', rows.blocksIn],
  [/^money TXN#\S+ META$/, 'transactions', rows.transactionIn],
  [/^webhooks TENANT#\S+ ENDPOINT#\S+$/, 'endpoints', rows.endpointIn],
  [/^webhooks TENANT#\S+ HEALTH#\S+$/, 'healths', rows.healthIn],
  [/^webhooks DEL#\S+ \d+$/, 'deliveries', rows.deliveryIn],
  [/^webhooks ROUNDS#\S+ \d+$/, 'rounds', rows.roundIn],
  [/^webhooks REPLAY#\S+ STATE$/, 'replays', rows.replayIn],
  [/^webhooks STATS#\S+ TOTAL$/, 'tallies', rows.tallyIn],
  [/^control ONRAMP#\S+ CLAIM$/, 'claims', rows.claimIn],
  [/^control RECONCILIATION LAST$/, 'reports', rows.reportIn],
  [/^control LANE#\S+ NONCE$/, 'lanes', rows.laneIn],
  [/^control COUNTED#\S+ \S+$/, 'counters', rows.counterIn],
];
const unknownKind: Reader = [null, () => null];
function kindOf(key: string): Reader {
  for (const [pattern, kind, read] of readers) if (pattern.test(key)) return [kind, read];
  return unknownKind;
}

/** Everything of the transaction is true at once. */
function finish(audit: Audit, commit: Commit, news: News): void {
  news.commits.push(commit);
  for (const { after } of commit.wallets) if (after !== null) audit.wallets.set(after.id, after);
  for (const { before, after } of commit.withdrawals) {
    if (after === null) continue;
    audit.withdrawals.set(after.id, after);
    if (before?.stage !== after.stage) audit.movedAt.set(`${after.id} ${after.stage}`, commit.at);
  }
  for (const { before, after, index } of commit.attempts) {
    if (after === null || before !== null) continue;
    const saved = { ...after, index };
    audit.attempts.set(after.withdrawalId, [
      ...(audit.attempts.get(after.withdrawalId) ?? []),
      saved,
    ]);
    if (!audit.byRaw.has(after.raw)) audit.byRaw.set(after.raw, saved);
    const network = audit.withdrawals.get(after.withdrawalId)?.network ?? '?';
    if (after.token === rows.etherToken && !audit.authorizations.has(after.withdrawalId)) {
      audit.authorizations.set(after.withdrawalId, after.authorization);
      audit.byAuthorization.set(`${network} ${after.authorization}`, after.withdrawalId);
    }
    const slot = `${network} ${after.from} ${after.nonce}`;
    const first = audit.bound.get(slot);
    if (first === undefined || first.index === index)
      audit.bound.set(slot, { index, ids: [...(first?.ids ?? []), after.withdrawalId] });
  }
  for (const { after, index } of commit.conversions) {
    if (after === null) continue;
    audit.conversions.set(after.withdrawalId, after);
    noteCount(audit, `quote ${after.quoteToken}`, index, after.sends);
    if (!audit.byQuote.has(after.quoteToken))
      audit.byQuote.set(after.quoteToken, { ...after, index });
  }
  for (const { after, index } of commit.journals) {
    if (after === null) continue;
    audit.journals.set(`${after.withdrawalId} ${after.purpose}`, after);
    noteCount(audit, `journal ${after.key}`, index, after.sends);
    if (!audit.byJournalKey.has(after.key)) audit.byJournalKey.set(after.key, { ...after, index });
  }
  for (const { after, index } of commit.wires) {
    if (after === null) continue;
    audit.wires.set(after.memo, after);
    noteCount(audit, `wire ${after.memo}`, index, after.sends);
  }
  for (const { after } of commit.transactions)
    if (after !== null) audit.transactions.set(after.id, after);
  noteLedger(audit, commit);
  noteWebhooks(audit, commit);
  for (const { before, after } of commit.claims)
    if (after !== null && before === null) audit.claims.set(after.transferId, after.withdrawalId);
  for (const { after } of commit.lanes)
    if (after !== null) audit.lanes.set(`${after.network} ${after.address}`, after);
  for (const { after } of commit.counters)
    if (after !== null) audit.counters.set(`${after.of} ${after.day} ${after.currency}`, after);
  noteApplied(audit, commit);
}

function noteCount({ counted }: Audit, effect: string, index: number, sends: number): void {
  const known = counted.get(effect) ?? [];
  known.push({ index, sends });
  counted.set(effect, known);
}

/** EIP-3009's nonce of this withdrawal: keccak256(abi.encode(chain id, token, id)). */
export function authorizationOf(audit: Audit, truth: Truth, withdrawal: rows.Withdrawal): string {
  const known = audit.authorizations.get(withdrawal.id);
  if (known !== undefined) return known;
  const { network, id, asset } = withdrawal;
  // Of ether it is chosen when the first attempt is signed.
  if (asset === 'ETH') return '';
  const token = truth.chains.find((chain) => chain.network === network)?.token;
  const chainId = audit.setup.chainIds[network];
  if (token === undefined || chainId === undefined)
    throw new Error(`no chain, or no chain id, of ${network}: nobody can say what was paid there`);
  const authorization = keccak256(
    encodeAbiParameters(
      [{ type: 'uint256' }, { type: 'address' }, { type: 'string' }],
      [BigInt(chainId), token as `0x${string}`, id],
    ),
  );
  audit.authorizations.set(id, authorization);
  audit.byAuthorization.set(`${network} ${authorization}`, id);
  return authorization;
}

function noteLedger(audit: Audit, commit: Commit): void {
  const plus = (sums: Map<string, bigint>, walletId: string, by: bigint): void => {
    const currency = audit.wallets.get(walletId)?.currency ?? '?';
    sums.set(currency, (sums.get(currency) ?? 0n) + by);
  };
  for (const block of enteredIn(commit)) {
    const step = enterBlock(audit.folds.get(block.walletId) ?? emptyFold, block, audit.holds);
    audit.folds.set(block.walletId, step.after);
    commit.steps.push(step);
    for (const posting of block.posted) plus(audit.flowed, block.walletId, inflow(posting));
  }
  for (const { after } of commit.balances) {
    if (after === null) continue;
    const was = audit.balances.get(after.walletId);
    const by = after.available + after.held - (was === undefined ? 0n : was.available + was.held);
    plus(audit.inside, after.walletId, by);
    audit.balances.set(after.walletId, after);
  }
}

const noTally = { open: 0, completed: 0, failed: 0, attempts: 0 };

function noteWebhooks(audit: Audit, commit: Commit): void {
  for (const { before, after } of commit.endpoints) {
    const id = (after ?? before)?.id;
    if (id === undefined) continue;
    audit.endpointsSince.set(id, commit.at);
    if (after === null || !after.enabled) audit.silenced.add(id);
    const had = audit.addresses.get(id) ?? [];
    const same = before?.url === after?.url && before?.secret === after?.secret;
    const ended = same
      ? had
      : had.map((one) => (one.until === null ? { ...one, until: commit.at } : one));
    const now =
      after === null || same
        ? []
        : [{ endpointId: id, url: after.url, secret: after.secret, until: null }];
    audit.addresses.set(id, [...ended, ...now]);
    if (after === null) audit.endpoints.delete(id);
    else audit.endpoints.set(id, after);
  }
  for (const { before, after } of commit.tallies) {
    const { endpointId, ...part } = after ?? before ?? { endpointId: '', ...noTally };
    const sum = audit.tallies.get(endpointId) ?? noTally;
    const names = ['open', 'completed', 'failed', 'attempts'] as const;
    const to = { ...part };
    for (const name of names) to[name] = sum[name] + (after?.[name] ?? 0) - (before?.[name] ?? 0);
    audit.tallies.set(endpointId, to);
  }
  for (const { after } of commit.rounds) {
    if (after === null) continue;
    const earlier = audit.earlierAttempts.get(after.deliveryId) ?? 0;
    audit.earlierAttempts.set(after.deliveryId, earlier + after.starts.length);
  }
  for (const { after, index } of commit.deliveries) {
    if (after === null) continue;
    audit.deliveries.set(after.id, after);
    const counts = audit.attemptsSince.get(after.id) ?? [];
    const earlier = audit.earlierAttempts.get(after.id) ?? 0;
    counts.push({ index, count: earlier + after.attempts.length });
    audit.attemptsSince.set(after.id, counts);
  }
}

/** Operations that left the inbox for good: applied or rejected, not cancelled. In the order of their entries where they have some. */
function noteApplied(audit: Audit, commit: Commit): void {
  if (commit.withdrawals.length + commit.transactions.length === 0) return;
  const left = [
    ...commit.withdrawals.flatMap(({ before, after }) =>
      before?.stage === 'requested' &&
      after !== null &&
      after.stage !== 'requested' &&
      after.stage !== 'cancelled'
        ? [{ id: after.id, walletId: after.walletId, acceptedAt: before.acceptedAt }]
        : [],
    ),
    ...commit.transactions.flatMap(({ before, after }) =>
      before?.status === 'PENDING' && after !== null && after.status !== 'PENDING'
        ? [{ id: after.id, walletId: after.walletId, acceptedAt: after.acceptedAt }]
        : [],
    ),
  ];
  if (left.length === 0) return;
  const entered = commit.steps.flatMap(({ block }) => block.posted.map(({ sourceId }) => sourceId));
  const place = (id: string): number => entered.indexOf(id);
  // Those without an entry were looked at between the others; where, nobody can see.
  const inOrder = left.filter(({ id }) => place(id) >= 0).sort((a, b) => place(a.id) - place(b.id));
  const without = left.filter(({ id }) => place(id) < 0);
  for (const one of without) {
    const next = inOrder.findIndex((other) => before(one, other));
    inOrder.splice(next < 0 ? inOrder.length : next, 0, one);
  }
  for (const { id, walletId, acceptedAt } of inOrder) {
    const list = audit.applied.get(walletId) ?? [];
    list.push({ id, acceptedAt, at: commit.at });
    audit.applied.set(walletId, list);
  }
}

/** The order of acceptance. */
export const before = (
  a: { acceptedAt: number; id: string },
  b: { acceptedAt: number; id: string },
): boolean => a.acceptedAt < b.acceptedAt || (a.acceptedAt === b.acceptedAt && a.id < b.id);
