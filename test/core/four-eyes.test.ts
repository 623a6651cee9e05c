/** Whatever operators ask, one person never decides alone, and what two have decided is done once. */
import { expect, test } from '@jest/globals';
import { proposalLifeMs } from '../../lambdas/core/kernel/limits.ts';
import { makeResolve, type Outcome, openAmong } from '../../lambdas/core/operations/four-eyes.ts';
import {
  isSamePerson,
  type Principal,
  principalOf,
} from '../../lambdas/core/operations/principal.ts';
import { whyNot } from '../../lambdas/core/operations/resolution.ts';
import { resourceOf, timelineOf } from '../../lambdas/core/requests/resource.ts';
import { takenUp } from '../../lambdas/core/requests/take-up.ts';
import { type Resolution, resolutions } from '../../lambdas/core/store/proposal-record.ts';
import { noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import { waitingFor } from '../../lambdas/core/withdrawal/waiting.ts';
import { type In, moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { effectOf } from '../support/books.ts';
import { shared } from '../support/shared.ts';
import { at, evenDice, minorOf, testClock } from '../support/things.ts';
import { convertedIn, move, startWorld } from '../support/world.ts';

const world = shared(startWorld);
const [ada, grace, alan] = ['ada', 'grace', 'alan'] as unknown as [Principal, Principal, Principal];
/** By then nothing that was sent can still take effect. */
const later = 10 * 3_600_000;
const failure = { code: 'OUTCOME_UNKNOWN', message: 'Nobody knows.', retryable: false } as const;

function office(store = world.store) {
  const clock = testClock(later);
  const resolve = makeResolve({ store, proposals: world.proposals, clock, dueAfterMs: 1_000 });
  return {
    clock,
    say: (id: Withdrawal['id'], resolution: Resolution, principal: Principal, reason = 'why') =>
      resolve(id, resolution, { principal, callerId: `key of ${principal}`, reason }),
    proposals: async (id: Withdrawal['id']) =>
      openAmong(await world.proposals.proposals([id]), await world.now(id), clock.now()),
  };
}

/** A conversion whose outcome nobody could prove. */
async function inReview(): Promise<In<'review'>> {
  const held = await world.reserved();
  const converting = await move(world.store, held, moveTo(held, 'converting', {}, at(3_000)));
  const record = { ...effectOf(converting, `tf_${held.id}`), version: 1 };
  await world.store.commit([{ change: 'record', to: record }]);
  const facts = { failure, heldFrom: 'converting' } as const;
  return move(world.store, converting, moveTo(converting, 'review', facts, at(4_000)));
}

async function payoutIn(stage: 'signed' | 'broadcast' | 'review'): Promise<Withdrawal> {
  const converted = await convertedIn(world, {});
  const facts = { payout: converted.payout, fee: converted.fee };
  const more = { ...facts, attempts: 1, txId: `0x${'ab'.repeat(32)}`, readFrom: 7 } as const;
  const signed = moveTo(converted, 'signed', more, at(5_000));
  const details = { raw: new Uint8Array([1]) };
  const attempt = { withdrawalId: converted.id, number: 1, createdAt: at(5_000), details };
  await world.store.commit([
    { change: 'withdrawal', from: converted, to: signed },
    { change: 'attempt', attempt },
  ]);
  if (stage === 'signed') return signed;
  const sent = await move(world.store, signed, moveTo(signed, 'broadcast', more, at(6_000)));
  if (stage === 'broadcast') return sent;
  const held = { failure, heldFrom: 'broadcast' } as const;
  return move(world.store, sent, moveTo(sent, 'review', held, at(7_000)));
}

const isOf = (outcome: Outcome): string => outcome.is;

test('one proposes, another confirms, and both stand in the proof and in the note', async () => {
  const { id } = await inReview();
  const { say, proposals, clock } = office();
  const before = await world.now(id);
  const first = await say(id, 'refund', ada, 'Bank reference 123.');
  expect(first).toMatchObject({
    is: 'proposed',
    proposal: {
      resolution: 'refund',
      state: 'open',
      proposed: { by: 'ada', callerId: 'key of ada', reason: 'Bank reference 123.', at: later },
      expiresAt: later + proposalLifeMs,
    },
  });
  // Nothing but the proposal is written, and it is in the database: whoever proposed it may be gone.
  expect(await world.now(id)).toEqual(before);
  expect(await proposals(id)).toHaveLength(1);
  clock.advance(60_000);
  const second = await office().say(id, 'refund', grace, 'I called them, too.');
  expect(second).toMatchObject({
    is: 'confirmed',
    proposal: { state: 'confirmed', confirmed: { by: 'grace', callerId: 'key of grace' } },
    withdrawal: { stage: 'refunding', payoutBarrier: 'CLOSED' },
  });
  const end = await world.now(id);
  const note = 'ada: Bank reference 123. — grace: I called them, too.';
  expect(end).toMatchObject({ proof: { proof: 'attested', by: ['ada', 'grace'], note } });
  expect(end.history.at(-1)).toMatchObject({ stage: 'refunding', note });
  expect(await proposals(id)).toEqual([]);
  const told = JSON.stringify([resourceOf(end, new Map()), timelineOf(end)]);
  for (const secret of ['ada: ', 'grace', 'reference 123']) expect(told).not.toContain(secret);
});

test.each(resolutions)('nobody confirms their own proposal: %s', async (resolution) => {
  const { id } = resolution === 'cancel-payout' ? await payoutIn('broadcast') : await inReview();
  const { say, proposals } = office();
  const before = await world.now(id);
  expect(await say(id, resolution, ada, 'first')).toMatchObject({ is: 'proposed' });
  // By another key of hers, or in other letters, or once more because the answer was lost.
  for (const same of ['ada', ' Ada', 'ＡＤＡ', 'a\u200bda'])
    expect(await say(id, resolution, same as Principal, 'again')).toMatchObject({
      is: 'own',
      proposal: { proposed: { by: 'ada', reason: 'first' } },
    });
  const atOnce = await Promise.all([1, 2, 3].map(() => say(id, resolution, ada)));
  expect(atOnce.map(isOf)).toEqual(['own', 'own', 'own']);
  expect(await world.now(id)).toEqual(before);
  expect(await proposals(id)).toMatchObject([{ version: 1, proposed: { reason: 'first' } }]);
});

test('two proposals of one person at once are one, and those of two people are what both agree on', async () => {
  const { id } = await inReview();
  const answers = await Promise.all([1, 2].map(() => office().say(id, 'resume', ada)));
  expect(answers.map(isOf).sort()).toEqual(['own', 'proposed']);
  const other = await inReview();
  const both = await Promise.all([ada, grace].map((one) => office().say(other.id, 'resume', one)));
  expect(both.map(isOf).sort()).toEqual(['confirmed', 'proposed']);
  expect(await world.now(other.id)).toMatchObject({
    stage: 'converting',
    version: other.version + 1,
  });
});

test('two confirmations at once do it once; who confirmed hears it again, and the other hears who did', async () => {
  const { id, version } = await inReview();
  await office().say(id, 'resume', ada);
  const answers = await Promise.all([grace, alan].map((one) => office().say(id, 'resume', one)));
  expect(answers.map(isOf).sort()).toEqual(['confirmed', 'refused']);
  const [winner, loser] = answers[0]?.is === 'confirmed' ? [grace, alan] : [alan, grace];
  expect(await world.now(id)).toMatchObject({ stage: 'converting', version: version + 1 });
  expect(await office().say(id, 'resume', winner)).toMatchObject({
    is: 'confirmed',
    proposal: { confirmed: { by: winner } },
  });
  for (const late of [loser, ada])
    expect(await office().say(id, 'resume', late)).toMatchObject({
      is: 'refused',
      why: 'It is not in REVIEW, it is converting.',
      confirmed: { by: winner },
    });
  expect(await world.now(id)).toMatchObject({ version: version + 1 });
});

test('what comes back to REVIEW is decided anew, by two again', async () => {
  const { id } = await inReview();
  const { say } = office();
  await say(id, 'resume', ada);
  await say(id, 'resume', grace);
  const from = await world.now(id);
  const facts = { failure, heldFrom: 'converting' } as const;
  await move(world.store, from, moveTo(from, 'review', facts, at(later + 1)));
  expect(await say(id, 'resume', grace)).toMatchObject({
    is: 'proposed',
    proposal: { version: 3, proposed: { by: 'grace' }, confirmed: null },
  });
  expect(await say(id, 'resume', grace)).toMatchObject({ is: 'own' });
  expect(await say(id, 'resume', ada)).toMatchObject({ is: 'confirmed' });
});

test('a proposal of yesterday is void: who would have confirmed it proposes', async () => {
  const { id } = await inReview();
  const { say, clock, proposals } = office();
  await say(id, 'refund', ada);
  clock.advance(proposalLifeMs - 1);
  expect(await proposals(id)).toHaveLength(1);
  clock.advance(1);
  expect(await proposals(id)).toEqual([]);
  expect(await say(id, 'refund', grace)).toMatchObject({
    is: 'proposed',
    proposal: { proposed: { by: 'grace' }, version: 2 },
  });
  expect(await world.now(id)).toMatchObject({ stage: 'review' });
  expect(await say(id, 'refund', ada)).toMatchObject({ is: 'confirmed' });
});

test('of different resolutions each has its own proposal, and the first that is confirmed ends the others', async () => {
  const { id } = await inReview();
  const { say, proposals } = office();
  await say(id, 'resume', ada);
  expect(await say(id, 'refund', grace)).toMatchObject({ is: 'proposed' });
  expect(await proposals(id)).toHaveLength(2);
  expect(await say(id, 'refund', ada)).toMatchObject({ is: 'confirmed' });
  expect(await proposals(id)).toEqual([]);
  expect(await say(id, 'resume', grace)).toMatchObject({ is: 'void' });
  expect(await world.now(id)).toMatchObject({ stage: 'refunding' });
});

test('who confirms a proposal on a withdrawal that has moved on hears that it is void, and nothing is done', async () => {
  const from = await inReview();
  const { id } = from;
  const { say, proposals } = office();
  await say(id, 'refund', ada);
  // Its client had it looked up meanwhile, and it came back as unclear as before.
  const again = takenUp(from, noLimits, at(later));
  if ('problem' in again) throw new Error(again.detail);
  await world.store.commit([{ change: 'withdrawal', from, to: again }]);
  const facts = { failure, heldFrom: 'converting' } as const;
  const back = await move(
    world.store,
    again,
    moveTo(again, 'review', facts, at(later)) as In<'review'>,
  );
  expect(await proposals(id)).toEqual([]);
  expect(await say(id, 'refund', grace)).toMatchObject({
    is: 'void',
    proposal: { proposed: { by: 'ada' } },
  });
  expect(await world.now(id)).toEqual(back);
  // It is void for all, so the way is free again.
  expect(await say(id, 'refund', grace)).toMatchObject({ is: 'proposed' });
  expect(await say(id, 'refund', ada)).toMatchObject({ is: 'confirmed' });
});

test('what stands in converting is ended by two while its step goes on asking, and what that would send then is refused', async () => {
  const held = await world.reserved();
  const begun = await move(world.store, held, moveTo(held, 'converting', {}, at(3_000)));
  const record = { ...effectOf(begun, `tf_${held.id}`), version: 1 };
  await world.store.commit([{ change: 'record', to: record }]);
  const { id } = held;
  const { say, clock } = office();
  expect(await say(id, 'refund', ada, 'Due does not know it.')).toMatchObject({ is: 'proposed' });
  // It is written at each of its waits.
  for (let n = 0; n < 3; n += 1) {
    const from = (await world.now(id)) as In<'converting'>;
    await move(
      world.store,
      from,
      waitFor(from, clock.now(), 'conversion-late', clock.now(), evenDice),
    );
  }
  expect(await say(id, 'refund', ada)).toMatchObject({ is: 'own' });
  const asleep = (await world.now(id)) as In<'converting'>;
  expect(await say(id, 'refund', grace, 'They say so in writing.')).toMatchObject({
    is: 'confirmed',
    withdrawal: { stage: 'refunding', payoutBarrier: 'CLOSED' },
  });
  // A step that has read it before, and would ask once more, or has just seen it paid.
  const again = { ...record, version: 2, sends: 2 };
  expect(await world.store.commit([{ change: 'record', to: again }])).toEqual([0]);
  const facts = { payout: minorOf(99_500_000n), fee: minorOf(50n) };
  const to = moveTo(asleep, 'converted', facts, clock.now());
  expect(await world.store.commit([{ change: 'withdrawal', from: asleep, to }])).toEqual([0]);
});

test('a proposal to end what stands in converting is void once that has gone on', async () => {
  const held = await world.reserved();
  const begun = await move(world.store, held, moveTo(held, 'converting', {}, at(3_000)));
  await world.store.commit([{ change: 'record', to: { ...effectOf(begun, null), version: 1 } }]);
  const { say } = office();
  await say(held.id, 'refund', ada);
  const review = moveTo(begun, 'review', { failure, heldFrom: 'converting' }, at(later));
  await move(world.store, begun, review);
  expect(await say(held.id, 'refund', grace)).toMatchObject({ is: 'void' });
});

test('who proposed what is void may propose it anew at once', async () => {
  const from = await inReview();
  const { say } = office();
  await say(from.id, 'resume', ada, 'old');
  await move(world.store, from, { ...from, version: from.version + 1 });
  expect(await say(from.id, 'resume', ada, 'new')).toMatchObject({
    is: 'proposed',
    proposal: { proposed: { reason: 'new' }, on: { version: from.version + 1 } },
  });
  expect(await say(from.id, 'resume', grace)).toMatchObject({ is: 'confirmed' });
});

test('a step that changes the withdrawal between the reading and the write of a confirmation wins', async () => {
  const { id } = await inReview();
  await office().say(id, 'resume', ada);
  let isFirst = true;
  const store = {
    ...world.store,
    commit: async (changes: Parameters<typeof world.store.commit>[0]) => {
      if (isFirst) {
        isFirst = false;
        const from = await world.now(id);
        const to = { ...from, version: from.version + 1 } as Withdrawal;
        await world.store.commit([{ change: 'withdrawal', from, to }]);
      }
      return world.store.commit(changes);
    },
  };
  expect(await office(store).say(id, 'resume', grace)).toMatchObject({ is: 'void' });
  expect(await world.now(id)).toMatchObject({ stage: 'review' });
});

test('what is not possible is not even proposed, and what became impossible is not confirmed', async () => {
  const { id } = await inReview();
  const { say, clock } = office();
  clock.advance(5_000 - later);
  expect(await say(id, 'refund', ada)).toMatchObject({
    is: 'refused',
    why: expect.stringContaining('may still take effect'),
  });
  const wallet = await world.reserved();
  for (const resolution of resolutions)
    expect(await say(wallet.id, resolution, ada)).toMatchObject({ is: 'refused' });
  expect(await world.proposals.proposals([id, wallet.id])).toEqual([]);
  expect(await say('wd_0000000000000000000000zzzz', 'resume', ada)).toEqual({ is: 'not-there' });
});

test.each(['signed', 'broadcast', 'review'] as const)(
  'a payout in %s is to be cancelled on the word of two, and 4-broadcast is told',
  async (stage) => {
    const from = await payoutIn(stage);
    const { say, clock } = office();
    await say(from.id, 'cancel-payout', ada, 'They are blacklisted.');
    expect(await say(from.id, 'cancel-payout', grace, 'Seen, too.')).toMatchObject({
      is: 'confirmed',
    });
    const to = await world.now(from.id);
    expect(to).toMatchObject({
      stage: stage === 'review' ? 'broadcast' : stage,
      ending: { code: 'PAYOUT_CANCELLED', retryable: false },
      attempts: 1,
      txId: `0x${'ab'.repeat(32)}`,
      nextAttemptAt: clock.now(),
      dueAt: clock.now() + 1_000,
    });
    expect(to.history).toHaveLength(from.history.length + 1);
    for (const fact of ['failure', 'heldFrom']) expect(to).not.toHaveProperty(fact);
    expect(to.history.at(-1)).toMatchObject({
      // One line for one write: clients hear of each.
      detail:
        stage === 'review'
          ? 'Taken up again after a review.'
          : 'The payout is being cancelled on chain.',
      note: 'ada: They are blacklisted. — grace: Seen, too.',
    });
    // Once is enough.
    expect(await say(from.id, 'cancel-payout', alan)).toMatchObject({
      is: 'refused',
      why: 'Its payout is being cancelled already.',
    });
  },
);

test.each<[string, (from: Withdrawal) => Withdrawal, boolean, RegExp]>([
  ['without an attempt on record', (from) => from, false, /no signed payout on record/],
  [
    'held from elsewhere',
    (from) => ({ ...from, heldFrom: 'signed' }) as Withdrawal,
    true,
    /Nobody knows/,
  ],
  [
    'that never had one',
    (from) => ({ ...from, attempts: undefined }) as unknown as Withdrawal,
    true,
    /no signed payout/,
  ],
])('there is nothing to cancel of a withdrawal in REVIEW %s', async (_what, edit, attempt, why) => {
  const withdrawal = edit(await payoutIn('review'));
  const evidence = { withdrawal, onRamp: null, journals: [], wires: [], attempt };
  expect(whyNot('cancel-payout', evidence, at(later))).toMatch(why);
});

test('a payout that is being cancelled goes on being cancelled when it comes back from REVIEW', async () => {
  const from = (await payoutIn('broadcast')) as In<'broadcast'>;
  const { say } = office();
  for (const one of [ada, grace]) await say(from.id, 'cancel-payout', one);
  const ending = (await world.now(from.id)) as In<'broadcast'>;
  const held = moveTo(ending, 'review', { failure, heldFrom: 'broadcast' }, at(later));
  await move(world.store, ending, held);
  expect(await say(from.id, 'cancel-payout', ada)).toMatchObject({ is: 'refused' });
  for (const one of [ada, grace]) await say(from.id, 'resume', one);
  expect(await world.now(from.id)).toMatchObject({
    stage: 'broadcast',
    ending: { code: 'PAYOUT_CANCELLED' },
  });
});

test('a payout that is carried on meanwhile is the payout that was to be cancelled, and one that moved on is not', async () => {
  const signed = await payoutIn('signed');
  const { say } = office();
  await say(signed.id, 'cancel-payout', ada);
  const waits = waitFor(signed as In<'signed'>, at(later), 'node-away', at(later), evenDice);
  await move(world.store, signed, waits);
  await move(world.store, waits, { ...waits, version: waits.version + 1, attempts: 1 });
  expect(await say(signed.id, 'cancel-payout', grace)).toMatchObject({ is: 'confirmed' });

  const other = (await payoutIn('signed')) as In<'signed'>;
  await say(other.id, 'cancel-payout', ada);
  const sent = moveTo(other, 'broadcast', other, at(later));
  await move(world.store, other, sent);
  expect(await say(other.id, 'cancel-payout', grace)).toMatchObject({ is: 'void' });
  expect(await world.now(other.id)).not.toHaveProperty('ending');
});

test.each([
  ['ada', 'ada', true],
  ['ada', 'ADA ', true],
  ['Ada Lovelace', 'ada  lovelace', true],
  ['ada', 'Ａｄａ', true],
  ['ada', 'a\u00adda', true],
  ['Ada Lovelace', 'AdaLovelace', true],
  ['ada', 'ad\u034fa', true],
  ['ada', 'ada\ufe0f', true],
  ['ada', 'a\u2800da', true],
  ['e\u034f\u0301va', '\u00e9va', true],
  ['stra\u00dfe', 'STRASSE', true],
  ['\u03bf\u03b4\u03bf\u03c2', '\u039f\u0394\u039f\u03a3', true],
  ['key_1', 'key_1', true],
  ['ada', 'adam', false],
  ['ada@a.example', 'ada@b.example', false],
])('whether %j and %j are one person: %s', (one, other, same) => {
  const [a, b] = [principalOf(one), principalOf(other)];
  if (a === null || b === null) throw new Error('a test name is no name');
  expect(isSamePerson(a, b)).toBe(same);
});

test.each([undefined, null, 7, '', ' ', '\u200b', '\u3164', '\u2800', 'a\nb', 'x'.repeat(256)])(
  '%j names nobody',
  (text) => {
    expect(principalOf(text)).toBeNull();
  },
);

test('what a withdrawal in REVIEW waits for is a person', async () => {
  expect(waitingFor(await inReview())).toEqual({ reason: 'review', since: 4_000, until: null });
});
