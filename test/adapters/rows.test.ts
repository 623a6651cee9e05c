import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blocksFrom, blocksToRow } from '../../lambdas/adapters/dynamo/block-row.ts';
import {
  attemptFrom,
  attemptToRow,
  batchFrom,
  batchToRow,
  conversionFrom,
  recordToRow,
} from '../../lambdas/adapters/dynamo/effect-rows.ts';
import { bytesOf } from '../../lambdas/adapters/dynamo/fields.ts';
import { sweepEntries } from '../../lambdas/adapters/dynamo/open.ts';
import { rowOf } from '../../lambdas/adapters/dynamo/stream-image.ts';
import { withdrawalFrom, withdrawalToRow } from '../../lambdas/adapters/dynamo/withdrawal-row.ts';
import { sha256 } from '../../lambdas/core/kernel/ids.ts';
import {
  type Balance,
  fits,
  hashOf,
  type Posting,
  post,
} from '../../lambdas/core/ledger/ledger.ts';
import { detailsOf, type EvmAttempt, evmAttemptOf } from '../../lambdas/core/rails/evm/attempt.ts';
import { batchDetailsOf } from '../../lambdas/core/rails/evm/batch.ts';
import type { PayoutAttempt, PayoutBatch } from '../../lambdas/core/store/attempt.ts';
import { payIns } from '../../lambdas/core/store/conversion-record.ts';
import { type In, moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { asRead } from '../support/as-read.ts';
import { itemSize } from '../support/item-size.ts';
import {
  at,
  balanceOf,
  destination,
  minorOf,
  requestedOf,
  transactionOf,
  walletOf,
} from '../support/things.ts';

const wallet = walletOf();
const now = 1_795_263_448_827;
const digits = (bytes: number) => `0x${'ab'.repeat(bytes)}` as const;

/** A withdrawal of 98,765.43 as a client would send it, with a UUID as its key and another as its reference. */
const requested = requestedOf(wallet, {
  amount: minorOf(9_876_543n),
  idempotencyKey: crypto.randomUUID(),
  reference: crypto.randomUUID(),
  createdAt: at(now),
  history: [{ stage: 'requested', at: at(now) }],
});
const signed = {
  payout: minorOf(98_271_602_850n),
  fee: minorOf(49_383n),
  attempts: 1,
  txId: digits(32),
  readFrom: 123_456_789,
};
const paid = {
  ...signed,
  place: { height: 123_456_987, block: digits(32), index: 1_234 },
  confirmations: 198,
};

function happyPath(): Withdrawal[] {
  const path: Withdrawal[] = [requested];
  const after = (seconds: number) => at(now + seconds * 1_000 + 123);
  const go = (move: (from: Withdrawal) => Withdrawal) => path.push(move(path.at(-1) ?? requested));
  go((from) => moveTo(from, 'reserved', {}, after(1)));
  go((from) => moveTo(from, 'converting', {}, after(2)));
  go((from) => moveTo(from, 'converted', signed, after(90)));
  go((from) => moveTo(from, 'signed', signed, after(91)));
  go((from) => moveTo(from, 'broadcast', signed, after(92)));
  go((from) => moveTo(from, 'confirmed', paid, after(900)));
  go((from) => moveTo(from, 'settled', paid, after(901)));
  return path;
}

const evmAttempt: EvmAttempt = {
  chainId: 42_161,
  token: destination,
  authorization: {
    from: digits(20),
    to: destination,
    value: signed.payout,
    validBefore: 1_795_285_052,
    nonce: digits(32),
  },
  signature: digits(65),
  carrier: {
    from: destination,
    nonce: 123_456,
    fees: { maxFeePerGas: 123_456_789_012n, maxPriorityFeePerGas: 1_234_567_891n },
  },
  // A type-2 transaction that calls transferWithAuthorization: nine words and a selector in its envelope.
  raw: digits(416),
  hash: digits(32),
};
const attempt: PayoutAttempt = {
  withdrawalId: requested.id,
  number: 1,
  createdAt: at(now),
  details: detailsOf(evmAttempt),
};

/** A write unit pays for each started KB, and a transaction for two (DynamoDB guide, "Read/write capacity"). */
const oneUnit = 1_024;

test('a withdrawal is within one write unit in every stage, with room for what clients add', () => {
  const sizes = happyPath().map((one) => itemSize(withdrawalToRow(one)));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(oneUnit - 180);
});

test('so are the payout attempt and the on-ramp effect', () => {
  const effect = {
    kind: 'conversion' as const,
    withdrawalId: requested.id,
    version: 1,
    quoteNumber: 1,
    quoteToken: 'x'.repeat(200),
    quoteExpiresAt: at(now),
    recipientId: `wlt_${'x'.repeat(32)}`,
    payIn: 'wire' as const,
    source: requested.amount,
    payout: signed.payout,
    fee: signed.fee,
    sends: 1,
    firstSentAt: at(now),
    lastSentAt: at(now),
    refusedCode: null,
    nothingSince: null,
    quoteUsed: false,
    transferId: `tf_${'x'.repeat(36)}`,
  };
  expect(itemSize(attemptToRow(attempt))).toBeLessThanOrEqual(oneUnit - 90);
  expect(itemSize(recordToRow(effect))).toBeLessThanOrEqual(oneUnit - 300);
  for (const payIn of payIns)
    expect(conversionFrom(asRead(recordToRow({ ...effect, payIn })))).toEqual({ ...effect, payIn });
});

/** The row as an event of the stream gives it: JSON, with bytes in base64. */
const asStreamed = (row: Record<string, unknown>) => {
  const image = marshall(row, { removeUndefinedValues: true });
  const wire = JSON.stringify(image, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  return rowOf(JSON.parse(wire));
};

const failure = { code: 'PAYOUT_EXPIRED', message: 'cancelled', retryable: true } as const;
const broadcast = happyPath()[5] as In<'broadcast'>;
const retried: Withdrawal = {
  ...broadcast,
  history: [
    ...broadcast.history,
    { stage: 'broadcast', at: at(now + 99), attempt: 2, detail: 'a reason' },
    // This clock is behind the one that accepted the withdrawal.
    { stage: 'broadcast', at: at(now - 5), detail: 'another' },
  ],
};
const refunding = moveTo(
  broadcast,
  'refunding',
  { failure, proof: { proof: 'cancelled', at: { block: digits(32), index: 3 } } },
  at(now + 5),
);

const unreferenced: Withdrawal = { ...requested, reference: null };
const oddlyReferenced: Withdrawal = { ...requested, reference: '#a#' };

/** The row as it is written, with its entries in the lists of sweep. */
const rowIn = (one: Withdrawal) => ({ ...withdrawalToRow(one), ...sweepEntries(one) });

test.each(
  [...happyPath(), retried, refunding, unreferenced, oddlyReferenced].map(
    (one) => [one.stage, one] as const,
  ),
)('%s is read as it was written, from the table and from its stream', (_, withdrawal) => {
  const row = rowIn(withdrawal);
  expect(withdrawalFrom(asRead(row))).toEqual(withdrawal);
  expect(withdrawalFrom(asStreamed(row))).toEqual(withdrawal);
});

test.each(['ab'.repeat(32), '5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4t'])(
  'the id of a transaction on another kind of chain is read as it was written: %s',
  (txId) => {
    const broadcast = happyPath().find(({ stage }) => stage === 'broadcast') ?? requested;
    const row = withdrawalToRow({ ...broadcast, txId } as Withdrawal);
    expect(withdrawalFrom(asRead(row))).toMatchObject({ txId });
  },
);

test('an attempt is read as it was written, down to the signed bytes', () => {
  const read = attemptFrom(asRead(attemptToRow(attempt)));
  expect([read, evmAttemptOf(read)]).toEqual([attempt, evmAttempt]);
});

const members = Array.from({ length: 45 }, () => requestedOf(wallet).id);
const batch: PayoutBatch = {
  id: digits(16),
  createdAt: at(now),
  members: new Map(members.map((id, index) => [id, index + 1])),
  details: batchDetailsOf({
    ...{ chainId: 1, token: destination, contract: destination },
    carrier: evmAttempt.carrier,
    // Seven words for each, behind four and a selector in its envelope.
    ...{ raw: digits(45 * 7 * 32 + 4 * 32 + 4 + 120), hash: digits(32) },
  }),
};

test('a batch is read as it was written, and costs its members less than a write unit each', () => {
  const row = batchToRow(batch);
  expect(batchFrom(asRead(row))).toEqual(batch);
  expect(batchFrom(asStreamed(row))).toEqual(batch);
  expect((2 * Math.ceil(itemSize(row) / oneUnit)) / members.length).toBeLessThanOrEqual(0.65);
});

test('a withdrawal whose payout goes together with others is read as it was written, and is within one write unit', () => {
  for (const stage of ['signed', 'broadcast', 'confirmed', 'settled'] as const) {
    const one = happyPath().find((each) => each.stage === stage) ?? requested;
    const together = { ...one, payoutBatch: batch.id } as Withdrawal;
    const row = withdrawalToRow(together);
    expect(withdrawalFrom(asRead(rowIn(together)))).toEqual(together);
    expect(itemSize(row)).toBeLessThanOrEqual(oneUnit - 140);
    // Code of before leaves it alone as long as it would look for an attempt that is not there.
    const counts = stage === 'signed' || stage === 'broadcast';
    expect(row['format']).toBe(counts ? 3 : undefined);
  }
});

test.each(['', '0x', '00', '0xABcd', sha256('')])('%j is kept as bytes', (text) => {
  const plain = text.replace('0x', '').toLowerCase();
  expect(Buffer.from(bytesOf(text)).toString('hex')).toBe(plain);
});
test.each(['hash', '0x1', '0xzz', '00 ', '0x0x00'])('%j is not: it would be lost', (text) => {
  expect(() => bytesOf(text)).toThrow('not hex digits');
});

const kinds = ['CREDIT', 'DEBIT', 'HOLD', 'PAYOUT', 'FEE', 'RELEASE'] as const;
const sourceId = transactionOf(wallet, 'CREDIT', 1n).id;

test('any block is read as it was written, entry for entry, and its hash agrees', () => {
  const posting = fc.record({
    kind: fc.constantFrom(...kinds),
    amount: fc.bigInt({ min: 1n, max: 10n ** 18n }).map(minorOf),
    sourceId: fc.constantFrom(sourceId, requested.id),
  });
  const start = fc.bigInt({ min: 0n, max: 10n ** 18n });
  fc.assert(
    fc.property(start, start, fc.array(posting, { maxLength: 20 }), (available, held, wanted) => {
      let balance: Balance = {
        ...balanceOf(wallet.id, available),
        held: minorOf(held),
        version: 41,
        entries: 7,
        lastHash: sha256('before'),
      };
      const before = balance;
      const postings: Posting[] = [{ kind: 'CREDIT', amount: minorOf(1n), sourceId }];
      ({ balance } = post(before, postings, at(now)));
      for (const one of wanted.filter((each) => fits(balance, each))) {
        if (!fits(balance, one)) continue;
        postings.push(one);
        ({ balance } = post(balance, [one], at(now)));
      }
      const { block } = post(before, postings, at(now));
      const [read] = blocksFrom(asRead(blocksToRow([block])));
      expect(read).toEqual(block);
      expect(read && hashOf(read)).toBe(block.hash);
    }),
  );
});

test('a changed amount no longer agrees with the hash', () => {
  const before = balanceOf(wallet.id, 500n);
  const { block } = post(before, [{ kind: 'DEBIT', amount: minorOf(5n), sourceId }], at(now));
  const changed = { ...blocksToRow([block]), posted: [['DEBIT', 4, sourceId]] };
  const [read] = blocksFrom(asRead(changed));
  expect(read && hashOf(read)).not.toBe(block.hash);
});

test('forty-five holds are three KB', () => {
  const postings = Array.from({ length: 45 }, (): Posting => {
    return { kind: 'HOLD', amount: requested.amount, sourceId: requested.id };
  });
  const { block } = post(balanceOf(wallet.id, 10n ** 15n), postings, at(now));
  expect(itemSize(blocksToRow([block]))).toBeLessThanOrEqual(3 * 1_024);
});

test('a withdrawal of another asset than USDC is left alone by code that pays nothing else', () => {
  const ether = { ...requested, currency: 'ETH', asset: 'ETH' } as const;
  const row = asRead(rowIn(ether));
  expect(row['format']).toBe(4n);
  expect(withdrawalFrom(row)).toEqual(ether);
  expect(withdrawalToRow(requested)['format']).toBeUndefined();
});

test('a payer and a transaction of another alphabet than hexadecimal are kept as they are', () => {
  const facts = { ...signed, txId: 'aB'.repeat(40), payer: 'So1anaPayer', payoutBatch: 'Ab' };
  const one = moveTo({ ...requested, stage: 'reserved' }, 'signed', facts, at(now)) as Withdrawal;
  expect(withdrawalFrom(asRead(withdrawalToRow(one)))).toMatchObject(facts);
});
