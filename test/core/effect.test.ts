import { expect, test } from '@jest/globals';
import { lookUpAndSend, sendSaved } from '../../lambdas/core/effect/effect.ts';
import type { EffectKind, End, Found, Sending } from '../../lambdas/core/effect/kind.ts';
import { afterCall, afterLookUp, expired, neverSent } from '../../lambdas/core/effect/verdict.ts';
import { budgetOf } from '../../lambdas/core/kernel/budget.ts';
import type { Attempted } from '../../lambdas/core/kernel/outcome.ts';
import { later } from '../../lambdas/core/kernel/time.ts';
import type { Change } from '../../lambdas/core/store/change.ts';
import {
  firstSend,
  type Learned,
  notSent,
  type SendRecord,
  sentAgain,
} from '../../lambdas/core/store/send-record.ts';
import { commitsOfOne, type Store } from '../../lambdas/core/store/store.ts';
import { allOn } from '../support/gates.ts';
import { at, plenty, requestedOf, testClock, walletOf } from '../support/things.ts';

const now = at(1_000_000);
type Item = Sending & { name: string; effect: SendRecord & { version: number } };
const withdrawal = requestedOf(walletOf());
const itemOf = (given: Partial<SendRecord> = {}): Item => ({
  name: 'one',
  withdrawal,
  effect: { version: 1, ...firstSend(now), ...given },
});
const rules = { settleMs: 15, proofMs: 900, reviewMs: 40_000 };
const goodFor = (ms: number) => ({
  again: ({ effect }: Item) => ({ from: effect.lastSentAt, until: later(effect.firstSentAt, ms) }),
});
const forEver = { ...goodFor(10_000), deadFrom: () => null };

const learned = (refusedCode: string | null = null, nothingAfterMs?: number): Learned => ({
  refusedCode,
  nothingSince: nothingAfterMs === undefined ? null : at(now + nothingAfterMs),
});
const waiting = (ms: number, ...what: Parameters<typeof learned>): End<never> => ({
  is: 'waiting',
  until: at(now + ms),
  learned: learned(...what),
});

// biome-ignore format: columns are the point
test.each<[string, Attempted<string>, sends: number, proofMs: number, End<string>]>([
  ['a yes',                           { outcome: 'APPLIED', value: 'id' },                      1, 900, { is: 'taken', value: 'id', by: 'answer' }],
  ['a yes to a repetition',           { outcome: 'APPLIED', value: 'id' },                      2, 900, { is: 'taken', value: 'id', by: 'answer' }],
  ['a no to the only send',           { outcome: 'NOT_APPLIED', code: 'no' },                   1, 900, { is: 'not-made', code: 'no' }],
  ['a no to a repetition',            { outcome: 'NOT_APPLIED', code: 'no' },                   2, 900, waiting(15, 'no')],
  ['a no where the key excludes two', { outcome: 'NOT_APPLIED', code: 'no' },                   2,   0, { is: 'not-made', code: 'no' }],
  ['no answer',                       { outcome: 'UNKNOWN', why: 'timeout' },                   1, 900, waiting(15)],
  ['not now',                         { outcome: 'NOT_NOW', until: at(now + 7), why: 'busy' },  1, 900, waiting(7)],
  ['kept back',                       { outcome: 'NOT_SENT', until: at(now + 7), why: 'open' }, 1, 900, { is: 'not-sent', until: at(now + 7) }],
  ['a repetition that was kept back', { outcome: 'NOT_SENT', until: at(now + 7), why: 'open' }, 2, 900, { is: 'not-sent', until: at(now + 7) }],
])('%s', (_name, answer, sends, proofMs, end) => {
  expect(afterCall({ ...rules, proofMs }, itemOf({ sends }), answer, now)).toEqual(end);
});

const nothing: Found<string> = { found: 'these', values: [] };
const voided: Found<string> = { found: 'void', code: 'refused' };
const refused = { sends: 2, refusedCode: 'no' };
const since = { nothingSince: at(now + 20) };
// biome-ignore format: columns are the point
test.each<[string, Found<string>, afterMs: number, Partial<SendRecord>, deadAfterMs: number | null, ReturnType<typeof afterLookUp>]>([
  ['it is there',                        { found: 'these', values: ['id'] },    20, {},                      null,   { is: 'taken', value: 'id', by: 'look-up' }],
  ['it was refused there',               voided,                                20, {},                      null,   waiting(920, null, 20)],
  ['refused there, a while later',       voided,                               919, since,                   null,   waiting(920, null, 20)],
  ['refused there, at a second look',    voided,                               920, since,                   null,   { is: 'not-made', code: 'refused' }],
  ['it is there at a second look',       { found: 'these', values: ['id'] },   920, since,                   null,   { is: 'taken', value: 'id', by: 'look-up' }],
  ['it is there twice',                  { found: 'wrong', why: 'twice' },      20, {},                      null,   { is: 'for-a-person', why: 'twice' }],
  ['no answer',                          { found: 'unclear' },                  20, {},                      null,   waiting(35)],
  ['no answer at a second look',         { found: 'unclear' },                 920, since,                   null,   waiting(935, null, 20)],
  ['no answer for too long',             { found: 'unclear' },              40_000, {},                      null,   { is: 'for-a-person', why: 'The provider does not say what became of it.' }],
  ['nothing',                            nothing,                               20, {},                      null,   { is: 'to-send' }],
  ['nothing, after the only no',         nothing,                               20, { refusedCode: 'no' },   null,   { is: 'not-made', code: 'no' }],
  ['nothing, after a repeated no',       nothing,                               20, refused,                 null,   waiting(920, 'no', 20)],
  ['nothing for the first time, late',   nothing,                            5_000, refused,                 null,   waiting(5_900, 'no', 5_000)],
  ['nothing, at a second look',          nothing,                              920, { ...refused, ...since }, null,  { is: 'not-made', code: 'no' }],
  ['nothing, the key may be forgotten',  nothing,                           10_000, {},                      null,   { is: 'for-a-person', why: 'The provider may have forgotten what it was asked.' }],
  ['nothing, the key is no good',        nothing,                           10_000, {},                      10_500, waiting(10_500)],
  ['nothing, the key is dead',           nothing,                           10_500, {},                      10_500, waiting(11_400, null, 10_500)],
  ['nothing, it has long been dead',     nothing,                           11_400, { nothingSince: at(now + 10_500) }, 10_500, { is: 'not-made', code: expired }],
])('looked up: %s', (_name, found, afterMs, given, deadAfterMs, end) => {
  const deadFrom = () => (deadAfterMs === null ? null : at(now + deadAfterMs));
  const provider = { ...rules, ...goodFor(10_000), deadFrom };
  expect(afterLookUp(provider, itemOf(given), found, at(now + afterMs))).toEqual(end);
});

test('one look is enough where the key excludes that anything comes of it twice', () => {
  const provider = { ...rules, proofMs: 0, ...goodFor(0), deadFrom: () => now };
  const end = afterLookUp(provider, itemOf(), nothing, at(now + 20));
  expect(end).toEqual({ is: 'not-made', code: expired });
});

test('where no key keeps it from being made twice, two looks that see nothing must agree', () => {
  const provider = { ...rules, ...forEver, looksApartMs: 300 };
  const looked = (found: Found<string>, afterMs: number, given: Partial<SendRecord> = {}) =>
    afterLookUp(provider, itemOf(given), found, at(now + afterMs));
  expect(looked(nothing, 20)).toEqual(waiting(320, null, 20));
  expect(looked(nothing, 319, since)).toEqual(waiting(320, null, 20));
  expect(looked(nothing, 320, since)).toEqual({ is: 'to-send' });
  expect(looked({ found: 'unclear' }, 320, since)).toEqual(waiting(335));
});

test('what was seen of one that moved nothing is told with the wait for the second look', () => {
  const found = { ...voided, value: 'id' };
  const end = afterLookUp({ ...rules, ...forEver }, itemOf(), found, at(now + 20));
  expect(end).toEqual({ ...waiting(920, null, 20), seen: 'id' });
});

test('what nothing had come of starts anew when it is sent again', () => {
  const { effect } = itemOf({ ...refused, ...since });
  expect(sentAgain(effect, at(now + 30))).toMatchObject({ sends: 3, ...learned() });
});

test('what was kept back counts no more, and its first send is the one that leaves', () => {
  const once = notSent(itemOf().effect);
  expect(once).toMatchObject({ version: 2, sends: 0 });
  expect(sentAgain(once, at(now + 30))).toMatchObject({
    sends: 1,
    firstSentAt: now + 30,
    lastSentAt: now + 30,
  });
  const twice = notSent(sentAgain(itemOf().effect, at(now + 30)));
  expect(sentAgain(twice, at(now + 60))).toMatchObject({ sends: 2, firstSentAt: now });
});

test.each([
  ['with a key that runs out, which is good', at(now + 500), 20, { is: 'to-send' }],
  ['with a key that has run out', at(now + 500), 10_000, { is: 'not-made', code: expired }],
  ['with a key that the provider may forget', null, 10_000, { is: 'to-send' }],
])('never sent, %s', (_name, deadFrom, afterMs, end) => {
  const provider = { ...goodFor(10_000), deadFrom: () => deadFrom };
  expect(neverSent(provider, itemOf({ sends: 0 }), at(now + afterMs))).toEqual(end);
});

test('what may not be sent again yet is waited for', () => {
  const provider = { ...rules, deadFrom: () => null };
  const again = () => ({ from: at(now + 500), until: at(now + 1_000) });
  const end = afterLookUp({ ...provider, again }, itemOf(), nothing, at(now + 20));
  expect(end).toEqual(waiting(500));
});

/** A provider and a store that log their calls in order. */
function setUp(
  given: Partial<EffectKind<Item, string>> = {},
  refuse: (name: string) => boolean = () => false,
) {
  const clock = testClock(now);
  const log: string[] = [];
  const change = (what: string): Change[] => [{ change: what } as unknown as Change];
  const commit = async (changes: readonly Change[]) => {
    const names = changes.map((one) => String(one.change));
    log.push(names.join('+'));
    return names.flatMap((name, index) => (refuse(name) ? [index] : []));
  };
  const store = { commit, commitEach: commitsOfOne(commit) } as unknown as Store;
  const provider: EffectKind<Item, string> = {
    ...rules,
    ...forEver,
    name: 'test',
    guard: 'debit',
    isShared: false,
    lookUp: async (items) => items.map(() => nothing),
    claim: (item, when) => ({
      changes: change(`claim ${item.name}`),
      send: { ...item, effect: sentAgain(item.effect, when) },
    }),
    call: async ({ name, effect }) => {
      log.push(`call ${name} ${effect.sends}`);
      return { outcome: 'APPLIED', value: `made-${name}` };
    },
    record: ({ name }, end) =>
      change(`${end.is} ${name}${end.is === 'taken' ? ` ${end.value}` : ''}`),
    ...given,
  };
  const world = { store, clock, budget: plenty, switches: allOn };
  return { clock, log, provider, world };
}

test('what has never left is sent at once, without looking for what cannot be there', async () => {
  const { log, provider, world } = setUp({
    isShared: true,
    lookUp: async () => [{ found: 'these', values: ['of somebody else'] }],
  });
  await lookUpAndSend(world, provider, [itemOf({ sends: 0 })]);
  expect(log).toEqual(['claim one', 'call one 1', 'taken one made-one']);
});

test('what is saved is sent once and recorded', async () => {
  const { log, provider, world } = setUp();
  const [ended] = await sendSaved(world, provider, [itemOf()]);
  expect(log).toEqual(['call one 1', 'taken one made-one']);
  expect(ended).toMatchObject({ end: { is: 'taken' }, isTrue: true });
});

test('what was sent before is looked up, counted, and only then sent again', async () => {
  const { clock, log, provider, world } = setUp();
  await lookUpAndSend(world, provider, [itemOf()]);
  expect(log).toEqual(['waiting one']); // It may still appear.
  clock.advance(15);
  await lookUpAndSend(world, provider, [itemOf()]);
  expect(log.slice(1)).toEqual(['claim one', 'call one 2', 'taken one made-one']);
});

test.each<[string, Partial<EffectKind<Item, string>>, string | null]>([
  ['its claim was refused', {}, 'claim one'],
  ['the withdrawal says no', { mayGo: async () => false }, null],
])('not sent again when %s', async (_name, given, claimed) => {
  const { clock, log, provider, world } = setUp(given, (name) => name.startsWith('claim'));
  clock.advance(15);
  expect(await lookUpAndSend(world, provider, [itemOf()])).toEqual([]);
  expect(log).toEqual(claimed === null ? [] : [claimed]);
});

test('not sent again when there is no time left to record it', async () => {
  const { clock, log, provider, world } = setUp();
  clock.advance(15);
  await lookUpAndSend({ ...world, budget: budgetOf(() => 10_000) }, provider, [itemOf()]);
  expect(log).toEqual([]);
});

test('of many that look alike, the first that is nobody else’s is taken', async () => {
  const lookUp = async (): Promise<Found<string>[]> => [
    { found: 'these', values: ['a', 'b', 'c'] },
  ];
  const { clock, log, provider, world } = setUp({ lookUp, isShared: true }, (name) =>
    name.endsWith(' a'),
  );
  clock.advance(15);
  const [ended] = await lookUpAndSend(world, provider, [itemOf()]);
  expect(log).toEqual(['taken one a', 'taken one b']);
  expect(ended).toMatchObject({ end: { is: 'taken', value: 'b' }, isTrue: true });
});

test('where all that look alike are others’, there is nothing', async () => {
  const lookUp = async (): Promise<Found<string>[]> => [{ found: 'these', values: ['a'] }];
  const { clock, log, provider, world } = setUp({ lookUp, isShared: true }, (name) =>
    name.endsWith(' a'),
  );
  clock.advance(15);
  await lookUpAndSend(world, provider, [itemOf()]);
  expect(log).toEqual(['taken one a', 'claim one', 'call one 2', 'taken one made-one']);
});

test('what is doubtful is taken when otherwise nothing had come of it, and not before', async () => {
  const lookUp = async (): Promise<Found<string>[]> => [
    { found: 'these', values: ['a'], doubtful: ['b', 'c'] },
  ];
  const deadFrom = () => at(now + 1);
  const { clock, log, provider, world } = setUp(
    { lookUp, isShared: true, ...goodFor(0), deadFrom },
    (name) => name.endsWith(' a') || name.endsWith(' b'),
  );
  clock.advance(15);
  await lookUpAndSend(world, provider, [itemOf()]);
  expect(log).toEqual(['taken one a', 'waiting one']);
  clock.advance(900);
  const item = itemOf({ nothingSince: at(now + 15) });
  const [ended] = await lookUpAndSend(world, provider, [item]);
  expect(log.slice(2)).toEqual(['taken one a', 'taken one b', 'taken one c']);
  expect(ended).toMatchObject({ end: { is: 'taken', value: 'c' }, isTrue: true });
});

test('what somebody else recorded first is told apart', async () => {
  const { provider, world } = setUp({}, (name) => name.startsWith('taken'));
  expect(await sendSaved(world, provider, [itemOf()])).toMatchObject([{ isTrue: false }]);
});
