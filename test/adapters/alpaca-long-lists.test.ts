/** Journals that are too many for one answer are listed in parts of their days: all of them, each once, or there is no answer. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import { alpacaFirmJournals } from '../../lambdas/adapters/alpaca/firm-journals.ts';
import { systemClock } from '../../lambdas/adapters/net/clock.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { brokerageListMs, reconcilePeriodMs } from '../../lambdas/core/kernel/limits.ts';
import { json, type Said, startProvider } from '../support/provider.ts';
import { shared } from '../support/shared.ts';
import { at, minorOf } from '../support/things.ts';

const alpaca = shared(startProvider);
beforeEach(() => {
  alpaca.asked.length = 0;
});
afterEach(() => {
  jest.restoreAllMocks();
});

const customer = 'a11ce000-0000-4000-8000-000000000001';
const firm = 'f1a90000-0000-4000-8000-000000000001';
const day = 86_400_000;
const now = at(Date.UTC(2026, 10, 28, 12));
const today = Math.floor(now / day);
const wd = (n: number): WithdrawalId => `wd_${String(n).padStart(26, '0')}`;

/** As Alpaca's reference shows a journal. */
const rowOf = (n: number, on: number, given: object = {}) => {
  const date = new Date(on * day).toISOString().slice(0, 10);
  const nobody = { transmitter_name: '', transmitter_account_number: '', transmitter_address: '' };
  return {
    id: `11111111-0000-4000-8000-${String(n).padStart(12, '0')}`,
    ...{ entry_type: 'JNLC', from_account: customer, to_account: firm, symbol: '', qty: null },
    ...{ price: '0', status: 'executed', settle_date: date, system_date: date },
    ...{ net_amount: '100.00', currency: 'USD', description: wd(n), ...nobody },
    ...{ transmitter_financial_institution: '', transmitter_timestamp: '', ...given },
  };
};

/** Whether Alpaca's lists have the days that they are asked for by, which is not documented. */
const readings = {
  'neither date': { first: 1, last: -1 },
  'the first date': { first: 0, last: -1 },
  'the last date': { first: 1, last: 0 },
  'both dates': { first: 0, last: 0 },
} as const;
type Reading = keyof typeof readings;
const tooMuch = json(422, { code: 42_210_000, message: 'Result set exceeds 100,000 records' });

/** `perDay` journals each day, all from the customer to the firm. An answer has up to `rowsMax`. */
function listing(
  perDay: number,
  reading: Reading,
  rowsMax = 100_000,
  say: (rows: object[], nth: number) => Said = (rows) => json(200, rows),
) {
  const { first, last } = readings[reading];
  alpaca.answer(({ query }) => {
    const [after = 0, before = 0] = ['after', 'before'].map(
      (name) => Date.parse(query.get(name) ?? '') / day,
    );
    if (query.get('from_account') === firm) return json(200, []);
    const days = Array.from({ length: 10 }, (_, n) => today - 7 + n);
    const those = days.filter((on) => on >= after + first && on <= before + last);
    if (those.length * perDay > rowsMax) return tooMuch;
    const rows = those.flatMap((on) =>
      Array.from({ length: perDay }, (_, n) => rowOf((on - today + 7) * perDay + n, on)),
    );
    return say(rows, alpaca.asked.length);
  });
}
const config = () => ({ ...alpaca, keyId: 'k', secretKey: 's', firmAccountId: firm });
const books = () => alpacaFirmJournals(config()).journalsBetween(at(now - reconcilePeriodMs), now);
const lookUp = (description: WithdrawalId) =>
  alpacaBrokerage(config()).journalsOf({
    ...{ description, from: customer, to: firm, amount: minorOf(10_000n) },
    ...{ since: at(now - 60_000), until: now },
  });

const all = Object.keys(readings) as Reading[];
test.each(all)('a list is asked for in parts where it is too long: it has %s', async (reading) => {
  listing(10, reading, 30);
  const { first, last } = readings[reading];
  // What one list would have had, from two days before the period to two days after now.
  const wanted = Array.from({ length: 7 }, (_, n) => today - 3 + n).filter(
    (on) => on >= today - 3 + first && on <= today + 2 + last,
  );
  const found = await books();
  expect(found.ok && found.value.map(({ id }) => id).toSorted()).toEqual(
    wanted.flatMap((on) =>
      Array.from({ length: 10 }, (_, n) => rowOf((on - today + 7) * 10 + n, on).id),
    ),
  );
  const own = (on: number) => wd((on - today + 7) * 10 + 9);
  expect(await lookUp(own(today))).toMatchObject({ ok: true, value: [{ state: 'executed' }] });
  expect(await lookUp(wd(9_999))).toEqual({ ok: true, value: [] });
});

test('a list that is short enough is asked for once', async () => {
  listing(10, 'both dates');
  await lookUp(wd(1));
  expect(alpaca.asked).toHaveLength(1);
});

test('a journal that two parts show is as the later one says', async () => {
  listing(10, 'both dates', 30, (rows, nth) =>
    json(
      200,
      rows.map((row) => ({ ...row, status: nth < 5 ? 'pending' : 'executed' })),
    ),
  );
  const found = await books();
  const states = found.ok ? found.value.map(({ state }) => state) : [];
  expect(new Set(states)).toEqual(new Set(['pending', 'executed']));
  const onBoth = rowOf((today - 1 - today + 7) * 10, today - 1).id;
  expect(found.ok && found.value.find(({ id }) => id === onBoth)?.state).toBe('executed');
});

// biome-ignore format: a table
test.each<[what: string, given: Parameters<typeof listing>]>([
  ['one day has too many',          [31, 'neither date', 30]],
  ['one part is not answered',      [10, 'both dates', 30, (rows, nth) => (nth < 5 ? json(200, rows) : 'hang-up')]],
  ['one part cannot be read',       [10, 'both dates', 30, (rows, nth) => json(200, nth < 5 ? rows : [...rows, null])]],
  ['one part is another answer',    [10, 'both dates', 30, (rows, nth) => (nth < 5 ? json(200, rows) : json(500, {}))]],
])('there is no answer where %s', async (_, given) => {
  listing(...given);
  const nothing = { ok: false, refused: false, why: expect.any(String) };
  expect(await books()).toEqual(nothing);
  alpaca.asked.length = 0;
  expect(await lookUp(wd(1))).toEqual(nothing);
});

test('there is no answer where time runs out between two parts', async () => {
  let time = 0;
  jest.spyOn(systemClock, 'now').mockImplementation(() => at(time));
  listing(10, 'both dates', 30, (rows) => {
    time += brokerageListMs / 2;
    return json(200, rows);
  });
  const outOfTime = { ok: false, refused: false, why: 'no time for all journals' };
  expect(await lookUp(wd(1))).toEqual(outOfTime);
  expect(await books()).toEqual(outOfTime);
});

/** What docs/decisions/0016 says: rows as Alpaca's reference shows them, and answers of up to 16 MiB. */
test.each([
  { perDay: 10_800, reading: 'both dates' },
  { perDay: 32_500, reading: 'neither date' },
] as const)(
  '$perDay journals a day are listed, where a list has $reading',
  async (given) => {
    listing(given.perDay, given.reading);
    const found = await lookUp(wd(7 * given.perDay));
    expect(found).toMatchObject({ ok: true, value: [{ description: wd(7 * given.perDay) }] });
    expect(alpaca.asked.length).toBeGreaterThan(1);
  },
  60_000,
);
