/**
 * A world by hand, in which everything agrees: rows in their wire form and what the counterparties know, step by step, with
 * the auditor looking after each. A test lets one thing go wrong and asks what the auditor says.
 */
import { createHash, createHmac } from 'node:crypto';
import { encodeAbiParameters, encodeFunctionData, keccak256, serializeTransaction } from 'viem';
import { randomOf } from '../random.ts';
import type { AttributeValue, Row, Truth, Write } from '../truth.ts';
import {
  type Asked,
  type Audit,
  afterEvent,
  afterGhosts,
  atQuiescence,
  type Expectations,
  newAudit,
  nothingExpected,
  type Setup,
  type Violation,
} from './audit.ts';
import { payoutsAbi } from './batches.ts';
import { emptyFold, enterBlock, type Fold } from './ledger-fold.ts';
import { eventOf } from './stages.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type List<T> = T extends readonly (infer One)[] ? Mutable<One>[] : never;
type Values = Readonly<Record<string, unknown>>;
export type Change = { table: 'money' | 'webhooks' | 'control'; row: Values; gone?: boolean };

/** A value in its wire form. Bytes are given as a Buffer. */
function wire(value: unknown): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'bigint' || typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Buffer.isBuffer(value)) return { B: value.toString('base64') };
  if (Array.isArray(value)) return { L: value.map(wire) };
  return { M: wireRow(value as Values) };
}
const wireRow = (values: Values): Row =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, wire(value)]),
  );

export const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/^0x/, ''), 'hex');
/** How the row is named that begins with this block. */
const blockKey = (sequence: number): string => `BLOCK#${String(sequence).padStart(12, '0')}`;
export const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

export const network = 'ethereum';
export const chainId = 31_337;
export const token = '0x5fbdb2315678afecb367f032d93f642f64180aa3';
export const nextTreasury = '0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc';
export const treasury = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
export const lane = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
export const destination = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
export const firm = 'f1f1f1f1-0000-4000-8000-000000000001';
export const customer = 'a11ce000-0000-4000-8000-000000000001';
export const hook = 'https://hooks.example.com/alice';
export const secret = `whsec_${Buffer.from('a secret of alice, 24 bytes').toString('base64')}`;

export const onRampBank = '000123456789';

export const amount = 10_000n;
export const fee = 50n;
export const payout = 99_500_000n;

const contract = `0x${'ba'.repeat(20)}` as const;
const zero = `0x${'0'.repeat(64)}` as const;
export const nonceOf = (id: string): string =>
  keccak256(
    encodeAbiParameters(
      [{ type: 'uint256' }, { type: 'address' }, { type: 'string' }],
      [BigInt(chainId), token, id],
    ),
  );

const order = (at: number, id: string): string => `${String(at).padStart(14, '0')}#${id}`;
const minute = 60_000;

export class World {
  now = Date.parse('2026-01-05T10:00:00Z');
  readonly rows = { money: [] as Row[], webhooks: [] as Row[], control: [] as Row[] };
  readonly writes: Write[] = [];
  readonly journals: List<Truth['brokerage']['journals']> = [];
  readonly sent: List<Truth['sent']> = [];
  readonly requests: List<Truth['brokerage']['requests']> = [];
  readonly transfers: List<Truth['onRamp']['transfers']> = [];
  readonly wires: List<Truth['brokerage']['wires']> = [];
  readonly arrivals: List<Truth['onRamp']['arrivals']> = [];
  readonly paid: List<Truth['chains'][number]['transfers']> = [];
  readonly received: List<Truth['chains'][number]['received']> = [];
  readonly canceled: List<Truth['chains'][number]['canceled']> = [];
  readonly heard: List<Truth['receivers'][number]['requests']> = [];
  readonly connections: List<Truth['receivers'][number]['connections']> = [];
  readonly elsewhere: List<Truth['receivers'][number]['requests']> = [];
  readonly handed: number[] = [];
  readonly deadLetters: { queue: string; body: string }[] = [];
  readonly truth: Truth;
  readonly audit: Audit;
  readonly found: Violation[] = [];
  readonly asked: Asked[] = [];
  expectations: Expectations = nothingExpected;
  /** Each entity as it was last written. */
  readonly values = new Map<string, Values>();
  /** Changes what the next commit writes. */
  tamper: ((changes: Change[]) => Change[]) | null = null;
  private readonly folds = new Map<string, Fold>();
  private counter = 0;
  private transaction = 0;
  private nonce = 0;

  constructor(setup: Partial<Setup> = {}) {
    this.truth = {
      world: {
        now: () => this.now,
        random: randomOf(1),
        after: () => {
          throw new Error('nothing happens later here');
        },
        tell: () => undefined,
      },
      brokerage: {
        ...{ journals: this.journals, requests: this.requests, cash: new Map(), firm },
        ...{ wires: this.wires, wireRequests: [] },
      },
      onRamp: { transfers: this.transfers, arrivals: this.arrivals, accountNumbers: [onRampBank] },
      chains: [
        {
          network,
          token,
          treasuries: [treasury, nextTreasury],
          transfers: this.paid,
          received: this.received,
          canceled: this.canceled,
        },
      ],
      receivers: [
        { host: new URL(hook).host, connections: this.connections, requests: this.heard },
        { host: 'somewhere.example.org', connections: [], requests: this.elsewhere },
      ],
      sent: this.sent,
      rows: this.rows,
      writes: this.writes,
      deadLetters: this.deadLetters,
      handed: this.handed,
    };
    this.audit = newAudit({ chainIds: { [network]: chainId }, ...setup });
  }

  look(): void {
    this.found.push(...afterEvent(this.audit, this.truth));
  }
  /** Settled, and then everything let go. */
  end(): Violation[] {
    this.found.push(...atQuiescence(this.audit, this.truth, this.expectations));
    this.found.push(...afterGhosts(this.audit, this.truth));
    return this.found;
  }

  id(kind: string): string {
    this.counter += 1;
    return `${kind}_${String(this.counter).padStart(26, '0')}`;
  }
  of(pk: string, sk = 'META'): Values {
    const values = this.values.get(`${pk} ${sk}`);
    if (values === undefined) throw new Error(`there is no ${pk} ${sk}`);
    return values;
  }
  withdrawal = (id: string): Values => this.of(`WD#${id}`);

  commit(...given: Change[]): void {
    this.now += 1_000;
    this.transaction += 1;
    const changes = this.tamper?.(given) ?? given;
    this.tamper = null;
    for (const { table, row: values, gone } of changes) {
      const row = wireRow(values);
      const all = this.rows[table];
      const same = (one: Row): boolean =>
        JSON.stringify([one['pk'], one['sk']]) === JSON.stringify([row['pk'], row['sk']]);
      const at = all.findIndex(same);
      const before = all[at] ?? null;
      const after = gone === true ? null : row;
      if (after === null) all.splice(at, 1);
      else if (at < 0) all.push(after);
      else all[at] = after;
      this.values.set(`${values['pk']} ${values['sk']}`, values);
      this.writes.push({ at: this.now, transaction: this.transaction, table, before, after });
    }
    this.look();
  }

  wallet(given: Values = {}): string {
    const id = this.id('wal');
    const row = {
      pk: `WAL#${id}`,
      sk: 'WALLET',
      id,
      tenant: 'alice',
      currency: 'USD',
      status: 'ACTIVE',
      funding: { type: 'ledger' },
      ...given,
    };
    this.commit({ table: 'money', row }, { table: 'money', row: this.balance(id, emptyFold) });
    return id;
  }

  private balance(walletId: string, { blocks, lastHash, ...rest }: Fold, tail?: Values): Values {
    const key = { pk: `WAL#${walletId}`, sk: 'BALANCE' };
    const own = { ...key, ...rest, version: blocks, lastHash: bytes(lastHash) };
    return tail === undefined ? own : { ...own, tail };
  }
  /** Blocks are kept in the item of their balance. */
  tails = false;
  private tailOf(walletId: string): Values | undefined {
    return this.of(`WAL#${walletId}`, 'BALANCE')['tail'] as Values | undefined;
  }
  /** The balance with other fields in its tail, or without one. */
  withTail(walletId: string, given: Values | null): Values {
    const { tail, ...row } = this.of(`WAL#${walletId}`, 'BALANCE');
    return given === null ? row : { ...row, tail: { ...(tail as Values), ...given } };
  }
  /** The tail becomes a row. */
  tailAsRow(walletId: string): Change[] {
    const { sequence, ...fields } = this.tailOf(walletId) ?? {};
    const key = { pk: `WAL#${walletId}`, sk: blockKey(Number(sequence)) };
    return [
      { table: 'money', row: this.withTail(walletId, null) },
      { table: 'money', row: { ...key, ...fields } },
    ];
  }
  /** The wallet's next block with these postings, and the balance after it. */
  block(walletId: string, ...posted: [kind: string, amount: bigint, sourceId: string][]): Change[] {
    const before = this.folds.get(walletId) ?? emptyFold;
    const sequence = before.blocks + 1;
    const block = {
      walletId,
      sequence,
      at: this.now,
      prevHash: before.lastHash,
      hash: '',
      before,
      posted: posted.map(([kind, sum, sourceId]) => ({ kind, amount: sum, sourceId })),
    };
    const { hash, after } = enterBlock(before, block, new Map());
    const fold = { ...after, lastHash: hash };
    this.folds.set(walletId, fold);
    const fields = {
      at: block.at,
      prevHash: bytes(block.prevHash),
      hash: bytes(hash),
      before: { available: before.available, held: before.held, entries: before.entries },
      posted,
    };
    if (this.tails) {
      const { more = [], ...first } = this.tailOf(walletId) ?? {};
      const next = [...(more as unknown[]), [block.at, bytes(hash), posted]];
      const tail = 'sequence' in first ? { ...first, more: next } : { sequence, ...fields };
      return [{ table: 'money', row: this.balance(walletId, fold, tail) }];
    }
    const row = { pk: `WAL#${walletId}`, sk: blockKey(sequence), ...fields };
    return [
      { table: 'money', row: this.balance(walletId, fold) },
      { table: 'money', row },
    ];
  }

  transfer(walletId: string, type: 'CREDIT' | 'DEBIT', sum: bigint, applied = true): string {
    const id = this.id('txn');
    const row = {
      pk: `TXN#${id}`,
      sk: 'META',
      tenant: 'alice',
      walletId,
      type,
      amount: sum,
      currency: 'USD',
      order: order(this.now, id),
      version: 1,
      status: 'PENDING',
      dueAt: this.now,
      dueShard: 'DUE#0',
    };
    this.commit({ table: 'money', row });
    const { dueAt, dueShard, ...done } = row;
    const status = applied ? 'PROCESSED' : 'FAILED';
    const entries = applied ? this.block(walletId, [type, sum, id]) : [];
    this.commit(...entries, { table: 'money', row: { ...done, status, version: 2 } });
    return id;
  }

  request(walletId: string, given: Values = {}): string {
    const id = this.id('wd');
    const wallet = this.of(`WAL#${walletId}`, 'WALLET');
    const row: Values = {
      pk: `WD#${id}`,
      sk: 'META',
      tenant: wallet['tenant'],
      walletId,
      amount,
      currency: wallet['currency'],
      asset: 'USDC',
      network,
      destination,
      idempotencyKey: `key of ${id}`,
      requestHash: bytes(sha(id)),
      maxRetries: 3,
      order: order(this.now, id),
      version: 1,
      stage: 'requested',
      history: [['requested', 0]],
      payoutBarrier: 'OPEN',
      dueAt: this.now,
      dueShard: 'DUE#0',
      ...given,
    };
    if (typeof row['amount'] === 'bigint')
      this.asked.push({
        tenant: String(row['tenant']),
        idempotencyKey: String(row['idempotencyKey']),
        network,
        destination: String(row['destination']),
        microsAtPar: row['amount'] * (row['currency'] === 'USD' ? 10_000n : 1n),
      });
    this.commit({ table: 'money', row });
    return id;
  }

  /** The withdrawal in its next stage, not written yet. */
  moved(id: string, stage: string, facts: Values = {}): Change {
    const from = this.withdrawal(id);
    const since = this.now - Number(String(from['order']).slice(0, 14));
    const rests = ['settled', 'refunded', 'rejected', 'cancelled', 'review'].includes(stage);
    const row = {
      ...from,
      version: Number(from['version']) + 1,
      stage,
      history: [...(from['history'] as unknown[]), [stage, since]],
      payoutBarrier: stage === 'refunding' ? 'CLOSED' : from['payoutBarrier'],
      dueAt: rests ? undefined : this.now + minute,
      dueShard: rests ? undefined : 'DUE#0',
      ...facts,
    };
    return { table: 'money', row };
  }
  /** Written again in the same stage. */
  touched(id: string, facts: Values): Change {
    const from = this.withdrawal(id);
    return { table: 'money', row: { ...from, version: Number(from['version']) + 1, ...facts } };
  }
  entries(id: string, ...kinds: string[]): Change[] {
    const { walletId, amount: sum } = this.withdrawal(id);
    const posted = kinds.map((kind): [string, bigint, string] => [
      kind,
      kind === 'PAYOUT' ? (sum as bigint) - fee : kind === 'FEE' ? fee : (sum as bigint),
      id,
    ]);
    return this.block(String(walletId), ...posted);
  }

  reserve(id: string): void {
    this.commit(...this.entries(id, 'HOLD'), this.moved(id, 'reserved'));
  }

  effect(id: string, given: Values = {}): Change {
    const row = {
      pk: `WD#${id}`,
      sk: 'EFFECT#on-ramp',
      version: 1,
      quoteToken: `quote of ${id}`,
      source: amount,
      payout,
      fee,
      sends: 1,
      ...given,
    };
    return { table: 'money', row };
  }
  wireRow = (id: string, given: Values = {}): Change => ({
    table: 'money',
    row: {
      ...{ pk: `WD#${id}`, sk: `EFFECT#wire#tf-of-${id}`, version: 1, bankId: 'bank-1' },
      ...{ memo: `memo of ${id}`, amount, sends: 1, ...given },
    },
  });
  /** The brokerage wires, and the dollars arrive; into which transfer, the caller says. */
  wire(id: string, given: Partial<Truth['brokerage']['wires'][number]> = {}): string {
    const wireId = `wire-${this.wires.length}`;
    this.wires.push({
      ...{ id: wireId, bankId: 'bank-1', accountNumber: onRampBank, memo: `memo of ${id}` },
      ...{ cents: amount, status: 'COMPLETE', standing: true, arrived: true, again: false },
      ...{ createdAt: this.now, ...given },
    });
    this.look();
    return wireId;
  }
  claim = (id: string, transferId: string): Change => ({
    table: 'control',
    row: { pk: `ONRAMP#${transferId}`, sk: 'CLAIM', withdrawalId: id },
  });
  /** The on-ramp takes the dollars, and pays. */
  exchange(id: string, given: Partial<Truth['onRamp']['transfers'][number]> = {}): string {
    const transferId = `tf-of-${id}-${this.transfers.length}`;
    this.transfers.push({
      id: transferId,
      quoteToken: `quote of ${id}`,
      sourceCents: amount,
      payoutMicros: payout,
      rail: network,
      status: 'payment_processed',
      consumed: true,
      refundedCents: 0n,
      paidBy: `0x${sha(transferId)}`,
      accountId: null,
      wireId: null,
      createdAt: this.now,
      afterWrites: this.writes.length,
      ...given,
    });
    this.paid.push({
      from: '0x00000000000000000000000000000000000000aa',
      to: treasury,
      micros: payout,
      txHash: `0x${sha(transferId)}`,
      blockNumber: 10,
      logIndex: this.paid.length,
      authorization: null,
      final: true,
    });
    return transferId;
  }
  converting(id: string): void {
    this.commit(this.effect(id), this.moved(id, 'converting'));
  }
  convert(id: string): void {
    this.converting(id);
    const transferId = this.exchange(id);
    this.commit(this.claim(id, transferId), this.effect(id, { version: 2, transferId }));
    this.commit(this.moved(id, 'converted', { payout, fee }));
  }

  attempt(id: string, given: Values = {}): Change {
    const number = Number(given['number'] ?? 1);
    const raw = sha(`raw ${id} ${number}`);
    const row = {
      pk: `WD#${id}`,
      sk: `ATTEMPT#${number}`,
      number,
      chainId,
      token,
      authorization: {
        from: bytes(treasury.slice(2).toLowerCase()),
        to: this.withdrawal(id)['destination'],
        value: this.withdrawal(id)['payout'] ?? payout,
        validBefore: 1,
        nonce: bytes(nonceOf(id)),
      },
      carrier: { from: lane, nonce: this.nonce, fees: {} },
      raw: bytes(raw),
      hash: bytes(sha(raw)),
      ...given,
    };
    return { table: 'money', row };
  }
  lane(next: number): Change {
    return {
      table: 'control',
      row: { pk: `LANE#${network}#${lane}`, sk: 'NONCE', next },
    };
  }
  sign(id: string, given: Values = {}): void {
    const attempt = this.attempt(id, given);
    const facts = { attempts: 1, txHash: attempt.row['hash'], payout, fee, fromBlock: 1 };
    this.nonce += 1;
    this.commit(this.lane(this.nonce), attempt, this.moved(id, 'signed', facts));
  }
  /** Several of them in one batch, which names `named` as its members. */
  batch(ids: readonly string[], given: Values = {}, named = ids, number = 1): Change {
    const { gas = 150_000 * ids.length, nonce = this.nonce, ...more } = given;
    const all = ids.map((id) => ({
      to: String(this.withdrawal(id)['destination']) as `0x${string}`,
      ...{ value: payout, validBefore: 1n, nonce: nonceOf(id) as `0x${string}` },
      ...{ v: 27, r: zero, s: zero },
    }));
    const raw = serializeTransaction({
      ...{ type: 'eip1559', chainId, nonce: Number(nonce), to: contract, gas: BigInt(Number(gas)) },
      data: encodeFunctionData({
        abi: payoutsAbi,
        args: [token as `0x${string}`, treasury as `0x${string}`, all],
      }),
    });
    const hash = keccak256(raw);
    const row = {
      ...{ pk: `BATCH#${hash.slice(0, 34)}`, sk: 'ATTEMPT', chainId, token, contract },
      members: Object.fromEntries(named.map((id) => [id, number])),
      carrier: { from: lane, nonce: Number(nonce), fees: {} },
      ...{ raw: bytes(raw), hash: bytes(hash) },
      ...more,
    };
    return { table: 'money', row };
  }
  signTogether(ids: readonly string[], given: Values = {}, named = ids): void {
    const batch = this.batch(ids, given, named);
    const payoutBatch = bytes(String(batch.row['pk']).slice('BATCH#'.length));
    const facts = {
      attempts: 1,
      txHash: batch.row['hash'],
      payout,
      fee,
      fromBlock: 1,
      payoutBatch,
    };
    this.nonce += 1;
    this.commit(
      ...[this.lane(this.nonce), batch],
      ...ids.map((id) => this.moved(id, 'signed', facts)),
    );
  }
  /** A node gets the bytes of the attempt. */
  arrive(id: string, given: Partial<Truth['chains'][number]['received'][number]> = {}): void {
    const raw = sha(`raw ${id} 1`);
    this.received.push({
      at: this.now,
      raw: `0x${raw}`,
      hash: `0x${sha(raw)}`,
      from: lane,
      nonce: this.nonce - 1,
      payment: {
        to: String(this.withdrawal(id)['destination']),
        micros: payout,
        authorization: nonceOf(id),
      },
      afterWrites: this.writes.length,
      ...given,
    });
    this.look();
  }
  filler(to = lane): void {
    const raw = serializeTransaction({
      type: 'eip1559',
      chainId,
      nonce: 0,
      to: to as `0x${string}`,
      value: 0n,
    });
    const from = lane;
    this.received.push({ at: this.now, raw, hash: keccak256(raw), from, nonce: 0, payment: null });
    this.look();
  }
  broadcast(id: string): void {
    this.arrive(id);
    this.commit(this.moved(id, 'broadcast'));
  }
  /** The chain pays. */
  pay(id: string, given: Partial<Truth['chains'][number]['transfers'][number]> = {}): void {
    this.paid.push({
      from: treasury,
      to: String(this.withdrawal(id)['destination']),
      micros: payout,
      txHash: `0x${sha(sha(`raw ${id} 1`))}`,
      blockNumber: 20,
      logIndex: this.paid.length,
      authorization: nonceOf(id),
      final: true,
      ...given,
    });
    this.look();
  }
  confirm(id: string): void {
    const log = this.paid.find(({ authorization }) => authorization === nonceOf(id));
    const facts = { blockNumber: log?.blockNumber, logIndex: log?.logIndex };
    this.commit(this.moved(id, 'confirmed', facts));
  }
  settle(id: string): void {
    this.commit(...this.entries(id, 'PAYOUT', 'FEE'), this.moved(id, 'settled'));
  }
  /** From reserved to the end. */
  carry(id: string): void {
    this.convert(id);
    this.sign(id);
    this.broadcast(id);
    this.pay(id);
    this.confirm(id);
    this.settle(id);
  }

  refunding(id: string, proof: Values = { proof: 'never-sent' }, code = 'ON_RAMP_REJECTED'): void {
    this.commit(this.moved(id, 'refunding', { failure: { code, retryable: true }, proof }));
  }
  refund(id: string, ...more: string[]): void {
    this.commit(...this.entries(id, 'RELEASE', ...more), this.moved(id, 'refunded'));
  }

  journalRow(id: string, purpose: 'debit' | 'return', given: Values = {}): Change {
    const [from, to] = purpose === 'debit' ? [customer, firm] : [firm, customer];
    const bytesSent = JSON.stringify({
      entry_type: 'JNLC',
      from_account: from,
      to_account: to,
      amount: '100.00',
      currency: 'USD',
      description: id,
    });
    const row = {
      pk: `WD#${id}`,
      sk: `EFFECT#${purpose}`,
      purpose,
      version: 1,
      key: `${purpose} key of ${id}`,
      bytes: bytesSent,
      from,
      to,
      amount,
      sends: 1,
      ...given,
    };
    return { table: 'money', row };
  }
  /** A request leaves the product. */
  ask(to: 'alpaca' | 'due', given: { path: string; key?: string; body: string }): void {
    this.sent.push({ at: this.now, to, key: null, afterWrites: this.writes.length, ...given });
    this.look();
  }
  /** The brokerage is asked for the journal, and makes it. */
  journal(
    id: string,
    purpose: 'debit' | 'return',
    given: Partial<Truth['brokerage']['journals'][number]> = {},
  ): void {
    const { row } = this.journalRow(id, purpose);
    const { key, from, to } = row;
    const request = { key: String(key), body: String(row['bytes']), at: this.now };
    this.requests.push({ ...request, afterWrites: this.writes.length });
    this.journals.push({
      id: `journal ${this.journals.length}`,
      key: String(key),
      from: String(from),
      to: String(to),
      cents: amount,
      description: id,
      status: 'executed',
      moved: true,
      createdAt: this.now,
      ...given,
    });
    this.look();
  }
  debiting(id: string): void {
    this.commit(this.journalRow(id, 'debit'), this.moved(id, 'debiting'));
  }
  debit(id: string): void {
    this.debiting(id);
    this.journal(id, 'debit');
    this.commit(...this.entries(id, 'FUND', 'HOLD'), this.moved(id, 'reserved'));
  }
  giveBack(id: string): void {
    this.commit(this.journalRow(id, 'return'));
    this.journal(id, 'return');
    this.refund(id, 'RETURN');
  }

  endpoint(given: Values = {}): string {
    const id = this.id('we');
    const row = {
      pk: 'TENANT#alice',
      sk: `ENDPOINT#${id}`,
      id,
      tenant: 'alice',
      url: hook,
      events: ['*'],
      secret,
      description: null,
      enabled: true,
      createdAt: this.now,
      ...given,
    };
    this.commit({ table: 'webhooks', row });
    return id;
  }
  delivery(endpointId: string, id: string, given: Values = {}): Change {
    const { history, stage, tenant } = this.withdrawal(id);
    const sequence = (history as unknown[]).length;
    const type = eventOf.get(String(stage));
    const eventId = `evt ${id} ${sequence}`;
    const row = {
      pk: `DEL#${endpointId}#${id}`.replaceAll(' ', '-'),
      sk: String(sequence).padStart(6, '0'),
      id: `del ${endpointId} ${eventId}`,
      endpointId,
      tenant,
      eventId,
      type,
      sourceId: id,
      sequence,
      status: 'PENDING',
      body: JSON.stringify({ id: eventId, type, sequence, data: { id, stage } }),
      attempts: [],
      dueAt: this.now,
      dueShard: 'DUE#0',
      version: 1,
      ...given,
    };
    return { table: 'webhooks', row };
  }
  /** The row of a delivery to an endpoint of alice's, of which so many attempts are recorded. */
  begun(id: string, attempts = 1): Values {
    const { row } = this.delivery(this.endpoint(), id, { attempts: this.attempts(attempts) });
    this.commit({ table: 'webhooks', row });
    return row;
  }
  attempts(count: number, httpStatus: number | null = null): Values[] {
    return Array.from({ length: count }, (_, number) => ({
      number,
      startedAt: this.now,
      httpStatus,
    }));
  }
  /** A receiver hears of the event in this delivery. */
  hear(delivery: Values, status: number | null = 200, given: Values = {}): void {
    const id = String(delivery['eventId']);
    const timestamp = String(Math.floor(this.now / 1_000));
    const body = String(delivery['body']);
    const signature = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64');
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    };
    const sent = { url: hook, address: '93.184.216.34', method: 'POST' };
    this.heard.push({ at: this.now, ...sent, headers, body, status, ...given });
    this.look();
  }
  tell(endpointId: string, id: string): void {
    const { row } = this.delivery(endpointId, id);
    this.commit({ table: 'webhooks', row });
    const begun = { ...row, status: 'PROCESSING', attempts: this.attempts(1), version: 2 };
    this.commit({ table: 'webhooks', row: begun });
    this.hear(row);
    const attempts = [{ ...begun.attempts[0], httpStatus: 200 }];
    const done = { status: 'COMPLETED', dueAt: undefined, dueShard: undefined, version: 3 };
    this.commit({ table: 'webhooks', row: { ...begun, ...done, attempts } });
  }
}
