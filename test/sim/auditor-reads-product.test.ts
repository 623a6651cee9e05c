/**
 * The auditor knows nothing of the product's code, so this test knows both: what the product writes is what the auditor
 * reads, and where their rules are meant to be the same they are. A change of either shows here first.
 */

import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from '@jest/globals';
import { encodeFunctionData, serializeTransaction } from 'viem';
import { blocksToRow } from '../../lambdas/adapters/dynamo/block-row.ts';
import { claimKey } from '../../lambdas/adapters/dynamo/claims.ts';
import { counterKey, sequenceKey } from '../../lambdas/adapters/dynamo/commit.ts';
import {
  attemptToRow,
  batchToRow,
  recordToRow,
} from '../../lambdas/adapters/dynamo/effect-rows.ts';
import {
  balanceToRow,
  transactionToRow,
  walletToRow,
} from '../../lambdas/adapters/dynamo/wallet-rows.ts';
import { withdrawalToRow } from '../../lambdas/adapters/dynamo/withdrawal-row.ts';
import { payoutsAbi } from '../../lambdas/adapters/evm/abi.ts';
import type { Block, Posting } from '../../lambdas/core/ledger/ledger.ts';
import { append, emptyItem } from '../../lambdas/core/ledger/tail.ts';
import { detailsOf as etherDetailsOf } from '../../lambdas/core/rails/ether/attempt.ts';
import { detailsOf, evmAttemptOf } from '../../lambdas/core/rails/evm/attempt.ts';
import { batchDetailsOf } from '../../lambdas/core/rails/evm/batch.ts';
import { payoutNonce } from '../../lambdas/core/rails/evm/nonce.ts';
import { attemptIn } from '../../lambdas/core/store/attempt.ts';
import { moveTo, type Stage, stages } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { effectOf } from '../support/books.ts';
import {
  at,
  destination,
  minorOf,
  requestedOf,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { newAudit } from './audit/audit.ts';
import { batchIn } from './audit/batches.ts';
import { authorizationOf } from './audit/books.ts';
import { emptyFold, enterBlock } from './audit/ledger-fold.ts';
import * as rows from './audit/rows.ts';
import { edges, eventOf } from './audit/stages.ts';
import { chainId, token, World } from './audit/truth-builder.ts';
import type { AttributeValue, Row } from './truth.ts';

/** As it stands in the database's own messages: bytes are base64 there. */
function onWire(values: Record<string, unknown>): Row {
  const convert = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    if (Array.isArray(value)) return value.map(convert);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, convert(one)]));
  };
  const row = convert(marshall(values, { removeUndefinedValues: true }));
  return row as Record<string, AttributeValue>;
}

const wallet = walletOf();
const requested = requestedOf(wallet, { createdAt: at(1_000) });
const hex = (digit: string): `0x${string}` => `0x${digit.repeat(64)}`;

test('a withdrawal is read as it is written', () => {
  const reserved = moveTo(requested, 'reserved', {}, at(2_000), 'a detail');
  const converting = moveTo(reserved, 'converting', {}, at(3_000));
  const known = { payout: minorOf(99_500_000n), fee: minorOf(50n) };
  const converted = moveTo(converting, 'converted', known, at(4_000));
  const facts = { ...known, attempts: 2, txId: hex('a'), readFrom: 7 };
  const signed = moveTo(converted, 'signed', facts, at(5_000));
  const { payoutBarrier: barrier, ...rest } = signed;
  const read = rows.withdrawalIn(onWire(withdrawalToRow(signed)));
  for (const name of [
    'id',
    'tenant',
    'walletId',
    'amount',
    'currency',
    'asset',
    'network',
    'destination',
    'stage',
    'idempotencyKey',
    'requestHash',
    'maxRetries',
    'createdAt',
    'acceptedAt',
    'version',
    'dueAt',
    'payout',
    'fee',
    'attempts',
    'countedOn',
    'takeUps',
  ] as const)
    expect([name, read[name]]).toEqual([name, Reflect.get(rest, name)]);
  expect([read.barrier, read.txHash]).toEqual([barrier, signed.txId]);
  expect(read.history.map(({ stage, since }) => [stage, since])).toEqual(
    signed.history.map((line) => [line.stage, line.at - 1_000]),
  );
});

test('the ground of a refund is read as it is written', () => {
  const failure = { code: 'PAYOUT_EXPIRED', message: '', retryable: false } as const;
  const proof = { proof: 'cancelled', at: { block: hex('b'), index: 3 } } as const;
  const facts = {
    payout: minorOf(1n),
    fee: minorOf(0n),
    attempts: 1,
    txId: hex('a'),
    readFrom: 1,
  };
  const broadcast = { ...requested, ...facts, stage: 'broadcast' } as const;
  const refunding = moveTo(broadcast, 'refunding', { failure, proof }, at(9_000));
  const read = rows.withdrawalIn(onWire(withdrawalToRow(refunding)));
  expect(read).toMatchObject({
    barrier: 'CLOSED',
    failure: { code: 'PAYOUT_EXPIRED', retryable: false },
    proof: { proof: 'cancelled', logIndex: 3 },
  });
});

test('a block is added up to the same balance and the same hash', () => {
  const posting = (kind: Posting['kind'], sum: bigint, sourceId: Posting['sourceId']): Posting => ({
    kind,
    amount: minorOf(sum),
    sourceId,
  });
  const steps: Posting[][] = [
    [posting('CREDIT', 500n, 'txn_1')],
    [posting('HOLD', 200n, 'wd_1'), posting('DEBIT', 100n, 'txn_2')],
    [posting('PAYOUT', 190n, 'wd_1'), posting('FEE', 10n, 'wd_1')],
  ];
  let balance = emptyItem(wallet.id);
  const blocks: Block[] = [];
  for (const [index, postings] of steps.entries()) {
    balance = append(balance, postings, at(index + 1)).to;
    blocks.push(...balance.tail.slice(-1));
  }
  const stored = rows.balanceIn(onWire(balanceToRow(balance)));
  expect(stored.tail).toEqual(rows.blocksIn(onWire(blocksToRow(blocks))));
  const alone = blocks.flatMap((block) => rows.blocksIn(onWire(blocksToRow([block]))));
  for (const read of [stored.tail, alone]) {
    const holds = new Map();
    let fold = emptyFold;
    for (const [index, block] of read.entries()) {
      const step = enterBlock(fold, block, holds);
      expect([step.hash, step.outOfTurn]).toEqual([blocks[index]?.hash, []]);
      fold = step.after;
    }
    const { blocks: version, ...sums } = fold;
    expect(stored).toEqual({ walletId: wallet.id, version, ...sums, tail: stored.tail });
  }
});

test('the nonce of a payout is derived alike', () => {
  const { truth } = new World();
  const audit = newAudit({ chainIds: { ethereum: chainId } });
  const read = rows.withdrawalIn(onWire(withdrawalToRow(requested)));
  expect(authorizationOf(audit, truth, read)).toBe(payoutNonce(chainId, token, requested.id));
});

test('a batch is read as it is written, and as its members read it', () => {
  const to = destination as `0x${string}`;
  const ids = [requested.id, requestedOf(walletOf()).id];
  const all = ids.map((id, index) => ({
    ...{
      to,
      value: BigInt(index + 5),
      validBefore: 9n,
      v: 27,
      r: hex('a'),
      s: hex('b'),
    },
    nonce: payoutNonce(chainId, token, id),
  }));
  const payer = `0x${'0a'.repeat(20)}` as const;
  const raw = serializeTransaction({
    ...{ type: 'eip1559', chainId, nonce: 4, to, gas: 300_000n },
    data: encodeFunctionData({ abi: payoutsAbi, functionName: 'pay', args: [token, payer, all] }),
  });
  const fees = { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n };
  const carrier = { from: to, nonce: 4, fees };
  const [id, hash] = [hex('f').slice(0, 34), hex('e')];
  const details = batchDetailsOf({ chainId, token, contract: to, carrier, raw, hash });
  const batch = { id, createdAt: at(1), members: new Map(ids.map((one) => [one, 2])), details };
  const read = batchIn(onWire(batchToRow(batch)));
  expect(read).toEqual(
    ids.map((withdrawalId, index) => ({
      ...{ withdrawalId, number: 2, chainId, token, to: destination.toLowerCase(), payer },
      ...{ value: BigInt(index + 5), authorization: all[index]?.nonce, validBefore: 9 },
      ...{ from: destination.toLowerCase(), nonce: 4, raw, hash, ends: false },
      batch: { id, members: 2, gas: 300_000n },
    })),
  );
  for (const [index, one] of ids.entries()) {
    const { authorization } = evmAttemptOf(attemptIn(batch, one));
    const { value, authorization: nonce } = read[index] ?? {};
    expect(authorization).toMatchObject({
      from: payer,
      to: destination,
      value,
      validBefore: 9,
      nonce,
    });
  }
});

test('an attempt in ether is read by the nonce that it uses', () => {
  const from = `0x${'0a'.repeat(20)}` as const;
  const details = etherDetailsOf({
    chainId,
    carrier: {
      ...{ from, nonce: 4, gas: 21_000n },
      fees: { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n },
    },
    transfer: { to: destination, value: 5n },
    ...{ raw: hex('d'), hash: hex('e') },
  });
  const attempt = { withdrawalId: requested.id, number: 1, createdAt: at(1), details };
  expect(rows.attemptIn(onWire(attemptToRow(attempt)))).toMatchObject({
    ...{ token: rows.etherToken, to: destination.toLowerCase(), value: 5n, payer: from },
    ...{ authorization: `${from}#4`, from, nonce: 4, raw: hex('d'), hash: hex('e'), ends: false },
  });
});

test('attempts, effects, journals, wallets, operations and what is kept of them are read as they are written', () => {
  const nonce = payoutNonce(chainId, token, requested.id);
  const details = detailsOf({
    chainId,
    token,
    authorization: { from: '0x0a', to: destination, value: minorOf(5n), validBefore: 9, nonce },
    signature: hex('c'),
    carrier: { from: destination, nonce: 4, fees: { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n } },
    raw: hex('d'),
    hash: hex('e'),
  });
  const attempt = { withdrawalId: requested.id, number: 1, createdAt: at(1), details };
  expect(rows.attemptIn(onWire(attemptToRow(attempt)))).toEqual({
    withdrawalId: requested.id,
    ends: false,
    number: 1,
    chainId,
    token,
    to: destination.toLowerCase(),
    value: 5n,
    authorization: nonce,
    payer: '0x0a',
    validBefore: 9,
    from: destination.toLowerCase(),
    nonce: 4,
    raw: hex('d'),
    hash: hex('e'),
    batch: null,
  });
  const effect = effectOf(requested, 'tf_1');
  expect(rows.conversionIn(onWire(recordToRow(effect)))).toMatchObject({
    withdrawalId: requested.id,
    quoteToken: effect.quoteToken,
    source: effect.source,
    sends: 1,
    transferId: 'tf_1',
  });
  const journal = {
    withdrawalId: requested.id,
    kind: 'journal',
    purpose: 'return',
    version: 1,
    attempt: 1,
    key: 'key',
    bytes: '{}',
    from: 'a',
    to: 'b',
    amount: minorOf(3n),
    sends: 1,
    firstSentAt: at(1),
    lastSentAt: at(1),
    refusedCode: null,
    nothingSince: null,
    counted: false,
    journalId: null,
  } as const;
  expect(rows.journalIn(onWire(recordToRow(journal)))).toMatchObject({
    purpose: 'return',
    key: 'key',
    bytes: '{}',
    amount: 3n,
  });
  const { id, tenant } = wallet;
  expect(rows.walletIn(onWire(walletToRow(wallet)))).toMatchObject({ id, tenant, account: null });
  const credit = transactionOf(wallet, 'CREDIT', 7n);
  expect(rows.transactionIn(onWire(transactionToRow(credit, 1_000)))).toMatchObject({
    id: credit.id,
    amount: 7n,
    status: 'PENDING',
    acceptedAt: credit.createdAt,
    isIndexed: true,
  });
  const claim = { ...claimKey('tf_1'), withdrawalId: requested.id, walletId: id };
  expect(rows.claimIn(onWire(claim))).toEqual({ transferId: 'tf_1', withdrawalId: requested.id });
  const lane = { ...sequenceKey({ network: 'ethereum', address: destination }), next: 3 };
  const address = destination.toLowerCase();
  expect(rows.laneIn(onWire(lane))).toEqual({ network: 'ethereum', address, next: 3 });
  const counter = { of: 'tenant:alice', currency: 'USD', day: '2026-01-05' } as const;
  expect(rows.counterIn(onWire({ ...counterKey(counter), used: -5n }))).toEqual({
    ...counter,
    used: -5n,
  });
});

/** Every stage may go to review in the product's map; in truth only those that ask somebody do. */
const intoReview = edges.filter((edge) => edge.endsWith(' review'));

test("the auditor's edges are those of the product's map", () => {
  const names = Object.keys(stages) as Stage[];
  const product = names.flatMap((from) => stages[from].next.map((to) => `${from} ${to}`));
  const known = edges.filter((edge) => !intoReview.includes(edge));
  expect([...known].sort()).toEqual(product.sort());
});

test("the auditor's events are those of the product's map", () => {
  const product = Object.entries(stages).flatMap(([stage, { event }]) =>
    event === null ? [] : [[stage, `withdrawal.${event}`]],
  );
  expect([...eventOf].sort()).toEqual(product.sort());
});
