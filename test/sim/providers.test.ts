/**
 * The models of Alpaca and Due, read by the real adapters: every way of a journal and of a transfer; and the same calls
 * to local/simulators, which were made independently of them, are read alike.
 */
import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import { dueOnRamp } from '../../lambdas/adapters/due/on-ramp.ts';
import {
  type Brokerage,
  debitJournal,
  type JournalIntent,
  returnJournal,
  verdictOf,
} from '../../lambdas/core/brokerage/brokerage.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import type { OnRamp } from '../../lambdas/core/on-ramp/provider.ts';
import { treasury } from '../../local/chains/dev-accounts.ts';
import { startAlpacaSimulator } from '../../local/simulators/alpaca/alpaca.ts';
import { act, alice, ask } from '../simulators/alpaca-client.ts';
import {
  ask as askDue,
  control,
  nowhere,
  reaches,
  read as readDue,
  startDue,
} from '../simulators/due-client.ts';
import { at, minorOf } from '../support/things.ts';
import { serve, serveNoMore } from './model-hosts.ts';
import { type AlpacaModel, alpacaModel, type Decision } from './models/alpaca.ts';
import type { AlpacaOptions, JournalWay } from './models/alpaca-ways.ts';
import { type DueModel, dueModel, type FinishStatus } from './models/due.ts';
import { dueWebhookPublicKey } from './models/due-events.ts';
import type { DueOptions, TransferWay } from './models/due-ways.ts';
import { day, hour, minute, second } from './models/parts.ts';
import { randomOf } from './random.ts';
import { type StillWorld, stillWorld } from './still-world.ts';
import type { WireRequest } from './world.ts';

const firm = 'f1a90000-0000-4000-8000-000000000001';
afterEach(serveNoMore);

const start = Date.UTC(2026, 2, 3, 14);

const wd = (nth: number): WithdrawalId => `wd_${String(nth).padStart(26, '0')}`;
const debit = (cents: bigint, nth = 0, given: Partial<JournalIntent> = {}): JournalIntent => ({
  ...debitJournal(wd(nth), minorOf(cents), alice, firm, 1),
  ...given,
});
const giveBack = (cents: bigint, nth = 0): JournalIntent =>
  returnJournal(wd(nth), minorOf(cents), alice, firm, 1);

type Outside = { world: StillWorld; alpaca: AlpacaModel; brokerage: Brokerage };
function brokerageWorld(options: Partial<AlpacaOptions> = {}, seed = 1): Outside {
  const world = stillWorld(seed, start);
  const given = {
    accounts: [{ id: alice, cents: 100_000n }],
    firm: { id: firm, cents: 0n },
    keyId: 'k',
    secretKey: 's',
  };
  const alpaca = alpacaModel(world, given, options);
  serve({ alpaca: alpaca.handle });
  const brokerage = alpacaBrokerage({
    baseUrl: 'http://alpaca.model',
    firmAccountId: firm,
    ...given,
  });
  return { world, alpaca, brokerage };
}
const make = (brokerage: Brokerage, intent: JournalIntent) =>
  brokerage.journal(brokerage.prepare(intent));
async function made(brokerage: Brokerage, intent: JournalIntent) {
  const outcome = await make(brokerage, intent);
  if (outcome.outcome !== 'APPLIED') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}
async function listed(
  { brokerage, world }: Outside,
  { description, from, to, amount } = debit(1n),
) {
  const since = at(world.now() - 10 * day);
  const answer = await brokerage.journalsOf({
    description,
    from,
    to,
    amount,
    since,
    until: at(world.now()),
  });
  if (!answer.ok) throw new Error(answer.why);
  return answer.value;
}

describe('a journal', () => {
  const ways: [JournalWay, string[], boolean][] = [
    ['at-once', ['executed'], true],
    ['clearing', ['pending', 'executed'], true],
    ['minutes', ['pending', 'executed'], true],
    ['hours', ['pending', 'executed'], true],
    ['next-day', ['pending', 'executed'], true],
    ['never', ['pending'], false],
    ['unknown-word', ['unknown', 'executed'], true],
    ['refused', ['refused'], false],
    ['refused-later', ['pending', 'refused'], false],
    ['rejected', ['pending', 'refused'], false],
    ['canceled', ['pending', 'refused'], false],
    ['deleted', ['pending', 'reversed'], false],
  ];
  test.each(ways)('%s: goes through %j', async (way, states, moved) => {
    const outside = brokerageWorld({ ways: { [way]: 1 } });
    const { brokerage, alpaca, world } = outside;
    const journal = await made(brokerage, debit(1_155n));
    const seen = [journal.state];
    while (world.step()) {
      const status = await brokerage.status(journal.id);
      if (!status.ok) throw new Error(status.why);
      if (seen.at(-1) !== status.value.state) seen.push(status.value.state);
    }
    expect(seen).toEqual(states);
    expect(alpaca.truth().journals).toMatchObject([{ id: journal.id, cents: 1_155n, moved }]);
    expect(alpaca.truth().cash.get(alice)).toBe(moved ? 98_845n : 100_000n);
    expect(alpaca.truth().cash.get(firm)).toBe(moved ? 1_155n : 0n);
    expect(await listed(outside)).toMatchObject([{ id: journal.id, state: states.at(-1) }]);
  });

  test('executed and reversed later', async () => {
    const outside = brokerageWorld({ afterwards: { reversed: 1 } });
    expect(await made(outside.brokerage, debit(1_155n))).toMatchObject({ state: 'executed' });
    outside.world.passAtOnce(4 * day);
    expect(verdictOf(await listed(outside))).toEqual({ verdict: 'not-moved' });
    expect(outside.alpaca.truth().cash.get(alice)).toBe(100_000n);
  });

  test('executed and corrected later: its successor is another journal of another amount, not at once', async () => {
    const outside = brokerageWorld({
      afterwards: { corrected: 1 },
      afterwardsMs: [hour, hour],
      successorMs: [minute, minute],
      correctedBy: [-55, -55],
    });
    const { id } = await made(outside.brokerage, debit(1_155n));
    outside.world.passAtOnce(hour);
    expect(verdictOf(await listed(outside))).toEqual({ verdict: 'open' });
    outside.world.passAtOnce(5 * day);
    const verdict = verdictOf(await listed(outside));
    expect(verdict).toMatchObject({ verdict: 'moved', journal: { amount: 1_100n } });
    const { journals, cash } = outside.alpaca.truth();
    expect(journals).toMatchObject([
      { id, status: 'correct', moved: false },
      { key: null, moved: true },
    ]);
    expect([cash.get(alice), cash.get(firm)]).toEqual([98_900n, 1_100n]);
  });

  test('cashiering takes back what was spent already: into a debt, which nobody may move', async () => {
    const { brokerage, alpaca } = brokerageWorld();
    const first = await made(brokerage, debit(1_155n));
    await made(brokerage, giveBack(1_155n));
    expect(alpaca.reverse(first.id)).toBe(true);
    expect(alpaca.reverse(first.id)).toBe(false);
    expect(alpaca.truth().cash.get(firm)).toBe(-1_155n);
    expect(await brokerage.account(firm)).toMatchObject({ ok: true, value: { transferable: 0n } });
  });

  test('the same request again is the same journal, another one with its key is refused', async () => {
    const { brokerage, alpaca } = brokerageWorld();
    const first = await make(brokerage, debit(1_155n));
    expect(await make(brokerage, debit(1_155n))).toEqual(first);
    expect(await make(brokerage, debit(1_156n))).toMatchObject({
      why: expect.stringMatching(/^422/),
    });
    expect(alpaca.truth().journals).toHaveLength(1);
    expect(alpaca.truth().requests).toHaveLength(3);
    expect(alpaca.truth().requests[2]).toMatchObject({ key: debit(1n).key });
  });

  test('a key that is forgotten makes another journal', async () => {
    const { brokerage, alpaca, world } = brokerageWorld({ keyMemoryMs: hour });
    const { id } = await made(brokerage, debit(1_155n));
    world.passAtOnce(hour - 1);
    expect(await made(brokerage, debit(1_155n))).toMatchObject({ id });
    world.passAtOnce(1);
    expect((await made(brokerage, debit(1_155n))).id).not.toBe(id);
    expect(alpaca.truth().cash.get(alice)).toBe(100_000n - 2n * 1_155n);
  });

  test('a fast replay can be answered with another journal, refused', async () => {
    const outside = brokerageWorld({ replayRefused: 1 });
    await made(outside.brokerage, debit(1_155n));
    expect(await made(outside.brokerage, debit(1_155n))).toMatchObject({ state: 'refused' });
    expect(verdictOf(await listed(outside))).toMatchObject({ verdict: 'moved' });
  });

  test('what cannot be moved is refused; what no longer can when its time comes, too', async () => {
    const outside = brokerageWorld({ ways: { hours: 1 } });
    const { brokerage, alpaca, world } = outside;
    const notAvailable = { outcome: 'NOT_APPLIED', code: 'not-available' };
    expect(await make(brokerage, debit(100_001n, 1))).toEqual(notAvailable);
    const { id } = await made(brokerage, debit(60_000n, 2));
    alpaca.setCash(alice, 59_999n);
    world.passAtOnce(day);
    expect(await brokerage.status(id)).toMatchObject({ value: { state: 'refused' } });
    for (const how of ['account', 'transfers', 'inactive'] as const) {
      alpaca.block(alice, how);
      expect(await make(brokerage, debit(1n, 3))).toEqual(notAvailable);
      expect(await brokerage.account(alice)).toMatchObject({ value: { usable: false } });
      alpaca.unblock(alice);
      expect(await brokerage.account(alice)).toMatchObject({ value: { usable: true } });
    }
    const nobody = { ...debit(1n, 4), from: wd(0) };
    expect(await make(brokerage, nobody)).toEqual({
      outcome: 'NOT_APPLIED',
      code: 'no-such-account',
    });
    expect(await brokerage.account(wd(0))).toMatchObject({ ok: false, refused: true });
  });

  test('is cancelled while it waits', async () => {
    const { brokerage, world, alpaca } = brokerageWorld({ ways: { 'next-day': 1 } });
    const { id } = await made(brokerage, debit(1n));
    expect(await brokerage.cancel(id)).toMatchObject({ outcome: 'APPLIED' });
    world.passAtOnce(2 * day);
    expect(await brokerage.status(id)).toMatchObject({ value: { state: 'refused' } });
    const done = await made(brokerage, debit(1n, 2));
    alpaca.decide(done.id, 'send');
    expect(await brokerage.cancel(done.id)).toMatchObject({ code: 'not-pending' });
    expect(await brokerage.cancel('x')).toMatchObject({ outcome: 'UNKNOWN' });
  });

  test('is not seen at first by who asks a stale list, or reads it', async () => {
    const stale = { chance: 1, ms: [minute, minute] } as const;
    const outside = brokerageWorld({ staleLists: stale, staleReads: stale, ways: { minutes: 1 } });
    const { id } = await made(outside.brokerage, debit(1n));
    expect(await listed(outside)).toEqual([]);
    expect(await outside.brokerage.status(id)).toMatchObject({ ok: false });
    outside.world.passAtOnce(minute);
    expect(await listed(outside)).toMatchObject([{ state: 'pending' }]);
    expect(outside.alpaca.decide(id, 'execute')).toBe(true);
    expect(await listed(outside)).toMatchObject([{ state: 'pending' }]);
    expect(await outside.brokerage.account(alice)).toMatchObject({
      value: { transferable: 100_000n },
    });
    outside.alpaca.heal();
    expect(await listed(outside)).toMatchObject([{ state: 'executed' }]);
  });

  test('is seen by an uneven list or not, whatever was made before it', async () => {
    const staleLists = { chance: 1, ms: [minute, minute], uneven: true } as const;
    const outside = brokerageWorld({ staleLists });
    for (let nth = 1; nth <= 40; nth += 1) await made(outside.brokerage, debit(1n, nth));
    outside.world.passAtOnce(30 * second);
    const seen = await Promise.all(
      Array.from(
        { length: 40 },
        async (_, index) => (await listed(outside, debit(1n, index + 1))).length,
      ),
    );
    expect(new Set(seen)).toEqual(new Set([0, 1]));
    outside.world.passAtOnce(30 * second);
    expect(await listed(outside, debit(1n, 7))).toHaveLength(1);
  });

  test('is not made while too much is asked for, and the answer says until when', async () => {
    const { brokerage, world, alpaca } = brokerageWorld({
      limited: 1,
      limitedMs: [9 * second, 9 * second],
    });
    const until = world.now() + 9 * second;
    expect(await make(brokerage, debit(1n))).toMatchObject({ outcome: 'NOT_NOW', until });
    world.passAtOnce(4 * second);
    expect(await brokerage.status('x')).toMatchObject({ ok: false, until });
    alpaca.options.limited = 0;
    world.passAtOnce(5 * second);
    expect(await make(brokerage, debit(1n))).toMatchObject({ outcome: 'APPLIED' });
    alpaca.options.limited = 1;
    expect(await make(brokerage, debit(1n))).toMatchObject({ outcome: 'NOT_NOW' });
    alpaca.heal();
    expect(await make(brokerage, debit(1n))).toMatchObject({ outcome: 'APPLIED' });
  });

  test('that waits for ever is executed in a healed world, and is not undone any more', async () => {
    const { brokerage, alpaca, world } = brokerageWorld({
      ways: { never: 1 },
      afterwards: { reversed: 1 },
    });
    await made(brokerage, debit(7n, 1));
    const { id } = await made(brokerage, debit(8n, 2));
    alpaca.decide(id, 'execute');
    alpaca.heal();
    world.passAtOnce(5 * day);
    const { journals, cash } = alpaca.truth();
    expect(journals.map(({ moved }) => moved)).toEqual([true, true]);
    expect(cash.get(firm)).toBe(15n);
  });

  test('a wrong key is no key', async () => {
    brokerageWorld();
    const config = {
      baseUrl: 'http://alpaca.model',
      keyId: 'k',
      secretKey: 'x',
      firmAccountId: firm,
    };
    expect(await make(alpacaBrokerage(config), debit(1n))).toMatchObject({ outcome: 'UNKNOWN' });
  });
});

type Minted = { rail: string; micros: bigint; to: string; txHash: string };
type Ramp = {
  world: StillWorld;
  due: DueModel;
  onRamp: OnRamp;
  recipient: string;
  minted: Minted[];
  events: WireRequest[];
};
const usual = {
  baseUrl: 'http://due.model',
  apiKey: 'key',
  accountId: 'acct',
  treasury: treasury.address,
};
async function rampWorld(options: Partial<DueOptions> = {}, seed = 1): Promise<Ramp> {
  const world = stillWorld(seed, start);
  const minted: Minted[] = [];
  const events: WireRequest[] = [];
  const due = dueModel(
    world,
    {
      accountId: 'acct',
      apiKey: 'key',
      rails: ['ethereum', 'base'],
      mint: (rail, micros, to) => {
        const txHash = `0x${String(minted.length).padStart(64, '0')}`;
        minted.push({ rail, micros, to, txHash });
        return { txHash, logIndex: 3 };
      },
      postEvent: (event) => {
        events.push(event);
      },
    },
    options,
  );
  serve({ due: due.handle });
  const onRamp = dueOnRamp(usual);
  const recipient = await onRamp.recipient('ethereum');
  if (!recipient.ok) throw new Error(recipient.why);
  return { world, due, onRamp, recipient: recipient.value, minted, events };
}
async function quoted(onRamp: OnRamp, cents: bigint, network: 'ethereum' | 'base' = 'ethereum') {
  const quote = await onRamp.quote(network, minorOf(cents), 'ach');
  if (!quote.ok) throw new Error(quote.why);
  return quote.value;
}
async function converted({ onRamp, recipient }: Ramp, cents = 10_000n) {
  const { token } = await quoted(onRamp, cents);
  const outcome = await onRamp.transfer(token, recipient);
  if (outcome.outcome !== 'APPLIED') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}
async function read({ onRamp }: Ramp, id: string) {
  const answer = await onRamp.status(id);
  if (!answer.ok) throw new Error(answer.why);
  return answer.value;
}
const window = ({ onRamp, world }: Ramp) =>
  onRamp.transfersBetween(at(world.now() - hour), at(world.now()));

describe('a transfer', () => {
  const paid = { status: 'payment_processed', refundedCents: 0n, paidBy: `0x${'0'.repeat(64)}` };
  const back = { status: 'refund_processed', refundedCents: 10_000n, paidBy: null };
  const stuck = (status: string) => ({ status, refundedCents: 0n, paidBy: null });
  const ways: [TransferWay, string[], object][] = [
    ['paid', ['awaiting-funds', 'pending', 'paid'], paid],
    ['reviewed-paid', ['awaiting-funds', 'pending', 'held', 'pending', 'paid'], paid],
    ['reviewed-never', ['awaiting-funds', 'pending', 'held'], stuck('manual_review')],
    ['action-paid', ['awaiting-funds', 'pending', 'held', 'pending', 'paid'], paid],
    ['action-never', ['awaiting-funds', 'pending', 'held'], stuck('action_required')],
    ['refunded', ['awaiting-funds', 'pending', 'returning', 'returned'], back],
    ['reviewed-refunded', ['awaiting-funds', 'pending', 'held', 'returning', 'returned'], back],
    [
      'canceled',
      ['awaiting-funds', 'pending', 'held', 'returned'],
      { ...back, status: 'canceled' },
    ],
    ['failed', ['awaiting-funds', 'pending', 'failed'], stuck('failed')],
    ['failed-refunded', ['awaiting-funds', 'pending', 'failed', 'returning', 'returned'], back],
    ['failed-paid', ['awaiting-funds', 'pending', 'failed', 'pending', 'paid'], paid],
    ['failed-late', ['awaiting-funds', 'pending', 'failed'], stuck('failed')],
    ['unknown-paid', ['awaiting-funds', 'pending', 'unknown', 'pending', 'paid'], paid],
    ['unknown-refunded', ['awaiting-funds', 'pending', 'unknown', 'returning', 'returned'], back],
  ];
  test.each(ways)('%s: goes through %j', async (way, states, end) => {
    const ramp = await rampWorld({ ways: { [way]: 1 } });
    const { id } = await converted(ramp);
    const seen = ['awaiting-funds'];
    while (ramp.world.step()) {
      const { state } = await read(ramp, id);
      if (seen.at(-1) !== state) seen.push(state);
    }
    expect(seen).toEqual(states);
    const consumed = { sourceCents: 10_000n, payoutMicros: 99_500_000n, consumed: true };
    expect(ramp.due.truth().transfers).toMatchObject([{ id, ...consumed, ...end }]);
    const last = await read(ramp, id);
    if (states.at(-1) === 'paid') {
      const confirmation = { txHash: `0x${'0'.repeat(64)}`, logIndex: 3 };
      expect(last).toMatchObject({ payout: 99_500_000n, fee: 50n, returned: null, confirmation });
      const to = treasury.address;
      expect(ramp.minted).toMatchObject([{ rail: 'ethereum', micros: 99_500_000n, to }]);
    } else expect(ramp.minted).toEqual([]);
    if (states.at(-1) === 'returned') expect(last.returned).toBe(10_000n);
  });

  test('pays less, more, or elsewhere, and says so or not', async () => {
    for (const payoutShown of ['quoted', 'paid'] as const)
      for (const payout of ['less', 'more', 'elsewhere'] as const) {
        const ramp = await rampWorld({
          payouts: { [payout]: 1 },
          payoutShown: { [payoutShown]: 1 },
        });
        const { id } = await converted(ramp);
        ramp.world.passAtOnce(day);
        const [mint] = ramp.minted;
        if (mint === undefined) throw new Error('nothing was paid');
        expect(Math.sign(Number(mint.micros - 99_500_000n))).toBe(
          { less: -1, more: 1, elsewhere: 0 }[payout],
        );
        expect(mint.rail).toBe(payout === 'elsewhere' ? 'base' : 'ethereum');
        const shown = payoutShown === 'paid' ? mint.micros : 99_500_000n;
        expect(await read(ramp, id)).toMatchObject({ state: 'paid', payout: shown });
      }
  });

  test('names its transaction late, in part, or never; it may be on chain before it is said', async () => {
    const late = await rampWorld({ confirmations: { late: 1 }, fundingMs: [minute, minute] });
    const { id } = await converted(late);
    while ((await read(late, id)).state !== 'paid') late.world.passAtOnce(second);
    expect(await read(late, id)).toMatchObject({ confirmation: null });
    late.world.passAtOnce(minute);
    expect(await read(late, id)).toMatchObject({ confirmation: { logIndex: 3 } });
    for (const [how, confirmation] of [
      ['without-index', { logIndex: null }],
      ['never', null],
    ] as const) {
      const ramp = await rampWorld({ confirmations: { [how]: 1 }, paidUnsaidMs: [hour, hour] });
      const transfer = await converted(ramp);
      ramp.world.passAtOnce(30 * minute);
      expect(ramp.minted).toHaveLength(1);
      expect(await read(ramp, transfer.id)).toMatchObject({ state: 'pending' });
      ramp.world.passAtOnce(hour);
      const now = await read(ramp, transfer.id);
      expect(now.state).toBe('paid');
      if (confirmation === null) expect(now.confirmation).toBeNull();
      else expect(now.confirmation).toMatchObject(confirmation);
    }
  });

  test('gives back less than it took, and says so or not', async () => {
    for (const shown of ['yes', 'no'] as const) {
      const ramp = await rampWorld({
        ways: { refunded: 1 },
        refunds: { less: 1 },
        refundShown: { [shown]: 1 },
      });
      const { id } = await converted(ramp);
      ramp.world.passAtOnce(7 * day);
      const [{ refundedCents } = { refundedCents: 0n }] = ramp.due.truth().transfers;
      expect(refundedCents).toBeGreaterThan(0n);
      expect(refundedCents).toBeLessThan(10_000n);
      expect((await read(ramp, id)).returned).toBe(shown === 'yes' ? refundedCents : null);
    }
  });

  test('is made once of a quote, and not of one that expired or never was', async () => {
    const ramp = await rampWorld();
    const { onRamp, recipient, due, world } = ramp;
    const refused = { outcome: 'NOT_APPLIED', code: 'err_validation' };
    const quote = await quoted(onRamp, 10_000n);
    expect(quote).toMatchObject({ source: 10_000n, payout: 99_500_000n, fee: 50n });
    expect(quote.expiresAt).toBe(world.now() + 2 * minute);
    expect(await onRamp.transfer(quote.token, recipient)).toMatchObject({ outcome: 'APPLIED' });
    expect(await onRamp.transfer(quote.token, recipient)).toEqual(refused);
    const late = await quoted(onRamp, 10_000n);
    world.passAtOnce(2 * minute);
    expect(await onRamp.transfer(late.token, recipient)).toEqual(refused);
    expect(await onRamp.transfer('eyJ', recipient)).toEqual(refused);
    const other = await quoted(onRamp, 10_000n);
    const unknown = { outcome: 'NOT_APPLIED', code: 'err_transfer_invalid_destination_id' };
    expect(await onRamp.transfer(other.token, 'wlt_x')).toEqual(unknown);
    expect(due.truth().transfers).toHaveLength(1);
  });

  test('that is refused stays refused: one of another quote is another one (decision 6)', async () => {
    const { onRamp, recipient, due } = await rampWorld({ refusals: { err_aml_risk_score_hit: 1 } });
    const { token } = await quoted(onRamp, 10_000n);
    const refused = { outcome: 'NOT_APPLIED', code: 'err_aml_risk_score_hit' };
    expect(await onRamp.transfer(token, recipient)).toEqual(refused);
    due.options.refusals = { err_kyc_not_passed: 1 };
    expect(await onRamp.transfer(token, recipient)).toEqual(refused);
    const ofUs = await quoted(onRamp, 10_000n);
    expect(await onRamp.transfer(ofUs.token, recipient)).toMatchObject({ outcome: 'UNKNOWN' });
    due.options.refusals = { none: 1 };
    const other = await quoted(onRamp, 10_000n);
    expect(await onRamp.transfer(other.token, recipient)).toMatchObject({ outcome: 'APPLIED' });
  });

  test('is found on some page of a list, when it is not stale', async () => {
    const stale = { chance: 1, ms: [minute, minute] } as const;
    const ramp = await rampWorld({ pageMax: 3, staleLists: stale, staleReads: stale });
    const ids: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      ids.unshift((await converted(ramp)).id);
      ramp.world.passAtOnce(n % 2); // Some in the same millisecond.
    }
    expect(await window(ramp)).toEqual({ ok: true, value: [] });
    expect(await ramp.onRamp.status(ids[0] ?? '')).toMatchObject({ ok: false });
    ramp.due.options.staleLists = { ...stale, chance: 0 };
    const answer = await window(ramp);
    expect(answer.ok && answer.value.map(({ id }) => id)).toEqual(ids);
  });

  test('is not made while too much is asked for', async () => {
    const ramp = await rampWorld();
    const { token } = await quoted(ramp.onRamp, 10_000n);
    Object.assign(ramp.due.options, { limited: 1, limitedMs: [minute, minute] });
    expect(await ramp.onRamp.transfer(token, ramp.recipient)).toMatchObject({ outcome: 'UNKNOWN' });
    ramp.due.heal();
    expect(await ramp.onRamp.transfer(token, ramp.recipient)).toMatchObject({ outcome: 'APPLIED' });
  });

  test('that is stuck goes on in a healed world', async () => {
    const ramp = await rampWorld({ funding: { never: 1 }, ways: { 'reviewed-never': 1 } });
    const [unfunded, reviewed] = [await converted(ramp), await converted(ramp)];
    expect(ramp.due.fund(reviewed.id)).toBe(true);
    expect(ramp.due.fund(reviewed.id)).toBe(false);
    ramp.world.passAtOnce(day);
    expect(await read(ramp, unfunded.id)).toMatchObject({ state: 'awaiting-funds' });
    expect(await read(ramp, reviewed.id)).toMatchObject({ state: 'held' });
    ramp.due.heal();
    ramp.world.passAtOnce(day);
    expect(await read(ramp, unfunded.id)).toMatchObject({ state: 'paid' });
    expect(await read(ramp, reviewed.id)).toMatchObject({ state: 'paid' });
  });

  test('is finished by a person: what is paid or given back is so once, also one after the other', async () => {
    const ramp = await rampWorld({ ways: { 'reviewed-never': 1 } });
    const { id } = await converted(ramp);
    ramp.world.passAtOnce(hour);
    expect(ramp.due.finish(id, 'refund_processed', 9_000n)).toBe(true);
    expect(ramp.due.finish(id, 'refund_processed')).toBe(false);
    expect(await read(ramp, id)).toMatchObject({ state: 'returned', returned: 9_000n });
    expect(ramp.due.finish(id, 'payment_processed')).toBe(true);
    expect(ramp.due.finish(id, 'payment_processed')).toBe(false);
    expect(ramp.due.finish(id, 'approved')).toBe(false);
    expect(ramp.minted).toHaveLength(1);
  });

  test('the wrong key and the wrong account are told so', async () => {
    const ramp = await rampWorld();
    for (const wrong of [{ apiKey: 'x' }, { accountId: 'x' }]) {
      const answer = await dueOnRamp({ ...usual, ...wrong }).quote(
        'ethereum',
        minorOf(500n),
        'ach',
      );
      expect(answer).toMatchObject({
        ok: false,
        refused: false,
        why: expect.stringMatching(/^401/),
      });
    }
    expect(ramp.due.truth().transfers).toEqual([]);
  });
});

describe('events', () => {
  const publicKey = createPublicKey(dueWebhookPublicKey);
  const isSigned = ({ body, headers }: WireRequest): boolean =>
    verify(
      null,
      Buffer.from(body),
      publicKey,
      Buffer.from(headers['x-webhook-signature'] ?? '', 'hex'),
    );
  type Event = { id: string; type: string; data: { id: string; status: string } };
  const eventOf = ({ body }: WireRequest) => JSON.parse(body) as Event;
  const posted = async (how: keyof DueOptions['events']) => {
    const ramp = await rampWorld({ events: { [how]: 1 }, eventMs: [0, 0] });
    const { id } = await converted(ramp);
    ramp.world.passAtOnce(hour);
    expect(ramp.events.every((event) => eventOf(event).data.id === id)).toBe(true);
    return ramp.events;
  };
  const course = [
    'awaiting_funds',
    'funds_received',
    'approved',
    'payment_submitted',
    'payment_processed',
  ];

  test('are signed over their bytes; each has its id', async () => {
    const events = await posted('once');
    expect(events.map((event) => eventOf(event).data.status)).toEqual(course);
    expect(events.every(isSigned)).toBe(true);
    expect(new Set(events.map((event) => eventOf(event).id)).size).toBe(course.length);
  });
  test('are missing', async () => {
    expect(await posted('missing')).toEqual([]);
  });
  test('are doubled under one id', async () => {
    const events = await posted('doubled');
    expect(events.every(isSigned)).toBe(true);
    expect(events).toHaveLength(2 * course.length);
    expect(new Set(events.map((event) => eventOf(event).id)).size).toBe(course.length);
  });
  test('are forged beside the true ones: no lie is signed', async () => {
    const events = await posted('forged');
    const lies = events.filter((event) => !isSigned(event));
    expect(lies).toHaveLength(course.length);
    expect(lies.map((event) => eventOf(event).data.status)).toEqual([
      ...Array(course.length - 1).fill('payment_processed'),
      'failed',
    ]);
  });
});

const everyAlpacaWay: Partial<AlpacaOptions> = {
  ways: {
    'at-once': 9,
    clearing: 2,
    minutes: 1,
    hours: 1,
    'next-day': 1,
    never: 1,
    'unknown-word': 1,
    refused: 1,
    'refused-later': 1,
    rejected: 1,
    canceled: 1,
    deleted: 1,
  },
  afterwards: { stays: 2, reversed: 1, corrected: 1 },
  successorMs: [0, hour],
  replayRefused: 0.3,
  keyMemoryMs: 6 * hour,
  staleLists: { chance: 0.3, ms: [second, 2 * hour], uneven: true },
  staleReads: { chance: 0.3, ms: [second, 2 * hour] },
  limited: 0.02,
};
const everyDueWay: Partial<DueOptions> = {
  ways: {
    paid: 5,
    'reviewed-paid': 1,
    'reviewed-never': 1,
    'action-paid': 1,
    refunded: 1,
    canceled: 1,
    failed: 1,
    'failed-paid': 1,
    'failed-late': 1,
    'unknown-paid': 1,
    'unknown-refunded': 1,
  },
  funding: { drawn: 9, never: 1 },
  payouts: { quoted: 6, less: 1, more: 1, elsewhere: 1 },
  payoutShown: { quoted: 1, paid: 1 },
  confirmations: { whole: 3, 'without-index': 1, late: 1, never: 1 },
  paidUnsaidMs: [0, minute],
  refunds: { full: 1, less: 1 },
  refundShown: { yes: 1, no: 1 },
  refusals: { none: 9, err_aml_risk_score_hit: 1, err_kyc_not_passed: 1 },
  pageMax: 7,
  staleLists: { chance: 0.3, ms: [second, hour], uneven: true },
  staleReads: { chance: 0.3, ms: [second, hour] },
  limited: 0.02,
  events: { once: 5, missing: 1, doubled: 1, forged: 1 },
  eventMs: [0, hour],
};

/** Calls in a wild world, then a healed one. What was told and what is true, as text. */
async function wildBrokerage(seed: number): Promise<string> {
  const outside = brokerageWorld(everyAlpacaWay, seed);
  const { brokerage, alpaca, world } = outside;
  const calls = randomOf(seed + 1_000);
  const answers: unknown[] = [];
  const { cash, journals } = alpaca.truth();
  const consistent = (): void => {
    expect([...cash.values()].reduce((sum, cents) => sum + cents, 0n)).toBe(100_000n);
    const net = journals
      .filter(({ moved }) => moved)
      .reduce((sum, { from, cents }) => sum + (from === firm ? -cents : cents), 0n);
    expect(cash.get(firm)).toBe(net);
  };
  for (let n = 0; n < 60; n += 1) {
    const nth = calls.between(0, 9);
    const intent = calls.chance(0.7) ? debit(1_000n + BigInt(nth), nth) : giveBack(1_000n, nth);
    if (calls.chance(0.6)) answers.push(await make(brokerage, intent));
    else if (calls.chance(0.3)) answers.push(await brokerage.cancel(journals.at(-1)?.id ?? ''));
    else answers.push(await brokerage.status(calls.pick([...journals.map(({ id }) => id), 'x'])));
    world.passAtOnce(calls.between(0, 2 * hour));
    consistent();
  }
  alpaca.heal();
  world.passAtOnce(10 * day);
  consistent();
  expect(journals.filter(({ status }) => /queued|pending|clearing|await/.test(status))).toEqual([]);
  return inspect({
    answers,
    story: world.story,
    journals: journals.map(({ id, status }) => [id, status]),
  });
}

async function wildRamp(seed: number): Promise<string> {
  const ramp = await rampWorld(everyDueWay, seed);
  const { onRamp, due, world, minted, events } = ramp;
  const calls = randomOf(seed + 1_000);
  const answers: unknown[] = [];
  for (let n = 0; n < 40; n += 1) {
    const quote = await onRamp.quote('ethereum', minorOf(10_000n), 'ach');
    answers.push(quote);
    world.passAtOnce(calls.between(0, 3 * minute));
    if (quote.ok)
      for (let times = calls.between(1, 2); times > 0; times -= 1)
        answers.push(await onRamp.transfer(quote.value.token, ramp.recipient));
    answers.push(await window(ramp));
    world.passAtOnce(calls.between(0, 2 * hour));
  }
  due.heal();
  world.passAtOnce(20 * day);
  const { transfers } = due.truth();
  expect(new Set(transfers.map(({ quoteToken }) => quoteToken)).size).toBe(transfers.length);
  expect(transfers.flatMap(({ paidBy }) => paidBy ?? [])).toHaveLength(minted.length);
  for (const one of transfers) {
    expect(one.paidBy === null || one.consumed).toBe(true);
    expect(one.refundedCents).toBeLessThanOrEqual(one.consumed ? one.sourceCents : 0n);
    expect(one.status).toMatch(/^(payment_processed|failed|canceled|refund_processed)$/);
  }
  return inspect({ answers, story: world.story, minted, transfers, events });
}
const inspect = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one));

test.each([1, 2, 3, 4, 5])(
  'seed %i: cash is conserved, and the same seed is the same run',
  async (seed) => {
    const [brokerage, ramp] = [await wildBrokerage(seed), await wildRamp(seed)];
    expect(await wildBrokerage(seed)).toBe(brokerage);
    expect(await wildRamp(seed)).toBe(ramp);
    expect(await wildBrokerage(seed + 1)).not.toBe(brokerage);
    expect(await wildRamp(seed + 1)).not.toBe(ramp);
  },
);

/** Ids are each side's own: here they are called by the order in which they were first seen. */
function namer(): (value: unknown) => string {
  const names = new Map<string, string>();
  const name = (id: string): string => {
    const known = names.get(id) ?? `#${names.size}`;
    names.set(id, known);
    return known;
  };
  const id = /^([\da-f]{8}-[\da-f-]{27}|(tf|wlt)_[\da-f]{24})$/;
  const own = new Set(['token', 'expiresAt', 'createdAt', 'memo', 'bankName', 'accountName']);
  return (value) =>
    JSON.stringify(value, (key, one: unknown) => {
      if (typeof one === 'bigint') return `${one}n`;
      if (own.has(key) && one !== null) return 'its own';
      return typeof one === 'string' && id.test(one) && one !== firm && one !== alice
        ? name(one)
        : one;
    });
}

const dataDir = mkdtempSync(path.join(tmpdir(), 'providers-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

describe('read alike: the model and the simulator of', () => {
  const atOnceMaxCents = 10_000;
  const manyCents = 1_000_000_000_00;
  const acts = ['execute', 'send', 'reject', 'refuse', 'cancel'] as const satisfies Decision[];

  test('Alpaca', async () => {
    const journals = {
      pendingMs: null,
      activityMs: manyCents,
      perJournalCents: atOnceMaxCents,
      perAccountAndDayCents: manyCents,
    };
    const simulator = await startAlpacaSimulator({ dataDir, accounts: [alice], journals });
    try {
      const real = alpacaBrokerage(simulator);
      for (const seed of [1, 2]) {
        await ask(simulator, 'POST', '/_journals', { forgetKeys: true });
        const { firmAccountId, ...identity } = simulator;
        const world = stillWorld(seed, start);
        const [ours, firms] = [await real.account(alice), await real.account(firm)];
        if (!ours.ok || !firms.ok) throw new Error('no account');
        const alpaca = alpacaModel(world, {
          ...identity,
          accounts: [{ id: alice, cents: ours.value.transferable }],
          firm: { id: firmAccountId, cents: firms.value.transferable },
        });
        serve({ alpaca: alpaca.handle });
        const model = alpacaBrokerage({ ...simulator, baseUrl: 'http://alpaca.model' });
        const [nameReal, nameModel] = [namer(), namer()];
        const ids: { real: string; model: string }[] = [];
        const random = randomOf(seed);
        const both = async (
          what: (brokerage: Brokerage, side: 'real' | 'model') => Promise<unknown>,
        ) => {
          const [one, other] = [await what(real, 'real'), await what(model, 'model')];
          expect(nameModel(other)).toBe(nameReal(one));
          return { real: one, model: other };
        };
        const debitOf = (): JournalIntent => {
          const nth = 100 * seed + random.between(0, 3);
          const cents = random.pick([1n, 999n, 1_000n, 12_345n, 60_000_000n, 0n]);
          const intent = random.chance(0.8) ? debit(cents, nth) : giveBack(cents, nth);
          return random.chance(0.9)
            ? intent
            : { ...intent, from: random.pick([wd(0), firm, alice]) };
        };
        const oneOf = () => (ids.length === 0 ? { real: wd(1), model: wd(1) } : random.pick(ids));
        const idIn = (value: unknown): string | null =>
          (value as { outcome: string; value?: { id: string } }).value?.id ?? null;
        for (let n = 0; n < 70; n += 1) {
          const kind = random.weighted({
            make: 9,
            status: 2,
            list: 3,
            cancel: 2,
            act: 5,
            account: 1,
            block: 1,
          });
          switch (kind) {
            case 'make': {
              const intent = debitOf();
              alpaca.options.ways =
                intent.amount > atOnceMaxCents ? { never: 1 } : { 'at-once': 1 };
              const answers = await both((one) => make(one, intent));
              const [id, modelId] = [idIn(answers.real), idIn(answers.model)];
              if (id !== null && modelId !== null && ids.every((one) => one.real !== id))
                ids.push({ real: id, model: modelId });
              break;
            }
            case 'status': {
              const id = random.chance(0.9) ? oneOf() : { real: wd(1), model: wd(1) };
              await both((one, side) => one.status(id[side]));
              break;
            }
            case 'list': {
              const { description, from, to, amount } = random.chance(0.7)
                ? debit(1n, 100 * seed)
                : giveBack(1n, 100 * seed);
              await both(async (one, side) => {
                const now = at(side === 'real' ? Date.now() : world.now());
                const answer = await one.journalsOf({
                  description,
                  from,
                  to,
                  amount,
                  since: now,
                  until: now,
                });
                if (!answer.ok) throw new Error(answer.why);
                return [answer, verdictOf(answer.value)];
              });
              break;
            }
            case 'cancel': {
              const id = oneOf();
              await both((one, side) => one.cancel(id[side]));
              break;
            }
            case 'act': {
              const id = oneOf();
              if (ids.length === 0) break;
              const what = random.pick([...acts, 'reverse', 'correct', 'say'] as const);
              const cents = BigInt(random.between(1, 99));
              const amount = `0.${String(cents).padStart(2, '0')}`;
              const body =
                { correct: { amount }, say: { status: 'new_word' } }[what as string] ?? {};
              const { status } = await act(simulator, id.real, { do: what, ...body });
              let done = true;
              if (what === 'reverse') done = alpaca.reverse(id.model);
              else if (what === 'correct') {
                done = alpaca.correct(id.model, cents);
                world.passAtOnce(0);
              } else if (what === 'say') {
                alpaca.say(id.model, 'new_word');
                // What it has moved is forgotten by the simulator then: nothing more is done to it.
                ids.splice(ids.indexOf(id), 1);
              } else done = alpaca.decide(id.model, what);
              expect([what, done]).toEqual([what, status === 200]);
              await both((one, side) => one.status(id[side]));
              break;
            }
            case 'account':
              await both((one) => one.account(alice));
              break;
            case 'block': {
              const accountBlocked = random.chance(0.3);
              await ask(simulator, 'POST', `/_accounts/${alice}`, { accountBlocked });
              if (accountBlocked) alpaca.block(alice);
              else alpaca.unblock(alice);
              break;
            }
            default:
              kind satisfies never;
          }
        }
        await ask(simulator, 'POST', `/_accounts/${alice}`, { accountBlocked: false });
        alpaca.unblock(alice);
        for (const id of [alice, firm]) await both((one) => one.account(id));
      }
    } finally {
      await simulator.stop();
    }
  });

  test('Due', async () => {
    // Nothing is paid here, so no chain is asked.
    const chains = { ethereum: nowhere, base: nowhere };
    const simulator = await startDue({ chains, autoFund: false });
    try {
      await control(simulator, '/_courses', { steps: ['manual_review'], fund: false });
      const world = stillWorld(1, start);
      const due = dueModel(
        world,
        {
          ...simulator,
          rails: ['ethereum', 'base'],
          mint: () => {
            throw new Error('nothing is paid here');
          },
          postEvent: () => {},
        },
        { funding: { never: 1 }, ways: { 'reviewed-never': 1 } },
      );
      serve({ due: due.handle });
      const onRamps = {
        real: dueOnRamp({ ...simulator, treasury: treasury.address }),
        model: dueOnRamp({ ...simulator, baseUrl: 'http://due.model', treasury: treasury.address }),
      };
      type Side = keyof typeof onRamps;
      const names = { real: namer(), model: namer() };
      const both = async <T>(what: (onRamp: OnRamp, side: Side) => Promise<T>) => {
        const answers = {
          real: await what(onRamps.real, 'real'),
          model: await what(onRamps.model, 'model'),
        };
        expect(names.model(answers.model)).toBe(names.real(answers.real));
        return answers;
      };
      const linked = await both((one) => one.recipient('ethereum'));
      if (!linked.real.ok || !linked.model.ok) throw new Error('no recipient');
      const recipient = { real: linked.real.value, model: linked.model.value };
      const random = randomOf(1);
      const tokens: Record<Side, string>[] = [{ real: 'eyJ', model: 'eyJ' }];
      const ids: Record<Side, string>[] = [{ real: 'tf_x', model: 'tf_x' }];
      const began = { real: Date.now(), model: world.now() };
      const all = () =>
        both((one, side) => {
          const now = side === 'real' ? Date.now() : world.now();
          // The world's time is not the adapter's own, by which it knows what it may keep.
          return one.transfersBetween(at(began[side]), at(now), { noOlderThanMs: -1 });
        });
      /** Both sides stand still afterwards. */
      const fund = async (id: Record<Side, string>): Promise<void> => {
        const { transferInstructions, source } = await readDue(simulator, id.real);
        const paidIn = await askDue(simulator, 'POST', '/dev/payin', {
          currency: 'USD',
          rail: 'ach',
          amount: source.amount,
          reference: transferInstructions.memo,
        });
        expect(due.fund(id.model)).toBe(paidIn.status === 200);
        if (paidIn.status === 200) await reaches(simulator, id.real, 'manual_review');
        world.passAtOnce(minute);
      };
      const ends = [
        'failed',
        'canceled',
        'refund_submitted',
        'refund_processed',
        'action_required',
      ] as const satisfies FinishStatus[];
      for (let n = 0; n < 110; n += 1) {
        const kind = random.weighted({
          quote: 6,
          transfer: 9,
          expire: 1,
          status: 3,
          list: 1,
          fund: 1,
          finish: 2,
        });
        switch (kind) {
          case 'quote': {
            const network = random.pick(['ethereum', 'base', 'polygon'] as const);
            const cents = random.pick([
              10_000n,
              12_345n,
              100n,
              99n,
              0n,
              1_000_000_000n,
              1_000_000_001n,
            ]);
            const { real, model } = await both((one) =>
              one.quote(network, minorOf(cents), random.chance(2) ? 'ach' : 'wire'),
            );
            if (real.ok && model.ok)
              tokens.push({ real: real.value.token, model: model.value.token });
            break;
          }
          case 'transfer': {
            const token = random.chance(0.7) ? tokens.at(-1) : random.pick(tokens);
            const to = random.chance(0.9) ? recipient : { real: 'wlt_x', model: 'wlt_x' };
            const { real, model } = await both((one, side) =>
              one.transfer(token?.[side] ?? '', to[side]),
            );
            if (real.outcome === 'APPLIED' && model.outcome === 'APPLIED')
              ids.push({ real: real.value.id, model: model.value.id });
            break;
          }
          case 'expire': {
            const db = new DatabaseSync(path.join(simulator.dataDir, 'due.sqlite'), {
              timeout: 5_000,
            });
            db.prepare('UPDATE quotes SET expiresAtMs = ?').run(Date.now());
            db.close();
            world.passAtOnce(2 * minute);
            break;
          }
          case 'status': {
            const id = random.pick(ids);
            await both((one, side) => one.status(id[side]));
            break;
          }
          case 'list':
            await all();
            break;
          case 'fund': {
            const id = random.pick(ids);
            if (id.real !== 'tf_x') await fund(id);
            break;
          }
          case 'finish': {
            const id = random.pick(ids);
            if (id.real === 'tf_x') break;
            const status = random.pick(ends);
            const cents = random.chance(0.5) ? 60n : undefined;
            const refund = cents === undefined ? {} : { refund: '0.60' };
            await control(simulator, `/_transfers/${id.real}`, { status, ...refund });
            due.finish(id.model, status, cents);
            await both((one, side) => one.status(id[side]));
            break;
          }
          default:
            kind satisfies never;
        }
      }
      // More than a page of them.
      while (ids.length < 103) {
        const { real, model } = await both((one) => one.quote('base', minorOf(5_000n), 'ach'));
        if (!real.ok || !model.ok) throw new Error('no quote');
        const token = { real: real.value.token, model: model.value.token };
        const answers = await both((one, side) => one.transfer(token[side], recipient[side]));
        if (answers.real.outcome === 'APPLIED' && answers.model.outcome === 'APPLIED')
          ids.push({ real: answers.real.value.id, model: answers.model.value.id });
      }
      const { real } = await all();
      expect(real.ok && real.value.length).toBe(ids.length - 1);
    } finally {
      await simulator.stop();
    }
  });
});
