/**
 * Rows as they stand in DynamoDB, read by the auditor's own eyes: nothing here comes from the product's code, so that what
 * the product writes and misreads in the same way still shows.
 */
import type { AttributeValue, Row } from '../truth.ts';

/** The row is not what it should be; its violation is INV-L7. */
export class Unreadable extends Error {}

type Fields = Readonly<Record<string, AttributeValue>>;

export function text(row: Fields, name: string): string {
  const value = row[name];
  if (value === undefined || !('S' in value)) throw new Unreadable(`${name} is no text`);
  return value.S;
}
export const textOr = (row: Fields, name: string): string | null => {
  const value = row[name];
  return value === undefined || 'NULL' in value ? null : text(row, name);
};

/** What DynamoDB keeps exactly, and no IEEE double has touched. */
const whole = /^(0|[1-9]\d{0,37})$/;
function wholeIn(value: AttributeValue | undefined, name: string): bigint {
  if (value === undefined || !('N' in value) || !whole.test(value.N))
    throw new Unreadable(`${name} is no whole number: ${JSON.stringify(value)}`);
  return BigInt(value.N);
}
export const amount = (row: Fields, name: string): bigint => wholeIn(row[name], name);
export const amountOr = (row: Fields, name: string): bigint | null =>
  row[name] === undefined || 'NULL' in row[name] ? null : amount(row, name);
export const number = (row: Fields, name: string): number => Number(amount(row, name));
export const numberOr = (row: Fields, name: string): number | null => {
  const value = amountOr(row, name);
  return value === null ? null : Number(value);
};

/** Digits of the bytes, in lower case and without `0x`. */
export function digits(row: Fields, name: string): string {
  const value = row[name];
  if (value === undefined || !('B' in value)) throw new Unreadable(`${name} is no bytes`);
  return Buffer.from(value.B, 'base64').toString('hex');
}
export const hex = (row: Fields, name: string): string => `0x${digits(row, name)}`;
export const hexOr = (row: Fields, name: string): string | null =>
  row[name] === undefined ? null : hex(row, name);

export function map(row: Fields, name: string): Fields {
  const value = row[name];
  if (value === undefined || !('M' in value)) throw new Unreadable(`${name} is no map`);
  return value.M;
}
export const mapOr = (row: Fields, name: string): Fields | null =>
  row[name] === undefined ? null : map(row, name);

export function list(row: Fields, name: string): readonly AttributeValue[] {
  const value = row[name];
  if (value === undefined || !('L' in value)) throw new Unreadable(`${name} is no list`);
  return value.L;
}
export const truthOf = (row: Fields, name: string): boolean => {
  const value = row[name];
  return value !== undefined && 'BOOL' in value && value.BOOL;
};

export const keyIn = (row: Row): string => `${text(row, 'pk')} ${text(row, 'sk')}`;
const idIn = (row: Row): string => text(row, 'pk').slice(text(row, 'pk').indexOf('#') + 1);

/** One line of a withdrawal's timeline; `since` is counted from its creation. */
export type Line = { stage: string; since: number; attempt: number | null; detail: string | null };

export type Withdrawal = {
  id: string;
  tenant: string;
  walletId: string;
  amount: bigint;
  currency: string;
  asset: string;
  network: string;
  destination: string;
  idempotencyKey: string;
  requestHash: string;
  maxRetries: number;
  createdAt: number;
  acceptedAt: number;
  version: number;
  stage: string;
  history: readonly Line[];
  barrier: string;
  payout: bigint | null;
  fee: bigint | null;
  attempts: number;
  txHash: string | null;
  blockNumber: number | null;
  logIndex: number | null;
  failure: { code: string; retryable: boolean } | null;
  /** The batch that it names as its latest attempt. */
  batch: string | null;
  /** Whether its payout is being ended on chain. */
  isEnding: boolean;
  proof: { proof: string; logIndex: number | null } | null;
  heldFrom: string | null;
  dueAt: number | null;
  /** Whether it is in the index that sweep looks at. */
  isIndexed: boolean;
  countedOn: string | null;
  takeUps: number;
};

function lineOf(value: AttributeValue): Line {
  const row = { line: value };
  const [stage, since, more] = list(row, 'line');
  if (stage === undefined || since === undefined) throw new Unreadable('a line without its stage');
  const known = more === undefined ? {} : map({ more }, 'more');
  return {
    stage: text({ stage }, 'stage'),
    since: number({ since }, 'since'),
    attempt: numberOr(known, 'attempt'),
    detail: textOr(known, 'detail'),
  };
}

/** `<14 digits of milliseconds>#<id>`: the place in lists and in the inbox. */
const timeIn = (order: string): number => {
  if (!/^\d{14}#/.test(order)) throw new Unreadable(`order is ${order}`);
  return Number(order.slice(0, 14));
};

export function withdrawalIn(row: Row): Withdrawal {
  const createdAt = timeIn(text(row, 'order'));
  const failure = mapOr(row, 'failure');
  const proof = mapOr(row, 'proof');
  return {
    id: idIn(row),
    tenant: text(row, 'tenant'),
    walletId: text(row, 'walletId'),
    amount: amount(row, 'amount'),
    currency: text(row, 'currency'),
    asset: text(row, 'asset'),
    network: text(row, 'network'),
    destination: text(row, 'destination'),
    idempotencyKey: text(row, 'idempotencyKey'),
    requestHash: digits(row, 'requestHash'),
    maxRetries: number(row, 'maxRetries'),
    createdAt,
    acceptedAt: numberOr(row, 'acceptedAt') ?? createdAt,
    version: number(row, 'version'),
    stage: text(row, 'stage'),
    history: list(row, 'history').map(lineOf),
    barrier: text(row, 'payoutBarrier'),
    payout: amountOr(row, 'payout'),
    fee: amountOr(row, 'fee'),
    attempts: numberOr(row, 'attempts') ?? 0,
    txHash: hexOr(row, 'txHash'),
    blockNumber: numberOr(row, 'blockNumber'),
    logIndex: numberOr(row, 'logIndex'),
    batch: hexOr(row, 'payoutBatch'),
    isEnding: mapOr(row, 'ending') !== null,
    failure: failure && { code: text(failure, 'code'), retryable: truthOf(failure, 'retryable') },
    proof: proof && { proof: text(proof, 'proof'), logIndex: numberOr(proof, 'logIndex') },
    heldFrom: textOr(row, 'heldFrom'),
    dueAt: numberOr(row, 'dueAt'),
    isIndexed: textOr(row, 'dueShard') !== null || textOr(row, 'openShard') !== null,
    countedOn: textOr(row, 'countedOn'),
    takeUps: numberOr(row, 'takeUps') ?? 0,
  };
}

export type Attempt = {
  withdrawalId: string;
  number: number;
  chainId: number;
  token: string;
  to: string;
  value: bigint;
  authorization: string;
  /** Who has signed it. */
  payer: string;
  validBefore: number;
  from: string;
  nonce: number;
  raw: string;
  hash: string;
  /** Whether it cancels the authorization, and pays nothing. */
  ends: boolean;
  /** The batch that it is a part of (batches.ts), with its members and its gas limit; null: it goes alone. */
  batch: { id: string; members: number; gas: bigint } | null;
};
/** A payment of ether: what makes it happen once is the nonce of the treasury's own transaction. */
const etherIn = (row: Row, carrier: Fields, ends: boolean) => {
  const payer = text(carrier, 'from').toLowerCase();
  return {
    token: etherToken,
    to: text(row, 'to').toLowerCase(),
    value: amount(row, 'value'),
    authorization: `${payer}#${number(carrier, 'nonce')}`,
    payer,
    validBefore: Number.MAX_SAFE_INTEGER,
    ends,
  };
};
export const etherToken = 'ether';
const tokenIn = (row: Row, authorization: Fields, ends: boolean) => ({
  token: text(row, 'token').toLowerCase(),
  to: text(authorization, 'to').toLowerCase(),
  value: amount(authorization, 'value'),
  authorization: hex(authorization, 'nonce'),
  payer: hex(authorization, 'from'),
  validBefore: number(authorization, 'validBefore'),
  ends,
});
export function attemptIn(row: Row): Attempt {
  const authorization = mapOr(row, 'authorization');
  const carrier = map(row, 'carrier');
  const ends = truthOf(row, 'ends');
  const sk = text(row, 'sk');
  const count = number(row, 'number');
  if (sk !== `ATTEMPT#${count}`) throw new Unreadable(`attempt ${count} is kept as ${sk}`);
  return {
    withdrawalId: idIn(row),
    number: count,
    chainId: number(row, 'chainId'),
    ...(authorization === null ? etherIn(row, carrier, ends) : tokenIn(row, authorization, ends)),
    from: text(carrier, 'from').toLowerCase(),
    nonce: number(carrier, 'nonce'),
    raw: hex(row, 'raw'),
    hash: hex(row, 'hash'),
    batch: null,
  };
}

/** What was asked of the on-ramp. */
export type Conversion = {
  withdrawalId: string;
  quoteToken: string;
  source: bigint;
  payout: bigint;
  sends: number;
  transferId: string | null;
};
export const conversionIn = (row: Row): Conversion => ({
  withdrawalId: idIn(row),
  quoteToken: text(row, 'quoteToken'),
  source: amount(row, 'source'),
  payout: amount(row, 'payout'),
  sends: number(row, 'sends'),
  transferId: textOr(row, 'transferId'),
});

/** What was asked of the brokerage. */
export type JournalIntent = {
  withdrawalId: string;
  purpose: string;
  key: string;
  bytes: string;
  from: string;
  to: string;
  amount: bigint;
  sends: number;
};
export const journalIn = (row: Row): JournalIntent => ({
  withdrawalId: idIn(row),
  purpose: text(row, 'purpose'),
  key: text(row, 'key'),
  bytes: text(row, 'bytes'),
  from: text(row, 'from').toLowerCase(),
  to: text(row, 'to').toLowerCase(),
  amount: amount(row, 'amount'),
  sends: number(row, 'sends'),
});

/** What was asked of the brokerage to bring dollars to the on-ramp. */
export type WireIntent = {
  withdrawalId: string;
  bankId: string;
  memo: string;
  amount: bigint;
  sends: number;
  /** The brokerage's name of it, once that is known. */
  wireId: string | null;
};
export const wireIn = (row: Row): WireIntent => ({
  withdrawalId: idIn(row),
  bankId: text(row, 'bankId'),
  memo: text(row, 'memo'),
  amount: amount(row, 'amount'),
  sends: number(row, 'sends'),
  wireId: textOr(row, 'wireId'),
});

/** What reconciliation says. */
export type Report = {
  differences: readonly { kind: string; what: string; withdrawalId?: string; found: string }[];
};
export const reportIn = (row: Row): Report => JSON.parse(text(row, 'report')) as Report;

export type Wallet = {
  id: string;
  tenant: string;
  currency: string;
  status: string;
  /** The customer's account, where its money is at the brokerage. */
  account: string | null;
};
export const walletIn = (row: Row): Wallet => ({
  id: text(row, 'id'),
  tenant: text(row, 'tenant'),
  currency: text(row, 'currency'),
  status: text(row, 'status'),
  account: textOr(map(row, 'funding'), 'accountId')?.toLowerCase() ?? null,
});

export type Balance = {
  walletId: string;
  available: bigint;
  held: bigint;
  version: number;
  entries: number;
  lastHash: string;
  /** The newest blocks, until they are a row of their own. */
  tail: readonly Block[];
};
export const balanceIn = (row: Row): Balance => ({
  walletId: idIn(row),
  available: amount(row, 'available'),
  held: amount(row, 'held'),
  version: number(row, 'version'),
  entries: number(row, 'entries'),
  lastHash: digits(row, 'lastHash'),
  tail: row['tail'] === undefined ? [] : tailIn(idIn(row), map(row, 'tail')),
});

export type Posting = { kind: string; amount: bigint; sourceId: string };
export type Block = {
  walletId: string;
  sequence: number;
  at: number;
  prevHash: string;
  hash: string;
  /** `null`: it follows another one in its row, which says it of the first. */
  before: { available: bigint; held: bigint; entries: number } | null;
  posted: readonly Posting[];
};
/** A row has one block, or several that follow one another; it is named after the first. */
export const blocksIn = (row: Row): Block[] =>
  inOrder(idIn(row), Number(text(row, 'sk').slice('BLOCK#'.length)), row);
const tailIn = (walletId: string, tail: Fields): Block[] =>
  inOrder(walletId, number(tail, 'sequence'), tail);

function inOrder(walletId: string, sequence: number, fields: Fields): Block[] {
  const before = map(fields, 'before');
  const first: Block = {
    walletId,
    sequence,
    at: number(fields, 'at'),
    prevHash: digits(fields, 'prevHash'),
    hash: digits(fields, 'hash'),
    before: {
      available: amount(before, 'available'),
      held: amount(before, 'held'),
      entries: number(before, 'entries'),
    },
    posted: list(fields, 'posted').map(postingIn),
  };
  const blocks = [first];
  for (const value of fields['more'] === undefined ? [] : list(fields, 'more')) {
    const [at, hash, posted] = list({ value }, 'value');
    if (at === undefined || hash === undefined || posted === undefined)
      throw new Unreadable('a block without its time, hash or postings');
    const last = blocks.at(-1) ?? first;
    blocks.push({
      walletId,
      sequence: last.sequence + 1,
      at: number({ at }, 'at'),
      prevHash: last.hash,
      hash: digits({ hash }, 'hash'),
      before: null,
      posted: list({ posted }, 'posted').map(postingIn),
    });
  }
  return blocks;
}

function postingIn(value: AttributeValue): Posting {
  const [kind, sum, source] = list({ value }, 'value');
  if (kind === undefined || sum === undefined || source === undefined)
    throw new Unreadable('a posting without its kind, amount or source');
  return {
    kind: text({ kind }, 'kind'),
    amount: amount({ sum }, 'sum'),
    sourceId: text({ source }, 'source'),
  };
}

/** A client's credit or debit. */
export type Transaction = {
  id: string;
  tenant: string;
  walletId: string;
  type: string;
  amount: bigint;
  currency: string;
  acceptedAt: number;
  version: number;
  status: string;
  isIndexed: boolean;
};
export const transactionIn = (row: Row): Transaction => ({
  id: idIn(row),
  tenant: text(row, 'tenant'),
  walletId: text(row, 'walletId'),
  type: text(row, 'type'),
  amount: amount(row, 'amount'),
  currency: text(row, 'currency'),
  acceptedAt: timeIn(text(row, 'order')),
  version: number(row, 'version'),
  status: text(row, 'status'),
  isIndexed: textOr(row, 'dueShard') !== null && numberOr(row, 'dueAt') !== null,
});

export type Endpoint = {
  id: string;
  tenant: string;
  url: string;
  events: readonly string[];
  secret: string;
  enabled: boolean;
};
export const endpointIn = (row: Row): Endpoint => ({
  id: text(row, 'id'),
  tenant: text(row, 'tenant'),
  url: text(row, 'url'),
  events: list(row, 'events').map((one) => text({ one }, 'one')),
  secret: text(row, 'secret'),
  enabled: truthOf(row, 'enabled'),
});

export type DeliveryAttempt = { number: number; startedAt: number; httpStatus: number | null };
export type Delivery = {
  id: string;
  endpointId: string;
  tenant: string;
  eventId: string;
  type: string;
  sourceId: string;
  sequence: number;
  status: string;
  body: string;
  attempts: readonly DeliveryAttempt[];
  dueAt: number | null;
  isIndexed: boolean;
  /** Why it was given up. */
  failure: string | null;
  /** How often it was opened again; its attempts are those since then. */
  reopened: number;
  openedBy: string | null;
  createdAt: number | null;
};
/** What follows from the key of a delivery is left out of its row. */
function inKey(row: Row) {
  const [, endpointId = '', sourceId = ''] = text(row, 'pk').split('#');
  const sequence = Number(text(row, 'sk'));
  const id = `del_${endpointId.slice('we_'.length)}_${sourceId}_${sequence}`;
  return { id, endpointId, sourceId, sequence };
}
export const deliveryIn = (row: Row): Delivery => ({
  id: textOr(row, 'id') ?? inKey(row).id,
  endpointId: textOr(row, 'endpointId') ?? inKey(row).endpointId,
  tenant: text(row, 'tenant'),
  eventId: text(row, 'eventId'),
  type: text(row, 'type'),
  sourceId: textOr(row, 'sourceId') ?? inKey(row).sourceId,
  sequence: numberOr(row, 'sequence') ?? inKey(row).sequence,
  status: text(row, 'status'),
  body: text(row, 'body'),
  attempts: list(row, 'attempts').map((value) => {
    const one = map({ value }, 'value');
    return {
      number: number(one, 'number'),
      startedAt: number(one, 'startedAt'),
      httpStatus: numberOr(one, 'httpStatus'),
    };
  }),
  dueAt: numberOr(row, 'dueAt'),
  isIndexed: textOr(row, 'dueShard') !== null,
  failure: textOr(row, 'failure'),
  reopened: numberOr(row, 'reopened') ?? 0,
  openedBy: textOr(row, 'openedBy'),
  createdAt: numberOr(row, 'createdAt'),
});

/** How far an endpoint is told once more what it was told since a time. */
export type Replay = {
  id: string;
  endpointId: string;
  since: number;
  until: number;
  total: number;
  done: number;
  place: string | null;
  dueAt: number | null;
};
export const replayIn = (row: Row): Replay => ({
  id: idIn(row),
  endpointId: text(row, 'endpointId'),
  since: number(row, 'since'),
  until: number(row, 'until'),
  total: number(row, 'total'),
  done: number(row, 'done'),
  place: textOr(row, 'place'),
  dueAt: numberOr(row, 'dueAt'),
});

/** Whose transfer of the on-ramp it is. */
export type Claim = { transferId: string; withdrawalId: string };
export const claimIn = (row: Row): Claim => ({
  transferId: idIn(row),
  withdrawalId: text(row, 'withdrawalId'),
});

/** The first nonce of a gas key that nothing is bound to. */
export type Lane = { network: string; address: string; next: number };
export function laneIn(row: Row): Lane {
  const [, network = '', address = ''] = text(row, 'pk').split('#');
  return { network, address: address.toLowerCase(), next: number(row, 'next') };
}

/** How an endpoint does. */
export type Health = { failingSince: number | null; slowSince: number | null };
export const healthIn = (row: Row): Health => ({
  failingSince: numberOr(row, 'failingSince'),
  slowSince: numberOr(row, 'slowSince'),
});

/** The attempts of a round that a redelivery has ended. */
export type Round = { deliveryId: string; starts: readonly number[] };
export const roundIn = (row: Row): Round => ({
  deliveryId: idIn(row),
  starts: list(row, 'attempts').map((value) => number(map({ value }, 'value'), 'startedAt')),
});

/** A part of what is counted of an endpoint's deliveries. A part may be below zero, their sum is not. */
export type Tally = Record<'open' | 'completed' | 'failed' | 'attempts', number> & {
  endpointId: string;
};
export function tallyIn(row: Row): Tally {
  const signed = (name: string): number => {
    const value = row[name];
    if (value === undefined) return 0;
    if (!('N' in value) || !/^-?\d{1,15}$/.test(value.N))
      throw new Unreadable(`${name} is no whole number: ${JSON.stringify(value)}`);
    return Number(value.N);
  };
  const [endpointId = ''] = idIn(row).split('#');
  return {
    endpointId,
    open: signed('open'),
    completed: signed('completed'),
    failed: signed('failed'),
    attempts: signed('attempts'),
  };
}

/** What was withdrawn on one day. It may be off by what was taken away, so it may be negative. */
export type Counter = { of: string; day: string; currency: string; used: bigint };
export function counterIn(row: Row): Counter {
  const [day = '', currency = ''] = text(row, 'sk').split('#');
  const used = row['used'];
  if (used === undefined || !('N' in used) || !/^-?\d{1,38}$/.test(used.N))
    throw new Unreadable(`used is no whole number: ${JSON.stringify(used)}`);
  return { of: idIn(row), day, currency, used: BigInt(used.N) };
}
