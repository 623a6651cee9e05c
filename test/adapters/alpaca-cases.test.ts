/**
 * The table of Alpaca's cases: what Alpaca says, what we conclude, and what happens next. Each line has its source: a page of
 * docs.alpaca.markets/us, or the standard that the answer goes by.
 */
import { beforeEach, expect, test } from '@jest/globals';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import { alpacaFirmJournals } from '../../lambdas/adapters/alpaca/firm-journals.ts';
import { alpacaFirmWires } from '../../lambdas/adapters/alpaca/firm-wires.ts';
import { journalReplayMs } from '../../lambdas/core/brokerage/limits.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { journalSettleMs } from '../../lambdas/core/kernel/limits.ts';
import type { BrokerageWallet } from '../../lambdas/core/ledger/wallet.ts';
import { whatBecame } from '../../lambdas/core/on-ramp/wire-seen.ts';
import { firstSend } from '../../lambdas/core/store/send-record.ts';
import type { WireRecord } from '../../lambdas/core/store/wire-record.ts';
import { followDebits } from '../../lambdas/core/wallet/follow-debit.ts';
import { json, type Said, startProvider, textOf } from '../support/provider.ts';
import { shared } from '../support/shared.ts';
import { at, minorOf, requestedOf, testClock, walletOf } from '../support/things.ts';
import { debitIn, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);
const alpaca = shared(startProvider);
beforeEach(() => {
  alpaca.asked.length = 0;
});

const customer = 'a11ce000-0000-4000-8000-000000000001';
const firm = 'f1a90000-0000-4000-8000-000000000001';
const other = 'b0b00000-0000-4000-8000-000000000001';
const config = () => ({ ...alpaca, keyId: 'k', secretKey: 's', firmAccountId: firm });
const from = at(Date.UTC(2026, 2, 3));
const to = at(Date.UTC(2026, 2, 4));
const unclear = { ok: false, refused: false };

/** In the answers `wd_own` stands for the withdrawal of the test. */
const journal = (given: object = {}) => ({
  id: 'j1',
  entry_type: 'JNLC',
  from_account: customer,
  to_account: firm,
  status: 'executed',
  settle_date: null,
  system_date: null,
  net_amount: '10',
  description: 'wd_own',
  ...given,
});
const list = (...rows: unknown[]): Said => json(200, rows);
const error = (status: number, code: number) => json(status, { code, message: 'no' });

async function setUp(made: () => Said, listed: () => Said) {
  const clock = testClock(Date.UTC(2026, 2, 3, 14));
  const wallet = walletOf({ funding: { type: 'alpaca', accountId: customer } }) as BrokerageWallet;
  await world.requests.createWallet(wallet);
  const now = clock.now();
  const given = { amount: minorOf(1_000n), createdAt: now, acceptedAt: now };
  const requested = requestedOf(wallet, given);
  await world.requests.createWithdrawal(requested, []);
  alpaca.answer(({ method, path }) => {
    const said =
      method === 'POST' ? made() : path === '/v1/journals' ? listed() : json(200, journal());
    return said === 'hang-up'
      ? said
      : { ...said, body: textOf(said.body).replaceAll('wd_own', requested.id) };
  });
  const step = { ...stepWorld(world.store, clock), brokerage: alpacaBrokerage(config()) };
  return async (ms: number) => {
    clock.advance(ms);
    await debitIn(step)(wallet.id);
    await followDebits(step, [requested.id]);
    const posts = alpaca.asked.filter(({ method }) => method === 'POST').length;
    return { posts, withdrawal: await world.now(requested.id) };
  };
}

// biome-ignore format: a table
const requests: [says: string, source: string, answer: Said, next: object, posts: number][] = [
  // Alpaca says                        source                           the answer                                      the withdrawal                                          asked (what is unclear, by the same key three times more)
  ['executed',                          'docs/funding-via-journals',     json(200, journal()),                           { stage: 'reserved' },                                  1],
  ['not enough cash',                   'reference/createjournal',       error(403, 40_310_000),                         { stage: 'rejected', failure: { code: 'INSUFFICIENT_FUNDS', retryable: false } }, 1],
  ['no such account',                   'reference/createjournal',       error(404, 40_410_000),                         { stage: 'rejected', failure: { code: 'BROKERAGE_REJECTED', retryable: false } }, 1],
  ['a body that is not valid',          'reference/createjournal',       error(400, 40_010_000),                         { stage: 'rejected', failure: { retryable: false } },   1],
  ['rejected by its people',            'docs/funding-via-journals',     json(200, journal({ id: 'jx', status: 'rejected' })), { stage: 'debiting' },                            1],
  ['an amount that is none',            'reference/createjournal',       json(200, journal({ net_amount: '10.0.0' })),   { stage: 'debiting' },                                  4],
  ['an amount that is a number',        'reference/createjournal',       json(200, journal({ net_amount: 10 })),         { stage: 'debiting' },                                  4],
  ['another currency',                  'docs/local-currency-trading',   json(200, journal({ currency: 'EUR' })),        { stage: 'debiting' },                                  4],
  ['no amount',                         'reference/createjournal',       json(200, journal({ net_amount: null })),       { stage: 'debiting' },                                  4],
  ['our key refused',                   'RFC 9110, 15.5.2',              json(401, { message: 'unauthorized' }),         { stage: 'debiting' },                                  4],
  ['403 of a proxy',                    'RFC 9110, 15.5.4',              json(403, '<html>'),                            { stage: 'debiting' },                                  4],
  ['an error of a server',              'RFC 9110, 15.6',                error(500, 50_010_000),                         { stage: 'debiting' },                                  4],
];
test.each(requests)(
  'asked for a journal, Alpaca says %s (%s)',
  async (_, __, answer, next, posts) => {
    const visit = await setUp(
      () => answer,
      () => list(),
    );
    const seen = await visit(1);
    expect(seen.withdrawal).toMatchObject(next);
    expect(seen.posts).toBe(posts);
  },
);

// biome-ignore format: a table
const lists: [says: string, source: string, answer: Said, conclude: 'there' | 'not there' | 'perhaps'][] = [
  // The list says                                   source                        the answer                                                       so ours is
  ['our journal',                                    'reference/getjournals',      list(journal()),                                                 'there'],
  ['… beside shares',                                'reference/getjournals',      list(journal({ entry_type: 'JNLS', net_amount: null, qty: '1.5' }), journal()), 'there'],
  ['… beside another’s, in parts of a cent',         'reference/getjournals',      list(journal({ description: 'interest', net_amount: '0.0001' }), journal()), 'there'],
  ['… beside one without a description',             'reference/getjournals',      list(journal({ description: null, net_amount: 'x' }), journal()), 'there'],
  ['… beside one in another currency',               'docs/local-currency-trading', list(journal({ currency: 'JPY', net_amount: '1000.5' }), journal()), 'there'],
  ['… beside one of another account',                'reference/getjournals',      list(journal({ from_account: other, net_amount: [] }), journal()), 'there'],
  ['nothing',                                        'reference/getjournals',      list(),                                                          'not there'],
  ['the other direction',                            'reference/getjournals',      list(journal({ from_account: firm, to_account: customer })),     'not there'],
  ['one without a description, of its amount',       'reference/getjournals',      list(journal({ description: '' })),                              'perhaps'],
  ['one with no description, of its amount',         'reference/getjournals',      list(journal({ description: null, net_amount: '010.00' })),      'perhaps'],
  ['one without a description, of no amount',        'reference/getjournals',      list(journal({ description: '', net_amount: 10 })),              'perhaps'],
  ['one without a description, of another amount',   'reference/getjournals',      list(journal({ description: '', net_amount: '100' })),           'not there'],
  ['one without a description, of parts of a cent',  'reference/getjournals',      list(journal({ description: '', net_amount: '10.001' })),        'not there'],
  ['one without a description, the other way',       'reference/getjournals',      list(journal({ description: '', from_account: firm, to_account: customer })), 'not there'],
  ['its description in other words',                 'reference/getjournals',      list(journal({ description: 'Journal wd_own.' })),               'perhaps'],
  ['… beside ours, refused',                         'reference/getjournals',      list(journal({ id: 'j2', description: '' }), journal({ status: 'refused' })), 'perhaps'],
  ['one without a description beside ours',          'reference/getjournals',      list(journal({ id: 'j2', description: '' }), journal()),         'there'],
  ['another withdrawal’s, of its amount',            'reference/getjournals',      list(journal({ description: `wd_${'0'.repeat(26)}` })),          'not there'],
  ['a description that only begins like it',         'reference/getjournals',      list(journal({ description: 'wd_own0' })),                       'not there'],
  ['an amount with two points',                      'reference/getjournals',      list(journal({ net_amount: '10.00.00' })),                       'perhaps'],
  ['an empty amount',                                'reference/getjournals',      list(journal({ net_amount: '' })),                               'perhaps'],
  ['an amount that is a number',                     'reference/getjournals',      list(journal({ net_amount: 10 })),                               'perhaps'],
  ['a description that is a number',                 'reference/getjournals',      list(journal({ description: 7 })),                               'perhaps'],
  ['accounts that are null',                         'reference/getjournals',      list(journal({ from_account: null })),                           'perhaps'],
  ['a status that is none',                          'docs/funding-via-journals',  list(journal({ status: null })),                                 'perhaps'],
  ['no id',                                          'reference/getjournals',      list(journal({ id: '' })),                                       'perhaps'],
  ['a row that is null',                             'RFC 8259',                   list(null),                                                      'perhaps'],
  ['no list',                                        'reference/getjournals',      json(200, { journals: [] }),                                     'perhaps'],
  ['more than it can list',                          'reference/getjournals',      error(422, 42_210_000),                                          'perhaps'],
];
test.each(lists)(
  'looked for after a lost answer, the list says %s (%s)',
  async (_, __, answer, conclude) => {
    const answers: Said[] = ['hang-up'];
    const visit = await setUp(
      () => answers.shift() ?? error(500, 50_010_000),
      () => answer,
    );
    const { posts: before } = await visit(1);
    // While a repetition is the look-up nobody asks the list.
    const { posts, withdrawal } = await visit(journalReplayMs + journalSettleMs);
    // After that the same key and bytes are asked for again only when it is certain what the list says.
    expect(posts - before).toBe(conclude === 'not there' ? 1 : 0);
    expect(withdrawal).toMatchObject({ stage: conclude === 'there' ? 'reserved' : 'debiting' });
  },
);

const own = `wd_${'0'.repeat(26)}`;
// biome-ignore format: a table
test.each<[says: string, source: string, rows: unknown[], conclude: object]>([
  ['a withdrawal’s journal',           'reference/getjournals', [journal({ description: own })],                                                { ok: true, value: [{ description: own }] }],
  ['somebody else’s, readable',        'reference/getjournals', [journal({ description: 'fees' })],                                             { ok: true, value: [{ description: 'fees' }] }],
  ['somebody else’s, unreadable',      'reference/getjournals', [journal({ description: 'fees', net_amount: '0.0001' }), journal({ description: '', net_amount: {} })], { ok: true, value: [] }],
  ['between accounts of others',       'reference/getjournals', [journal({ from_account: other, to_account: customer, net_amount: null })],     { ok: true, value: [] }],
  ['a withdrawal’s, unreadable',       'reference/getjournals', [journal({ description: own, net_amount: '0.0001' })],                          unclear],
  ['one whose description is no text', 'reference/getjournals', [journal({ description: {} })],                                                 unclear],
  ['a withdrawal’s of an odd day',     'RFC 3339',              [journal({ description: own, system_date: '03/03/2026' })],                     unclear],
])('reconciliation reads of the firm’s journals %s (%s)', async (_, __, rows, conclude) => {
  alpaca.answer(() => list(...rows));
  expect(await alpacaFirmJournals(config()).journalsBetween(from, to)).toMatchObject(conclude);
});

const wire = (given: object = {}) => ({
  id: 'w1',
  direction: 'OUTGOING',
  type: 'wire',
  bank_id: 'b',
  status: 'COMPLETE',
  amount: '500',
  additional_information: 'DUE-1',
  created_at: '2026-03-01T09:00:00.123456-05:00',
  ...given,
});
const transfers = 'reference/get-v1-accounts-account_id-transfers';
const asked: WireRecord = {
  kind: 'wire',
  withdrawalId: 'wd_1' as WithdrawalId,
  transferId: 'tf_1',
  version: 1,
  bankId: 'b',
  amount: minorOf(50_000n),
  memo: 'DUE-1',
  ...firstSend(at(Date.UTC(2026, 2, 1, 14))),
  wireId: null,
};
const found = { found: 'these', values: [{ id: 'w1', memo: 'DUE-1' }] };
const none = { found: 'these', values: [] };
const open = { found: 'unclear' };
// biome-ignore format: a table
test.each<[says: string, source: string, rows: unknown[], ours: object, unread: unknown]>([
  ['our wire',                              transfers,  [wire()],                                                                             found,   []],
  ['… beside another’s, unreadable',        transfers,  [wire({ id: 'w9', additional_information: 'rent', amount: '1.005' }), wire()],        found,   ['rent']],
  ['another’s alone, unreadable',           transfers,  [wire({ id: 'w9', additional_information: 'rent-1', amount: '1.005', bank_id: 'c' })], none,   ['rent-1']],
  ['… and it may be ours',                  transfers,  [wire({ id: 'w9', additional_information: 'rent', amount: '1.005' })],                open,    ['rent']],
  ['an ACH transfer alone, unreadable',     transfers,  [wire({ id: 'w9', type: 'ach', amount: null, created_at: 0 })],                       none,    []],
  ['one that came in',                      transfers,  [wire({ direction: 'INCOMING' })],                                                    none,    []],
  ['our memo, going OUT',                   transfers,  [wire({ direction: 'OUT' })],                                                         open,    ['DUE-1']],
  ['our memo, "outgoing "',                 transfers,  [wire({ direction: 'outgoing ' })],                                                   open,    ['DUE-1']],
  ['our memo, of another type',             transfers,  [wire({ type: 'domestic_wire' })],                                                    open,    []],
  ['our memo in capitals, unreadable',      transfers,  [wire({ additional_information: 'due-1', amount: 'x' })],                             open,    ['due-1']],
  ['an amount with a sign, and no memo',    transfers,  [wire({ additional_information: null, amount: '-500.00' })],                          open,    []],
  ['… beside an ACH transfer, unreadable',  transfers,  [wire({ id: 'w9', type: 'ach', amount: null, created_at: 0 }), wire()],               found,   []],
  ['… beside one without a memo, unreadable', transfers, [wire({ id: 'w9', additional_information: null, amount: 'x' }), wire()],              found,   []],
  ['… beside what came in with its memo',   transfers,  [wire({ id: 'w9', direction: 'INCOMING' }), wire()],                                  found,   []],
  ['nothing',                               transfers,  [],                                                                                   none,    []],
  ['another’s',                             transfers,  [wire({ additional_information: 'DUE-2' })],                                           none,    []],
  ['our memo and no amount',                transfers,  [wire({ amount: null })],                                                             open,    ['DUE-1']],
  ['our memo and parts of a cent',          transfers,  [wire({ amount: '500.001' })],                                                        open,    ['DUE-1']],
  ['our memo and a time that is none',      'RFC 3339', [wire({ created_at: '2026-03-01' })],                                                 open,    ['DUE-1']],
  ['our memo and a time never set',         'go.dev/pkg/time', [wire({ created_at: '0001-01-01T00:00:00Z' })],                                open,    ['DUE-1']],
  ['our memo and a bank that is a number',  transfers,  [wire({ bank_id: 7 })],                                                               found,   ['DUE-1']],
  ['a memo that cannot be read',            transfers,  [wire({ additional_information: 7 })],                                                open,    [null]],
  ['a row that is null',                    'RFC 8259', [null],                                                                               open,    [null]],
])('the list of wires says %s (%s)', async (_, __, rows, ours, unread) => {
  alpaca.answer(({ query }) => list(...rows.slice(Number(query.get('offset')))));
  const seen = await alpacaBrokerage(config()).wiresSeen();
  expect(seen.ok && whatBecame(asked, seen.value, [asked])).toMatchObject(ours);
  // Reconciliation knows the memos of all our wires, and decides by them.
  expect(await alpacaFirmWires(config()).wires(at(0))).toMatchObject({ ok: true, value: { unread } });
});

const bank = (given: object = {}) => ({
  id: '1',
  status: 'APPROVED',
  name: 'Due',
  bank_code: '021',
  account_number: '9',
  ...given,
});
// biome-ignore format: a table
test.each<[says: string, source: string, rows: unknown[], conclude: object, posts: number]>([
  ['the on-ramp’s bank',            'reference/createrecipientbank', [bank()],                                                     { ok: true, value: '1' }, 0],
  ['… beside one abroad',           'reference/createrecipientbank', [{ id: '2', name: 'Bank of Abroad', bank_code: null }, bank()], { ok: true, value: '1' }, 0],
  ['… without a status',            'reference/createrecipientbank', [bank({ status: undefined })],                                unclear,                  0],
  ['… under a name that is none',   'reference/createrecipientbank', [bank({ name: null })],                                       unclear,                  0],
  ['only another’s',                'reference/createrecipientbank', [bank({ name: 'Other', account_number: 5 })],                 { ok: true, value: '1' }, 1],
])('the list of banks says %s (%s)', async (_, __, rows, conclude, posts) => {
  alpaca.answer(({ method }) => (method === 'POST' ? json(200, bank()) : list(...rows)));
  const details = { name: 'Due', routingNumber: '021', accountNumber: '9' };
  expect(await alpacaBrokerage(config()).bank(details)).toMatchObject(conclude);
  expect(alpaca.asked.filter(({ method }) => method === 'POST')).toHaveLength(posts);
});
