/**
 * The table of Due's cases: what Due says, what we conclude, and what happens next to the withdrawal. Each line has its source:
 * a page of due.readme.io, or the standard that the answer goes by.
 */
import { beforeEach, expect, test } from '@jest/globals';
import { dueVirtualAccounts } from '../../lambdas/adapters/due/accounts.ts';
import { dueOnRamp } from '../../lambdas/adapters/due/on-ramp.ts';
import { callJson } from '../../lambdas/adapters/net/http.ts';
import { onRampProofMs, onRampSettleMs } from '../../lambdas/core/kernel/limits.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import { treasury } from '../support/chain.ts';
import { allOn, testGates } from '../support/gates.ts';
import { noAccounts, noArrivals } from '../support/on-ramp.ts';
import { type Asked, json, type Said, startProvider, textOf } from '../support/provider.ts';
import { shared } from '../support/shared.ts';
import { at, evenDice, plenty, testClock } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);
const due = shared(startProvider);
beforeEach(() => {
  due.asked.length = 0;
});

const start = Date.UTC(2026, 2, 3, 14);
const iso = (ms: number): string => new Date(ms).toISOString();
const transfer = (given: object = {}) => ({
  id: 'tf_1',
  ownerId: 'acct_1',
  status: 'approved',
  source: { amount: '100.00', fee: '0.50', currency: 'USD', rail: 'ach' },
  destination: { amount: '99.50', fee: '0.00', currency: 'USDC', rail: 'ethereum', id: 'wlt_1' },
  createdAt: iso(start + 1_000),
  ...given,
});
const foreign = {
  ...transfer({ id: 'tf_9', status: 'in_a_new_status', createdAt: 'yesterday' }),
  source: { amount: '100.005', currency: 'NGN', rail: 'bank' },
};

/** Due, which answers `POST /v1/transfers` and the list of transfers as given, and a withdrawal of 100.00. */
let nth = 0;
async function setUp(made: () => Said, listed: () => Said = () => json(200, { items: [] })) {
  let quotes = 0;
  const clock = testClock(start);
  nth += 1;
  const own = `tf_${nth}_`;
  /** Transfers are claimed for ever, so each test has one of its own. */
  const owned = (said: Said): Said =>
    said === 'hang-up' ? said : { ...said, body: textOf(said.body).replaceAll('tf_1', own) };
  due.answer((one) => owned(answerTo(one)));
  const answerTo = ({ method, path }: Asked): Said => {
    if (path === '/v1/wallets') return json(200, [{ id: 'wlt_1', address: `evm:${treasury}` }]);
    if (path === '/v1/transfers') return method === 'POST' ? made() : listed();
    if (path.startsWith('/v1/transfers/tf_')) return json(200, transfer());
    quotes += 1;
    const { source, destination } = transfer();
    const expiresAt = iso(clock.now() + 120_000);
    return json(200, { token: `q${quotes}`, source, destination, expiresAt });
  };
  const onRamp = dueOnRamp({ ...due, apiKey: 'k', accountId: 'acct_1', treasury });
  const common = {
    clock,
    dice: evenDice,
    budget: plenty,
    payIn: 'ach',
    brokerage: null,
    arrivals: noArrivals,
  } as const;
  const { gates } = testGates(clock);
  const step = makeOnRamp({
    ...common,
    store: world.store,
    onRamp,
    gates,
    switches: allOn,
    accounts: noAccounts,
  });
  const { id } = await world.reserved({ createdAt: at(start), acceptedAt: at(start) });
  await step([id]);
  /** The quotes that were sent, in order. */
  const sent = () =>
    due.asked
      .filter(({ method, path }) => method === 'POST' && path === '/v1/transfers')
      .map(({ body }) => (JSON.parse(body) as { quote: string }).quote);
  const visit = async (ms: number) => {
    clock.advance(ms);
    await step([id]);
    return world.now(id);
  };
  return { id, own, visit, sent };
}

const error = (status: number, code: string, message = '') =>
  json(status, { statusCode: status, code, message });
const asked = 'docs/api-error-codes';
// biome-ignore format: a table
const requests: [says: string, source: string, answer: Said, conclude: string, next: string][] = [
  // Due says                                          source                  the answer                                                              we conclude    next
  ['a transfer',                                       'reference',            json(200, transfer()),                                                  'made',        'followed'],
  ['flagged by compliance, as documented',             asked,                  error(403, 'err_aml_risk_score_hit'),                                   'refused',     'given back for good'],
  ['the same with another status',                     asked,                  error(400, 'err_aml_risk_score_hit'),                                   'refused',     'given back for good'],
  ['the same in the other shape',                      asked,                  json(403, { error_code: 'err_aml_risk_score_hit', http_code: 403 }),    'refused',     'given back for good'],
  ['against internal compliance policy',               asked,                  error(400, 'err_policy_breached'),                                      'refused',     'given back for good'],
  ['over a limit of its policy',                       asked,                  error(400, 'err_policy_usage_limit_exceeded'),                          'refused',     'given back for good'],
  ['sanctions, in a code of next year',                asked,                  error(422, 'err_sanctions_match'),                                      'refused',     'given back for good'],
  ['compliance, in its message alone',                 asked,                  error(422, 'err_validation', 'Transaction flagged by compliance check'), 'refused',    'given back for good'],
  ['a recipient that is no longer valid',              asked,                  error(400, 'err_recipient_invalidated'),                                'refused',     'given back for good'],
  ['a channel that is restricted',                     asked,                  error(400, 'err_channel_restricted'),                                   'refused',     'given back for good'],
  ['that a fresh quote is needed',                     'docs/quotes',          error(422, 'err_validation', 'Validation error'),                       'refused',     'asked anew'],
  ['a code that it does not document',                 asked,                  error(409, 'err_quote_in_use'),                                         'not known',   'looked up'],
  ['a fault of its own network',                       asked,                  error(400, 'err_relay_json_rpc'),                                       'not known',   'looked up'],
  ['that our account is not verified',                 asked,                  error(400, 'err_kyc_not_passed'),                                       'not known',   'looked up'],
  ['that our account is switched off',                 asked,                  error(422, 'err_platform_deactivated'),                                 'not known',   'looked up'],
  ['that our key is not good',                         asked,                  error(401, 'err_signin_invalid_credentials'),                           'not known',   'looked up'],
  ['403 in nobody’s code',                             'RFC 9110, 15.5.4',     error(403, 'err_forbidden'),                                            'not known',   'looked up'],
  ['404 in HTML',                                      'RFC 9110, 15.5.5',     json(404, '<html>'),                                                    'not known',   'looked up'],
  ['too many requests',                                'RFC 6585, 4',          error(429, 'err_rate_limit'),                                           'not known',   'looked up'],
  ['compliance, but with a server’s error',            'RFC 9110, 15.6',       error(500, 'err_aml_risk_score_hit'),                                   'not known',   'looked up'],
  ['nothing',                                          'RFC 9110, 9.2.2',      'hang-up',                                                              'not known',   'looked up'],
  ['half an answer',                                   'RFC 8259',             json(200, '{"id":"tf_1","sta'),                                         'not known',   'looked up'],
  ['success without a time',                           'reference',            json(200, transfer({ createdAt: null })),                               'not known',   'looked up'],
  ['success in euros',                                 'reference',            json(200, transfer({ source: { amount: '100.00', currency: 'EUR' } })), 'not known',   'looked up'],
  ['a transfer of another amount',                     'reference',            json(200, transfer({ source: { amount: '77.00', fee: '0.50', currency: 'USD' } })), 'not known', 'looked up'],
  ['a transfer on another rail',                       'reference',            json(200, transfer({ destination: { amount: '99.50', rail: 'base', id: 'wlt_1' } })), 'not known', 'looked up'],
  ['a transfer to somebody else',                      'reference',            json(200, transfer({ destination: { amount: '99.50', id: 'wlt_2' } })), 'not known',   'looked up'],
];
test.each(requests)(
  'asked for a transfer, Due says %s (%s)',
  async (_, __, answer, conclude, next) => {
    const { id, own, visit, sent } = await setUp(() => answer);
    const first = await world.now(id);
    const [effect] = await world.store.conversions([id]);
    const isMade = effect?.transferId === own;
    const heard = isMade ? 'made' : effect?.refusedCode == null ? 'not known' : 'refused';
    expect(heard).toBe(conclude);
    expect(sent()).toEqual(['q1']);
    if (next === 'given back for good') {
      expect(first).toMatchObject({
        stage: 'refunding',
        retryCount: 0,
        failure: { code: 'ON_RAMP_REJECTED', retryable: false },
        proof: { proof: 'refused' },
      });
      await visit(60_000);
      expect(sent()).toEqual(['q1']);
      return;
    }
    const later = await visit(2 * onRampSettleMs);
    expect(later).toMatchObject({ stage: 'converting' });
    // The same quote makes one transfer at most. Only after a refusal is another one taken.
    const want = { followed: ['q1'], 'asked anew': ['q1', 'q2'], 'looked up': ['q1', 'q1'] };
    expect(sent()).toEqual(want[next as keyof typeof want]);
  },
);

test('compliance that refuses a repetition is not asked a third time, with any quote', async () => {
  const answers: Said[] = ['hang-up', error(403, 'err_aml_risk_score_hit')];
  const { visit, sent } = await setUp(() => answers.shift() ?? json(200, transfer()));
  for (let hours = 0; hours < 3; hours += 1) await visit(hours === 0 ? onRampSettleMs : 3_600_000);
  // That the first request came to nothing either is seen twice, before the money is given back.
  expect(await visit(onRampProofMs)).toMatchObject({
    stage: 'refunding',
    failure: { retryable: false },
    proof: { proof: 'refused', code: 'err_aml_risk_score_hit' },
  });
  expect(sent()).toEqual(['q1', 'q1']);
});

test('a request that was carried out before compliance refused its repetition is found', async () => {
  const answers: Said[] = ['hang-up', error(403, 'err_aml_risk_score_hit')];
  let listed: Said = list();
  const { visit, sent, id, own } = await setUp(
    () => answers.shift() ?? json(200, transfer()),
    () => listed,
  );
  await visit(onRampSettleMs);
  listed = list(transfer());
  await visit(onRampSettleMs);
  expect(await world.store.conversions([id])).toMatchObject([{ transferId: own }]);
  expect(sent()).toEqual(['q1', 'q1']);
});

test('what is never said is asked for some half a day, then a person decides', async () => {
  const { visit } = await setUp(() => error(409, 'err_quote_in_use'));
  let stage = '';
  for (let rounds = 0; rounds < 300 && stage !== 'review'; rounds += 1)
    stage = (await visit(onRampProofMs / 2)).stage;
  expect(stage).toBe('review');
});

const list = (...items: unknown[]): Said => json(200, { items, next: '' });
const ours = (given: object) => list(transfer(given));
const side = (which: 'source' | 'destination', given: object) =>
  ours({ [which]: { ...transfer()[which], ...given } });
/** In our corridor, readably for somebody else, and otherwise in shapes that we do not know. */
const another = { ...transfer().destination, id: 'wlt_other' };
const others: object[] = [
  { source: { amount: '33.333', fee: '0', currency: 'USD' }, destination: another },
  { source: { amount: 33.3, fee: 0 }, destination: another },
  { source: { amount: '-33.33' }, destination: another },
  { source: { amount: '1,000.00', currency: 'USD' }, destination: another },
  { destination: { ...another, amount: null } },
  { destination: { ...another, amount: '' } },
  { destination: another, createdAt: '2026-03-03T14:00:01' },
];
// biome-ignore format: a table
const lists: [says: string, source: string, answer: Said, conclude: string][] = [
  // The list says                                     source                  the answer                                        so our transfer
  ['our transfer',                                     'reference',            ours({}),                                         'is there'],
  ['… with nanoseconds and an offset',                 'RFC 3339',             ours({ createdAt: '2026-03-03T16:00:01.123456789+02:00' }), 'is there'],
  ['… with more zeros',                                'reference',            side('destination', { amount: '99.500000000000' }), 'is there'],
  ['… without a currency',                             'reference',            side('source', { currency: '' }),                 'is there'],
  ['… and one of another corridor, in other decimals', 'reference',            list(foreign, transfer()),                        'is there'],
  ['… and one in other stablecoins',                   'docs/supported-tokens', list(transfer({ id: 'tf_8', destination: { amount: '1.123456789', currency: 'BRLA', rail: 'base' } }), transfer()), 'is there'],
  ['… and one on another chain, of unreadable time',   'docs/supported-tokens', list(transfer({ id: 'tf_8', createdAt: 0, destination: { amount: '1', rail: 'starknet' } }), transfer()), 'is there'],
  ['… and one of last year, otherwise unreadable',     'reference',            list({ createdAt: '2025-01-01T00:00:00Z' }, transfer()), 'is there'],
  ...others.map((given): [string, string, Said, string] =>
   ['… beside another recipient’s, unreadable',        'reference',            list(transfer({ id: 'tf_8', ...given }), transfer()), 'is there']),
  ...others.map((given): [string, string, Said, string] =>
   ['another recipient’s alone, unreadable',           'reference',            list(transfer({ id: 'tf_8', ...given })),         'is not there']),
  ['one of nobody’s, unreadable',                      'reference',            list(transfer({ id: 'tf_8', createdAt: 0, destination: { amount: '99.50', rail: 'ethereum' } })), 'may be there'],
  ['another amount on its way to us, unreadable',      'reference',            list(transfer({ id: 'tf_8', createdAt: 0, source: { amount: '7.00', currency: 'USD' } })), 'is not there'],
  ['nothing',                                          'reference',            list(),                                           'is not there'],
  ['the same amounts in another currency',             'reference',            side('source', { currency: 'EUR' }),              'is not there'],
  ['the same amounts in another token',                'docs/supported-tokens', side('destination', { currency: 'USDT' }),       'is not there'],
  ['a time that is none',                              'RFC 3339',             ours({ createdAt: 'soon' }),                      'may be there'],
  ['a time without a zone',                            'RFC 3339',             ours({ createdAt: '2026-03-03T14:00:01' }),       'may be there'],
  ['a time that was never set',                        'go.dev/pkg/time',      ours({ createdAt: '0001-01-01T00:00:00Z' }),      'may be there'],
  ['a time in seconds',                                'RFC 3339',             ours({ createdAt: 1_772_546_401 }),               'may be there'],
  ['no time',                                          'RFC 3339',             ours({ createdAt: null }),                        'may be there'],
  ['an amount that is a number',                       'reference',            side('source', { amount: 100 }),                  'may be there'],
  ['an amount with two points',                        'reference',            side('source', { amount: '100.00.00' }),          'may be there'],
  ['an amount with a comma',                           'reference',            side('source', { amount: '100,00' }),             'may be there'],
  ['an empty amount',                                  'reference',            side('source', { amount: '' }),                   'may be there'],
  ['a negative fee',                                   'reference',            side('source', { fee: '-0.50' }),                 'may be there'],
  ['an amount finer than the token',                   'docs/supported-tokens', side('destination', { amount: '99.5000001' }),   'may be there'],
  ['no id',                                            'reference',            ours({ id: '' }),                                 'may be there'],
  ['a status that is a number',                        'reference',            ours({ status: 3 }),                              'may be there'],
  ['a row that is null',                               'RFC 8259',             list(null),                                       'may be there'],
  ['items that are null',                              'go.dev/pkg/encoding/json', json(200, { items: null, next: '' }),         'may be there'],
  ['no items',                                         'reference',            json(200, {}),                                    'may be there'],
  ['a bare list, of which nobody says that it is all', 'reference',            json(200, []),                                    'may be there'],
  ['a cursor that is a number',                        'reference',            json(200, { items: [], next: 2 }),                'may be there'],
  ['a cursor that leads back to itself',               'reference',            json(200, { items: [], next: 'again' }),          'may be there'],
  ['letters that are no UTF-8',                        'RFC 8259, 8.1',        { status: 200, body: '{"items":[],"next":"\ufffd' }, 'may be there'],
  ['an error',                                         'RFC 9110, 15.6',       json(503, {}),                                    'may be there'],
];
test.each(lists)(
  'looked for after a lost answer, the list says %s (%s)',
  async (_, __, answer, conclude) => {
    const { id, own, visit, sent } = await setUp(
      () => 'hang-up',
      () => answer,
    );
    await visit(onRampSettleMs);
    const [effect] = await world.store.conversions([id]);
    expect(effect?.transferId).toBe(conclude === 'is there' ? own : null);
    // What may be there is never made again: not with the same quote, and not with another.
    expect(sent()).toEqual(conclude === 'is not there' ? ['q1', 'q1'] : ['q1']);
    if (conclude !== 'may be there') return;
    for (let hours = 0; hours < 6; hours += 1) await visit(3_600_000);
    expect(sent()).toEqual(['q1']);
    expect(await world.now(id)).toMatchObject({ stage: 'review', heldFrom: 'converting' });
  },
);

const quote = (given: object = {}) => ({
  token: 'q',
  ...transfer(),
  expiresAt: iso(start + 120_000),
  ...given,
});
// biome-ignore format: a table
test.each<[says: string, source: string, answer: Said, conclude: object]>([
  ['what was asked for',              'docs/quotes', json(200, quote()),                                                    { ok: true, value: { payout: 99_500_000n, fee: 50n } }],
  ['another amount',                  'docs/quotes', json(200, quote({ source: { amount: '99.00' } })),                     { ok: false, refused: false }],
  ['another currency',                'docs/quotes', json(200, quote({ source: { amount: '100.00', currency: 'EUR' } })),   { ok: false, refused: false }],
  ['another network',                 'docs/quotes', json(200, quote({ destination: { amount: '99.50', rail: 'base' } })),  { ok: false, refused: false }],
  ['an expiry that is none',          'RFC 3339',    json(200, quote({ expiresAt: 'in two minutes' })),                     { ok: false, refused: false }],
  ['a fee that is no amount',         'reference',   json(200, quote({ source: { amount: '100.00', fee: null } })),         { ok: false, refused: false }],
  ['that the amount is too small',    asked,         error(400, 'err_quote_limit_below_minimum'),                           { ok: false, refused: true }],
  ['that compliance forbids it',      asked,         error(403, 'err_aml_risk_score_hit'),                                  { ok: false, refused: true }],
  ['that our account is not in order', asked,        error(400, 'err_endorsement_required'),                                { ok: false, refused: false }],
])('a quote that says %s (%s)', async (_, __, answer, conclude) => {
  due.answer(() => answer);
  const onRamp = dueOnRamp({ ...due, apiKey: 'k', accountId: 'acct_1', treasury });
  expect(await onRamp.quote('ethereum', 10_000n as never, 'ach')).toMatchObject(conclude);
});

const linked = (...rows: unknown[]): Said => json(200, rows);
const wallet = { id: 'wlt_1', address: `evm:${treasury}` };
// biome-ignore format: a table
test.each<[says: string, source: string, answer: Said, conclude: object, links: number]>([
  ['our treasury',                          'docs/wallets', linked(wallet),                                                       { ok: true, value: 'wlt_1' }, 0],
  ['… in capitals, without a prefix',       'EIP-55',       linked({ ...wallet, address: treasury.toUpperCase() }),               { ok: true, value: 'wlt_1' }, 0],
  ['… and wallets of other chains',         'reference',    linked({ id: 7, address: 'solana:7x' }, { address: [1, 2] }, wallet), { ok: true, value: 'wlt_1' }, 0],
  ['… on a page of its own',                'reference',    json(200, { items: [wallet], next: null }),                           { ok: true, value: 'wlt_1' }, 0],
  ['nothing',                               'docs/wallets', linked(),                                                             { ok: true, value: 'wlt_new' }, 1],
  ['a wallet without an address',           'reference',    linked({ id: 'wlt_2' }),                                              { ok: false, refused: false }, 0],
  ['our treasury without an id',            'reference',    linked({ address: wallet.address }),                                  { ok: false, refused: false }, 0],
  ['no list',                               'reference',    json(200, { wallets: [] }),                                           { ok: false, refused: false }, 0],
])('the list of linked wallets says %s (%s)', async (_, __, answer, conclude, links) => {
  due.answer(({ method }) => (method === 'POST' ? json(200, { ...wallet, id: 'wlt_new' }) : answer));
  const onRamp = dueOnRamp({ ...due, apiKey: 'k', accountId: 'acct_1', treasury });
  expect(await onRamp.recipient('base')).toMatchObject(conclude);
  expect(due.asked.filter(({ method }) => method === 'POST')).toHaveLength(links);
});

const reference = `drawbridge-base-${treasury.toLowerCase()}`;
const bank = {
  bankName: 'Bank',
  accountName: 'Due',
  accountNumber: '0001',
  routingNumber: '021000021',
};
const account = (given: object = {}) => ({
  id: 'va_1',
  reference,
  destination: 'wlt_1',
  railOut: 'base',
  details: bank,
  memo: '',
  isActive: true,
  ...given,
});
const foreignAccount = {
  id: 'va_9',
  reference: 'theirs',
  details: { schema: 'sepa', IBAN: 'DE00' },
  isActive: 1,
};
const usable = { ok: true, value: { id: 'va_1', active: true, payIn: { accountName: 'Due' } } };
const unclear = { ok: false, refused: false };
// biome-ignore format: a table
test.each<[says: string, source: string, answer: Said, conclude: object]>([
  ['our account',                              'docs/virtual-accounts', linked(account()),                                                { ...usable }],
  ['… beside one of another kind',             'docs/schemas',          linked(foreignAccount, account()),                                { ...usable }],
  ['… beside one without a reference',         'reference',             linked({ id: 'va_9', details: 7 }, account()),                    { ...usable }],
  ['… that is inactive beside a later one',    'reference',             linked(account({ id: 'va_0', isActive: false }), account()),      { ...usable }],
  ['… of a company',                           'docs/schemas',          linked(account({ details: { ...bank, accountName: '', companyName: 'Due' } })), { ...usable }],
  ['… that does not say whether it is active', 'reference',             linked(account({ isActive: undefined })),                         { ok: true, value: { active: false } }],
  ['… that says so in another type',           'reference',             linked(account({ isActive: 'true' })),                            unclear],
  ['… in the name of nobody',                  'docs/schemas',          linked(account({ details: { ...bank, accountName: '' } })),       unclear],
  ['… without a number',                       'docs/schemas',          linked(account({ details: { ...bank, accountNumber: '' } })),     unclear],
  ['… that pays to another wallet',            'docs/virtual-accounts', linked(account({ destination: 'wlt_2' })),                        unclear],
  ['… that pays on another network',           'docs/virtual-accounts', linked(account({ railOut: 'polygon' })),                          unclear],
  ['a reference that cannot be read',          'reference',             linked(account({ reference: 7 })),                                unclear],
])('the list of virtual accounts says %s (%s)', async (_, __, answer, conclude) => {
  due.answer(({ method, path }) =>
    path === '/v1/wallets' ? linked(wallet) : method === 'POST' ? json(500, {}) : answer,
  );
  const accounts = dueVirtualAccounts({ ...due, apiKey: 'k', accountId: 'acct_1', treasury });
  expect(await accounts.ensure('base')).toMatchObject(conclude);
  expect(due.asked.filter(({ method }) => method === 'POST')).toEqual([]);
});

test('a list that is longer than one look reads goes on where it was, once nothing is added to it any more', async () => {
  const pages = 250;
  let read: number[] = [];
  due.answer(({ query }) => {
    const page = Number(new URLSearchParams(query).get('next') ?? 0);
    read.push(page);
    const items = [transfer({ id: `tf_${page}` })];
    return json(200, { items, next: page + 1 < pages ? `${page + 1}` : '' });
  });
  const config = { ...due, apiKey: 'k', accountId: 'acct_1', treasury };
  const { transfersBetween } = dueOnRamp(config);
  const look = (until: number, from = start) => transfersBetween(at(from), at(until));
  for (const first of [0, 100]) {
    expect(await look(start + 60_000)).toMatchObject({ ok: false, refused: false });
    expect([read[0], read.length]).toEqual([first, 100]);
    read = [];
  }
  const whole = await look(start + 60_000);
  expect(whole.ok && whole.value.map(({ id }) => id)).toHaveLength(pages);
  expect(read).toHaveLength(50);
  // Who wants to know what is found in it later begins anew.
  read = [];
  await transfersBetween(at(start), at(start + 60_000), { noOlderThanMs: 0 });
  expect(read[0]).toBe(0);
  // To a list that is not closed yet something may be added before what was read.
  for (const _ of [1, 2]) {
    read = [];
    expect(await look(Date.now() + 60_000, Date.now() - 1_000)).toMatchObject({ ok: false });
    expect(read[0]).toBe(0);
  }
});

test('a list whose pages take too long, or never end, is no answer', async () => {
  let pages = 0;
  due.answer(() => {
    pages += 1;
    return json(200, { items: [], next: `page-${pages}` });
  });
  const config = { ...due, apiKey: 'k', accountId: 'acct_1', treasury };
  const endless = await dueOnRamp(config).transfersBetween(at(start), at(start));
  expect(endless).toMatchObject({ ok: false, refused: false, why: 'more pages than expected' });
  expect(pages).toBe(100);
  const slow = dueOnRamp(
    config,
    async (...call) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return callJson(...call);
    },
    50,
  );
  const late = await slow.transfersBetween(at(start), at(start));
  expect(late).toMatchObject({ ok: false, refused: false, why: 'a list that takes too long' });
  expect(pages).toBeLessThan(110);
});
