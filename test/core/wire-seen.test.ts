/** What a list of wires proves of one of ours, whose dollars must not be wired again while it may be there. */
import { expect, test } from '@jest/globals';
import type { WireSeen } from '../../lambdas/core/brokerage/brokerage.ts';
import type { Found } from '../../lambdas/core/effect/kind.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { providerClockSkewMs } from '../../lambdas/core/kernel/limits.ts';
import { whatBecame } from '../../lambdas/core/on-ramp/wire-seen.ts';
import { firstSend } from '../../lambdas/core/store/send-record.ts';
import type { WireRecord } from '../../lambdas/core/store/wire-record.ts';
import { at, minorOf } from '../support/things.ts';

const sentAt = at(10_000_000);
const wire = (given: Partial<WireRecord> = {}): WireRecord => ({
  kind: 'wire',
  withdrawalId: 'wd_1' as WithdrawalId,
  transferId: 'tf_1',
  version: 1,
  bankId: 'bank-1',
  amount: minorOf(10_000n),
  memo: 'Memo-ab12',
  ...firstSend(sentAt),
  wireId: null,
  ...given,
});
const seen = (given: Partial<WireSeen> = {}): WireSeen => ({
  id: 'w1',
  isOut: true,
  state: 'pending',
  status: 'QUEUED',
  amount: minorOf(10_000n),
  bankId: 'bank-1',
  memo: 'Memo-ab12',
  createdAt: sentAt,
  ...given,
});
const early = at(sentAt - providerClockSkewMs - 1);
const known = { wireId: 'w1' };
const nothing = { found: 'these', values: [] };
const there = { found: 'these', values: [{ id: 'w1' }] };
const unclear = { found: 'unclear' };
const back = { found: 'void', code: 'wire-returned', value: { id: 'w1' } };
const wrong = (word: string) => ({ found: 'wrong', why: expect.stringContaining(word) });

// biome-ignore format: a table
test.each<[string, WireRecord, Partial<WireSeen>[], object]>([
  ['nothing',                                  wire(),            [],                                                      nothing],
  ['ours',                                     wire(),            [{}],                                                    there],
  ['ours, of a clock behind',                  wire(),            [{ createdAt: early }],                                  there],
  ['ours, with more spoken of it',             wire(),            [{}, { id: 'w2', memo: 'Other-cd3' }],                   there],
  ['ours twice',                               wire(),            [{}, { id: 'w2' }],                                      wrong('more than once')],
  ['ours of another amount',                   wire(),            [{ amount: minorOf(9_975n) }],                           wrong('another amount')],
  ['ours to another bank',                     wire(),            [{ bankId: 'bank-2' }],                                  wrong('another bank')],
  ['ours back',                                wire(),            [{ state: 'returned' }],                                 back],
  ['ours back, and one that may be ours',      wire({ sends: 2 }), [{ state: 'refused' }, { id: 'w2', memo: 'MEMO-AB12' }], unclear],
  ['ours, and another after a second send',    wire({ sends: 2 }), [{}, { id: 'w2', memo: 'MEMO-AB12' }],                  wrong('more than once')],
  ['ours by its id, in other words',           wire(known),       [{ memo: 'MEMO-AB12', isOut: false, createdAt: null }],  there],
  ['ours by its id, without a memo',           wire(known),       [{ memo: '' }],                                          there],
  ['ours by its id, of another amount',        wire(known),       [{ memo: '', amount: minorOf(1n) }],                     wrong('another amount')],
  ['ours by its id, of no amount',             wire(known),       [{ amount: null }],                                      unclear],
  ['ours by its id, back',                     wire(known),       [{ memo: null, state: 'returned' }],                     back],
  ['another with our memo, that is back',      wire(known),       [{ id: 'w2', state: 'returned' }],                       unclear],
  ['no longer ours',                           wire(known),       [],                                                      unclear],
  ['the memo in capitals',                     wire(),            [{ memo: 'MEMO-AB12' }],                                 unclear],
  ['a space behind it',                        wire(),            [{ memo: 'Memo-ab12 ' }],                                unclear],
  ['a word before it',                         wire(),            [{ memo: '/BNF/Memo-ab12' }],                            unclear],
  ['its signs left out',                       wire(),            [{ memo: 'Memoab12' }],                                  unclear],
  ['it cut',                                   wire(),            [{ memo: 'Memo-a' }],                                    unclear],
  ['no memo',                                  wire(),            [{ memo: '' }],                                          unclear],
  ['a memo that is no text',                   wire(),            [{ memo: null }],                                        unclear],
  ['a memo of another kind',                   wire(),            [{ memo: 'wire transfer 77' }],                          unclear],
  ['no memo, and it is back',                  wire(),            [{ memo: '', state: 'refused' }],                        unclear],
  ['no memo and no amount',                    wire(),            [{ memo: '', amount: null }],                            unclear],
  ['no memo and no bank',                      wire(),            [{ memo: '', bankId: null }],                            unclear],
  ['no memo and the bank in capitals',         wire(),            [{ memo: '', bankId: 'BANK-1' }],                        unclear],
  ['no memo and no time',                      wire(),            [{ memo: '', createdAt: null }],                         unclear],
  ['nothing that can be read',                 wire(),            [{ id: null, memo: null, amount: null, bankId: null, createdAt: null }], unclear],
  ['our memo, and no word for its direction',  wire(),            [{ isOut: false }],                                      unclear],
  ['our memo and no amount',                   wire(),            [{ amount: null }],                                      unclear],
  ['our memo and no time',                     wire(),            [{ createdAt: null }],                                   unclear],
  ['our memo and no id',                       wire(),            [{ id: null }],                                          unclear],
  ['another memo of this shape',               wire(),            [{ memo: 'Memo-ab13' }],                                 nothing],
  ['no memo and another amount',               wire(),            [{ memo: '', amount: minorOf(10_001n) }],                nothing],
  ['no memo and another bank',                 wire(),            [{ memo: '', bankId: 'bank-2' }],                        nothing],
  ['no memo and an earlier time',              wire(),            [{ memo: '', createdAt: early }],                        nothing],
])('the list shows %s', (_name, effect, listed, found) => {
  expect(whatBecame(effect, listed.map(seen), [effect])).toMatchObject(found satisfies object);
});

test('what has the id of another wire of ours is not this one', () => {
  const other = wire({ wireId: 'w1', memo: 'Memo-zz99' });
  const both: readonly WireRecord[] = [wire(), other];
  const found: Found<WireSeen> = whatBecame(wire(), [seen({ memo: '' })], both);
  expect(found).toEqual(nothing);
});
