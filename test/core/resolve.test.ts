/** Whatever a person may do about a withdrawal in REVIEW, nothing is paid or given back twice. */
import { expect, test } from '@jest/globals';

import type { Journal } from '../../lambdas/core/brokerage/brokerage.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import {
  journalKeyLifeMs,
  journalProofMs,
  journalSettleMs,
  onRampProofMs,
  wireProofMs,
} from '../../lambdas/core/kernel/limits.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import type { OnRamp } from '../../lambdas/core/on-ramp/provider.ts';
import { makeResolve } from '../../lambdas/core/operations/four-eyes.ts';
import { endableAfterMs } from '../../lambdas/core/operations/limits.ts';
import type { Principal } from '../../lambdas/core/operations/principal.ts';
import { whyNot } from '../../lambdas/core/operations/resolution.ts';
import {
  type Evidence,
  evidenceOf,
  type Refused,
  refunded,
  resumed,
} from '../../lambdas/core/operations/review.ts';
import { makeCancel } from '../../lambdas/core/requests/cancel.ts';
import { resourceOf, timelineOf } from '../../lambdas/core/requests/resource.ts';
import { takenUp } from '../../lambdas/core/requests/take-up.ts';
import type { Resolution } from '../../lambdas/core/store/proposal-record.ts';
import type { WireRecord } from '../../lambdas/core/store/wire-record.ts';
import { followDebits } from '../../lambdas/core/wallet/follow-debit.ts';
import { type Limits, noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import {
  moveTo,
  type Stage,
  stages,
  type Withdrawal,
} from '../../lambdas/core/withdrawal/withdrawal.ts';
import { effectOf, journalEffectOf, transferOf } from '../support/books.ts';
import { customer, firm, testBrokerage } from '../support/brokerage.ts';
import { testGates } from '../support/gates.ts';
import { noAccounts } from '../support/on-ramp.ts';
import { shared } from '../support/shared.ts';
import {
  at,
  evenDice,
  minorOf,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { debitIn, endIn, move, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);

const failure = { code: 'OUTCOME_UNKNOWN', message: 'Nobody knows.', retryable: false } as const;
const original = { code: 'CANCELLED_BY_CLIENT', message: 'Cancelled.', retryable: false } as const;
const proof = { proof: 'never-sent' } as const;
const converted = { payout: minorOf(99_500_000n), fee: minorOf(50n) };
const signed = { ...converted, attempts: 1, txId: '0xaa', readFrom: 1 } as const;
const [ada, grace] = ['Ada Lovelace' as Principal, 'Grace Hopper' as Principal];
const reason = 'Due returned the dollars.';
const attestation = {
  by: [ada, grace] as const,
  note: `${ada}: ${reason} — ${grace}: ${reason}`,
};
const because = (note: string) => ({ ...attestation, note });
/** By then nothing that was sent can still take effect. */
const later = at(10 * 3_600_000);

const go = (from: Withdrawal, to: Stage, facts: object = {}): Withdrawal =>
  moveTo(from, to, facts as never, at(2_000));
/** A withdrawal in review from this stage, with all records that belong there. */
function inReviewFrom(heldFrom: Stage): Evidence {
  const requested: Withdrawal = requestedOf(walletOf());
  const reserved = () => go(requested, 'reserved');
  const ways: Partial<Record<Stage, () => Withdrawal>> = {
    requested: () => requested,
    debiting: () => go(requested, 'debiting', { journalId: 'journal-1' }),
    reserved,
    converting: () => go(reserved(), 'converting'),
    converted: () => go(go(reserved(), 'converting'), 'converted', converted),
    signed: () => go(go(go(reserved(), 'converting'), 'converted', converted), 'signed', signed),
    refunding: () => go(reserved(), 'refunding', { failure: original, proof }),
  };
  ways.broadcast = () => go((ways.signed ?? reserved)(), 'broadcast', signed);
  const before = (ways[heldFrom] ?? reserved)();
  const withdrawal = moveTo(before, 'review', { failure, heldFrom }, at(3_000));
  return {
    withdrawal,
    onRamp: heldFrom === 'debiting' ? null : effectOf(withdrawal, 'tf_1'),
    journals: heldFrom === 'debiting' ? [journalEffectOf(withdrawal, 'debit')] : [],
    wires: [],
    attempt: 'attempts' in withdrawal && withdrawal.attempts !== undefined,
  };
}
const stageOf = (answer: Withdrawal | Refused): string =>
  'refused' in answer ? answer.refused : answer.stage;

// biome-ignore format: columns are the point
test.each<[Stage, resume: RegExp, refund: RegExp]>([
  ['debiting',   /^debiting$/,          /^rejected$/],
  ['converting', /^converting$/,        /^refunding$/],
  ['converted',  /^converted$/,         /^refunding$/],
  ['broadcast',  /^broadcast$/,         /^A payout was signed\. Only the chain/],
  ['refunding',  /^refunding$/,         /being given back already: resume it/],
  ['requested',  /^No step asks again/, /nothing to be given back/],
  ['reserved',   /^No step asks again/, /nothing to be given back/],
  ['signed',     /^No step asks again/, /^A payout was signed\. Only the chain/],
])('held from %s: resuming gives %s, refunding %s', (heldFrom, resume, refund) => {
  const evidence = inReviewFrom(heldFrom);
  expect(stageOf(resumed(evidence, because('why'), later, 1_000))).toMatch(resume);
  expect(stageOf(refunded(evidence, attestation, later, 1_000))).toMatch(refund);
});

test.each(Object.keys(stages).filter((stage) => stage !== 'review') as Stage[])(
  'nothing is resolved that is %s and not in REVIEW',
  (stage) => {
    const withdrawal = { ...requestedOf(walletOf()), stage } as unknown as Withdrawal;
    const evidence = { withdrawal, onRamp: null, journals: [], wires: [], attempt: false };
    for (const resolution of ['resume', 'refund'] as const)
      expect(whyNot(resolution, evidence, at(3_000))).toMatch(
        `It is not in REVIEW, it is ${stage}`,
      );
    expect(whyNot('resume', evidence, later)).toBe(`It is not in REVIEW, it is ${stage}.`);
  },
);

/** A withdrawal that has waited for a provider since 2,000, which has not told what became of it. */
function standingIn(stage: 'debiting' | 'converting'): Evidence {
  const { withdrawal, ...evidence } = inReviewFrom(stage);
  const [id, requested] = [withdrawal.id, requestedOf(walletOf())];
  const before = stage === 'debiting' ? requested : go(requested, 'reserved');
  const to = go(before, stage, stage === 'debiting' ? { journalId: 'journal-1' } : {});
  return { ...evidence, withdrawal: { ...to, id } };
}

// biome-ignore format: columns are the point
test.each<['debiting' | 'converting', RegExp]>([
  ['debiting',   /^rejected$/],
  ['converting', /^refunding$/],
])('what has stood for long in %s may be ended by two people, and not before', (stage, end) => {
  const evidence = standingIn(stage);
  const then = (given: Partial<Evidence>, ms = 2_000 + endableAfterMs) =>
    stageOf(refunded({ ...evidence, ...given }, attestation, at(ms), 1_000));
  expect(then({}, 1_999 + endableAfterMs)).toMatch(`it is ${stage}, and not for long. Look again after`);
  expect(then({})).toMatch(end);
  expect(refunded(evidence, attestation, at(2_000 + endableAfterMs), 1_000)).toMatchObject({
    proof: { proof: 'attested', ...attestation },
    payoutBarrier: 'CLOSED',
  });
  // It shows that it waits, which makes it no younger and no older.
  const waits = waitFor(evidence.withdrawal, later, 'conversion-late', at(1 + endableAfterMs), evenDice);
  expect(then({ withdrawal: waits })).toMatch(end);
  // What was sent lately may still take effect, and only the chain can say that a payout was not paid.
  const { onRamp, journals } = evidence;
  const lastSentAt = at(1_000 + endableAfterMs);
  const again = { onRamp: onRamp && { ...onRamp, lastSentAt }, journals: journals.map((one) => ({ ...one, lastSentAt })) };
  expect(then(again)).toContain('may still take effect');
  expect(then({ wires: [wireOf(evidence.withdrawal.id, lastSentAt)] })).toContain('may still take effect');
  expect(then({ attempt: true })).toContain('A payout was signed.');
});

test('what the on-ramp says that it has paid is not ended by anybody’s word', () => {
  const evidence = standingIn('converting');
  const said = (lastSaid: string) => {
    const onRamp = evidence.onRamp && { ...evidence.onRamp, lastSaid, lastSaidAt: at(3_000) };
    return stageOf(refunded({ ...evidence, onRamp }, attestation, later, 1_000));
  };
  expect(said('paid')).toContain('says that it has paid');
  for (const state of ['awaiting-funds', 'pending', 'held', 'returning', 'failed', 'unknown'])
    expect(said(state)).toBe('refunding');
});

test('what is resumed knows what it knew, is due, and says why to our people only', () => {
  const evidence = inReviewFrom('broadcast');
  const to = resumed(evidence, because('The node had lost a block.'), later, 1_000) as Withdrawal;
  expect(to).toMatchObject({ ...signed, stage: 'broadcast', dueAt: later + 1_000, takeUps: 0 });
  expect(to.version).toBe(evidence.withdrawal.version + 1);
  for (const fact of ['failure', 'heldFrom', 'refundFor']) expect(to).not.toHaveProperty(fact);
  expect(to.history.at(-1)).toMatchObject({ note: 'The node had lost a block.' });
  expect(JSON.stringify(timelineOf(to))).not.toContain('lost a block');
});

test('a refund that stood still goes on as what it was', () => {
  const to = resumed(inReviewFrom('refunding'), because('The firm has cash again.'), later, 1_000);
  expect(to).toMatchObject({ failure: original, proof, payoutBarrier: 'CLOSED' });
  expect(to).not.toHaveProperty('refundFor');
});

// biome-ignore format: columns are the point
test.each<[string, Stage, Partial<Evidence>, object?]>([
  ['its journal',                     'debiting',   { journals: [] }],
  ['its request to the on-ramp',      'converting', { onRamp: null }],
  ['its payout, which it never had',  'converted',  { attempt: true }],
  ['its signed payout',               'broadcast',  { attempt: false }],
  ['what it is to be paid',           'converted',  {}, { payout: undefined }],
  ['what its refund is for',          'refunding',  {}, { refundFor: undefined }],
  ['the proof of its refund',         'refunding',  {}, { proof: undefined }],
])('nothing is asked again without %s', (_name, heldFrom, given, facts = {}) => {
  const { withdrawal, ...evidence } = inReviewFrom(heldFrom);
  const edited = { ...withdrawal, ...facts } as Withdrawal;
  const answer = resumed({ ...evidence, ...given, withdrawal: edited }, because('why'), later, 1_000);
  expect(answer).toHaveProperty('refused');
});

test('nothing is refunded while a payout is saved, whatever the withdrawal itself says', () => {
  const evidence = { ...inReviewFrom('converted'), attempt: true };
  expect(refunded(evidence, attestation, later, 1_000)).toHaveProperty('refused');
});

// biome-ignore format: columns are the point
test.each<[Stage, number]>([['debiting', journalProofMs], ['converting', onRampProofMs]])(
  'held from %s: nothing is attested while what was sent may still take effect',
  (heldFrom, proofMs) => {
    const evidence = inReviewFrom(heldFrom);
    const sentAt = evidence.withdrawal.updatedAt;
    const then = (ms: number) => stageOf(refunded(evidence, attestation, at(ms), 1_000));
    expect(then(sentAt + proofMs - 1)).toContain('may still take effect');
    expect(then(sentAt + proofMs)).not.toContain('may still take effect');
  },
);

const wireOf = (withdrawalId: WithdrawalId, sentAt: number): WireRecord => ({
  kind: 'wire',
  withdrawalId,
  transferId: `tf_${withdrawalId}`,
  version: 1,
  bankId: 'bank',
  amount: minorOf(10_000n),
  memo: 'memo',
  sends: 1,
  firstSentAt: at(sentAt),
  lastSentAt: at(sentAt),
  refusedCode: null,
  nothingSince: null,
  wireId: null,
});

test('nothing is attested while a wire to the on-ramp may still be made', async () => {
  const evidence = inReviewFrom('converting');
  const wires = [wireOf(evidence.withdrawal.id, later)];
  const then = (ms: number) => refunded({ ...evidence, wires }, attestation, at(ms), 1_000);
  expect(then(later + wireProofMs - 1)).toHaveProperty('refused');
  expect(then(later + wireProofMs)).toMatchObject({ stage: 'refunding' });
});

/** What Ada proposes and Grace confirms. */
const resolver = (clock = testClock(later), store: typeof world.store = world.store) => {
  const both =
    (resolution: Resolution) =>
    async (id: WithdrawalId, given: string): Promise<Withdrawal | Refused> => {
      const resolve = makeResolve({ store, proposals: world.proposals, clock, dueAfterMs: 1_000 });
      const say = (principal: Principal) =>
        resolve(id, resolution, { principal, callerId: `key of ${principal}`, reason: given });
      const first = await say(ada);
      const last = first.is === 'proposed' ? await say(grace) : first;
      if (last.is === 'confirmed') return last.withdrawal;
      return { refused: last.is === 'refused' ? last.why : last.is };
    };
  return { resume: both('resume'), refund: both('refund') };
};

/** A ledger wallet's withdrawal whose conversion went to review, as the steps make it. */
async function convertingInReview() {
  const wallet = walletOf();
  await world.requests.createWallet(wallet);
  await world.requests.createTransaction(transactionOf(wallet, 'CREDIT', 10_000n, at(1)));
  const requested = requestedOf(wallet, { amount: minorOf(10_000n) });
  await world.requests.createWithdrawal(requested, []);
  const clock = testClock();
  await debitIn(stepWorld(world.store, clock))(wallet.id);
  const transfer = transferOf(`tf_${requested.id}`, {
    state: 'failed',
    rail: null,
    address: null,
    createdAt: clock.now(),
  });
  let made = 0;
  const onRamp: OnRamp = {
    verdictOn: () => 'final',
    recipient: async () => ({ ok: true, value: 'wlt_treasury' }),
    quote: async (_network, source) => ({
      ok: true,
      value: { token: 'quote', source, ...converted, expiresAt: at(clock.now() + 120_000) },
    }),
    transfer: async () => {
      made += 1;
      return { outcome: 'APPLIED', value: transfer };
    },
    status: async () => {
      const confirmation = { txHash: `0x${requested.id}`, logIndex: null };
      return { ok: true, value: { ...transfer, confirmation } };
    },
    transfersBetween: async () => ({ ok: true, value: [transfer] }),
  };
  const step = {
    ...stepWorld(world.store, clock),
    store: world.store,
    onRamp,
    arrivals: {
      treasury: () => '0x00000000000000000000000000000000000000aa' as const,
      of: async () => {
        const logs = [{ index: 0, value: transfer.payout }];
        return { ok: true, value: { state: 'final', logs } } as const;
      },
    },
    gates: testGates(clock).gates,
    payIn: 'ach' as const,
    accounts: noAccounts,
  };
  const convert = () => makeOnRamp(step)([requested.id]);
  await convert();
  await convert();
  const balance = async () => {
    const found = await world.requests.wallet(wallet.id);
    return [found?.balance.available, found?.balance.held];
  };
  expect(await world.now(requested.id)).toMatchObject({ stage: 'review', heldFrom: 'converting' });
  return { id: requested.id, transfer, convert, balance, asked: () => made };
}

test('a conversion that is resumed is looked at, and never asked for again', async () => {
  const { id, transfer, convert, asked } = await convertingInReview();
  await resolver().resume(id, 'Look again.');
  await convert();
  expect(await world.now(id)).toMatchObject({ stage: 'review' });
  await resolver().resume(id, 'Due says that it is paid.');
  transfer.state = 'paid';
  await convert();
  expect(await world.now(id)).toMatchObject({ stage: 'converted', ...converted, takeUps: 0 });
  expect(asked()).toBe(1);
});

test('what two people attest is on record, gives the hold back once, and is the end of it', async () => {
  const { id, transfer, convert, balance, asked } = await convertingInReview();
  const before = await world.now(id);
  expect(await resolver().refund(id, reason)).toMatchObject({ stage: 'refunding' });
  expect(await world.now(id)).toMatchObject({
    stage: 'refunding',
    proof: { proof: 'attested', ...attestation },
    payoutBarrier: 'CLOSED',
    failure: { code: 'ON_RAMP_REJECTED', retryable: false },
  });
  // A conversion that takes effect after all adds to our treasury, and nothing is paid for it.
  transfer.state = 'paid';
  await convert();
  const asleep = { ...before, stage: 'converted', ...converted } as Withdrawal;
  expect(
    await world.store.commit([
      { change: 'withdrawal', from: asleep, to: go(asleep, 'signed', signed) },
    ]),
  ).toEqual([0]);
  const refund = endIn(stepWorld(world.store));
  await refund([id]);
  await refund([id]);
  const end = await world.now(id);
  expect(end).toMatchObject({ stage: 'refunded', proof: { proof: 'attested', ...attestation } });
  expect(await balance()).toEqual([10_000n, 0n]);
  expect(asked()).toBe(1);
  const told = JSON.stringify([resourceOf(end, new Map()), timelineOf(end)]);
  for (const secret of [...attestation.by, reason]) expect(told).not.toContain(secret);
  expect(takenUp(end, noLimits, later)).toMatchObject({ problem: 'NOT_RETRYABLE' });
  const retryable = { ...end, failure: { ...failure, retryable: true } } as Withdrawal;
  expect(takenUp(retryable, noLimits, later)).toMatchObject({ problem: 'NOT_RETRYABLE' });
});

test('of two people who resolve it at once, one is refused', async () => {
  const { id } = await convertingInReview();
  const answers = await Promise.all([
    resolver().resume(id, 'Look again.'),
    resolver().refund(id, reason),
  ]);
  expect(answers.filter((answer) => 'refused' in answer)).toHaveLength(1);
  expect(await resolver().refund(id, reason)).toHaveProperty('refused');
});

test('what has moved on since it was read is left as it is', async () => {
  const { id } = await convertingInReview();
  let reads = 0;
  const store = {
    ...world.store,
    attempt: async () => {
      reads += 1;
      const from = await world.now(id);
      // Ada's reading is the first, and Grace's the second.
      if (reads === 2) await move(world.store, from, moveTo(from, 'converting', {}, at(4_000)));
      return null;
    },
  };
  expect(await resolver(testClock(later), store).refund(id, reason)).toEqual({ refused: 'void' });
  expect(await world.now(id)).toMatchObject({ stage: 'converting', payoutBarrier: 'OPEN' });
});

test('a withdrawal that is not there is not resolved', async () => {
  expect(await resolver().resume(requestedOf(walletOf()).id, 'why')).toEqual({
    refused: 'not-there',
  });
});

const day = '2026-11-21';
async function atBrokerage(limits: Limits = noLimits) {
  const clock = testClock();
  const broker = testBrokerage(clock);
  const wallet = walletOf({ funding: { type: 'alpaca', accountId: customer } });
  await world.requests.createWallet(wallet);
  const requested = requestedOf(wallet, {
    amount: minorOf(1_000n),
    createdAt: clock.now(),
    countedOn: limits === noLimits ? null : day,
  });
  await world.requests.createWithdrawal(requested, []);
  const { id } = requested;
  const step = { ...stepWorld(world.store, clock), ...broker };
  const debit = async () => {
    await debitIn(step)(wallet.id);
    await followDebits(step, [id]);
  };
  const refund = endIn(step);
  const resolve = resolver(clock);
  return {
    clock,
    broker,
    id,
    wallet,
    debit,
    resolve,
    cancel: () => makeCancel(world.store, clock)(id),
    refund: () => refund([id]),
    resume: () => resolve.resume(id, 'The brokerage has been spoken to.'),
    stage: async () => (await world.now(id)).stage,
    balance: async () => {
      const found = await world.requests.wallet(wallet.id);
      return [found?.balance.available, found?.balance.held];
    },
    byHand: (from: string, to: string) => {
      const journal: Journal = {
        id: `by hand ${from}`,
        from,
        to,
        amount: minorOf(1_000n),
        description: id,
        state: 'executed',
        status: 'executed',
      };
      broker.journals.set(journal.id, journal);
    },
  };
}

/** A journal whose answers are lost is asked for at once, and then after 1, 2 and 4 s. */
const sendsInAVisit = 4;

/** The answer to its journal was lost, and the brokerage has not answered since. */
async function debitingInReview(made: 'lost-but-made' | 'lost-not-made', limits?: Limits) {
  const it = await atBrokerage(limits);
  const { journalsOf } = it.broker.brokerage;
  it.broker.failNext(...Array.from({ length: sendsInAVisit }, () => made));
  await it.debit();
  it.broker.brokerage.journalsOf = async () => ({ ok: false, refused: true, why: '403' });
  it.clock.advance(journalKeyLifeMs + 1);
  await it.debit();
  it.broker.brokerage.journalsOf = journalsOf;
  expect(await world.now(it.id)).toMatchObject({ stage: 'review', heldFrom: 'debiting' });
  return it;
}

test('a debit that is resumed is found, and its cash taken once', async () => {
  const { debit, resume, stage, broker, balance } = await debitingInReview('lost-but-made');
  await resume();
  await debit();
  expect(await stage()).toBe('reserved');
  expect([broker.sent.length, broker.taken()]).toEqual([sendsInAVisit, 1_000n]);
  expect(await balance()).toEqual([0n, 1_000n]);
});

test('a debit that was never made is not sent again when its key may be forgotten; one made by hand is found', async () => {
  const { debit, resume, stage, broker, balance, byHand } = await debitingInReview('lost-not-made');
  await resume();
  await debit();
  expect([await stage(), broker.sent.length]).toEqual(['review', sendsInAVisit]);
  byHand(customer, firm);
  await resume();
  await debit();
  expect(await stage()).toBe('reserved');
  expect([broker.sent.length, broker.taken()]).toEqual([sendsInAVisit, 1_000n]);
  expect(await balance()).toEqual([0n, 1_000n]);
});

test.each([[false, 'rejected'] as const, [true, 'cancelled'] as const])(
  'a debit of which two people attest that it took nothing ends, and is counted no more (cancelled before: %s)',
  async (isCancelled, end) => {
    const limits = { ...noLimits, perWalletAndDay: { USD: minorOf(1_000n) } };
    const it = await debitingInReview('lost-not-made', limits);
    const { id, wallet } = it;
    if (isCancelled) {
      await it.resume();
      await it.cancel();
      await it.debit();
    }
    const counter = { of: wallet.id, currency: 'USD', day } as const;
    const before = await world.store.counted(counter);
    it.clock.advance(journalProofMs);
    await it.resolve.refund(id, reason);
    expect(await world.now(id)).toMatchObject({
      stage: end,
      proof: { proof: 'attested' },
      payoutBarrier: 'CLOSED',
    });
    expect((await world.store.counted(counter)) - before).toBe(-1_000n);
    await it.debit();
    expect(await it.balance()).toEqual([0n, 0n]);
    expect(it.broker.sent).toHaveLength(sendsInAVisit);
    const [sums] = await world.store.asked(customer);
    expect(sums?.asked).toBe(sums?.booked);
    expect(takenUp(await world.now(id), noLimits, later)).toHaveProperty('problem');
  },
);

test('a refund that stood still is looked at again, and gives back once what a person moved by hand', async () => {
  const it = await atBrokerage();
  await it.debit();
  await it.cancel();
  it.broker.makeThem('executed');
  const { journal } = it.broker.brokerage;
  it.broker.brokerage.journal = async (request) => {
    const reply = await journal(request);
    for (const one of it.broker.journals.values()) if (one.from === firm) one.state = 'refused';
    return reply;
  };
  await it.refund();
  await it.refund();
  expect(await world.now(it.id)).toMatchObject({
    stage: 'review',
    heldFrom: 'refunding',
    refundFor: { code: 'CANCELLED_BY_CLIENT' },
  });
  await it.resume();
  await it.refund();
  expect([await it.stage(), it.broker.sent.length]).toEqual(['review', 2]);
  expect(await it.balance()).toEqual([0n, 1_000n]);
  it.byHand(firm, customer);
  await it.resume();
  await it.refund();
  await it.refund();
  expect([await it.stage(), it.broker.sent.length, it.broker.taken()]).toEqual([
    'cancelled',
    2,
    0n,
  ]);
  expect(await it.balance()).toEqual([0n, 0n]);
});

test('a refund whose answer was lost is found when it is resumed, and not sent again', async () => {
  const it = await atBrokerage();
  await it.debit();
  await it.cancel();
  it.broker.failNext('lost-but-made');
  await it.refund();
  const { journalsOf } = it.broker.brokerage;
  it.broker.brokerage.journalsOf = async () => ({ ok: false, refused: true, why: '403' });
  it.clock.advance(journalKeyLifeMs + 1);
  await it.refund();
  it.broker.brokerage.journalsOf = journalsOf;
  expect(await it.stage()).toBe('review');
  await it.resume();
  await it.refund();
  expect([await it.stage(), it.broker.sent.length, it.broker.taken()]).toEqual([
    'cancelled',
    2,
    0n,
  ]);
});

test('an attested refund at a brokerage gives the cash back by one mirror journal', async () => {
  const it = await atBrokerage();
  await it.debit();
  const from = await world.now(it.id);
  const converting = await move(world.store, from, moveTo(from, 'converting', {}, it.clock.now()));
  const onRamp = { ...effectOf(converting, null), version: 1 };
  await world.store.commit([{ change: 'record', to: onRamp }]);
  const facts = { failure, heldFrom: 'converting' } as const;
  await move(world.store, converting, moveTo(converting, 'review', facts, it.clock.now()));
  expect(await it.resolve.refund(it.id, reason)).toHaveProperty('refused');
  it.clock.advance(onRampProofMs);
  await it.resolve.refund(it.id, reason);
  for (let visit = 0; visit < 3; visit += 1) {
    await it.refund();
    it.clock.advance(2 * journalSettleMs);
  }
  expect([await it.stage(), it.broker.sent.length, it.broker.taken()]).toEqual(['refunded', 2, 0n]);
  expect(await it.balance()).toEqual([0n, 0n]);
});

test('the evidence is what is on record', async () => {
  const { id } = await convertingInReview();
  const wire = wireOf(id, 2_000);
  await world.store.commit([{ change: 'record', to: wire }]);
  expect(await evidenceOf(world.store, id)).toMatchObject({
    wires: [wire],
    withdrawal: { id, stage: 'review' },
    onRamp: { withdrawalId: id, transferId: `tf_${id}` },
    journals: [],
    attempt: false,
  });
  // The memo identifies the wire of a deposit, because the transfer may not be known.
  const [effect] = await world.store.conversions([id]);
  if (effect === undefined) throw new Error('no effect');
  const payIn = 'virtual-account' as const;
  const to = { ...effect, payIn, version: effect.version + 1, transferId: null };
  const deposit = { ...wire, transferId: `${id}-${effect.quoteNumber}`, accountId: 'va_1' };
  await world.store.commit([
    { change: 'record', to },
    { change: 'record', to: deposit },
  ]);
  expect(await evidenceOf(world.store, id)).toMatchObject({ wires: [deposit] });
  const it = await debitingInReview('lost-but-made');
  expect(await evidenceOf(world.store, it.id)).toMatchObject({
    onRamp: null,
    journals: [{ purpose: 'debit', withdrawalId: it.id }],
  });
  expect(await evidenceOf(world.store, `wd_${'z'.repeat(26)}` as WithdrawalId)).toBeNull();
});
