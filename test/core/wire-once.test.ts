/** A brokerage that lists its wires in its own way is wired to once: half a day of visits, through the real adapter. */
import { expect, test } from '@jest/globals';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import type { callJson, HttpReply } from '../../lambdas/adapters/net/http.ts';
import { wireReviewMs, wireSendsMax } from '../../lambdas/core/kernel/limits.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { allOn, testGates } from '../support/gates.ts';
import { noAccounts, testOnRamp } from '../support/on-ramp.ts';
import { shared } from '../support/shared.ts';
import { evenDice, plenty, testClock } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);
const minute = 60_000;
const hour = 60 * minute;

type Row = Record<string, unknown>;
type Ways = {
  /** How the brokerage writes a wire down. */
  writes?: (row: Row) => Row;
  /** A page of its list, whose rows are the oldest first. */
  page?: (rows: readonly Row[], offset: number) => readonly Row[];
  loses?: boolean;
  /** It takes the request and makes nothing of it. */
  makesNothing?: boolean;
};

async function setUp({ writes = (row) => row, page, loses = false, makesNothing = false }: Ways) {
  const clock = testClock();
  clock.advance(Date.UTC(2026, 0)); // No brokerage writes of a time long ago.
  const due = testOnRamp(clock);
  const wireOf = (id: string, amount: string, memo: string, at: number): Row => ({
    id,
    type: 'wire',
    direction: 'OUTGOING',
    status: 'QUEUED',
    bank_id: 'bank-1',
    amount,
    additional_information: memo,
    created_at: new Date(at).toISOString(),
  });
  const rows = Array.from({ length: 150 }, (_, n) =>
    wireOf(`other-${n}`, '7.00', `Rent-${n}`, 1e12),
  );
  let posted = 0;
  const ok = (body: unknown): HttpReply => ({
    reply: 'answered',
    status: 200,
    headers: {},
    body,
  });
  const request: typeof callJson = async (method, url, _headers, bytes) => {
    const { pathname, searchParams } = new URL(url);
    if (pathname.endsWith('recipient_banks'))
      return ok([
        { id: 'bank-1', status: 'APPROVED', name: 'Due', bank_code: '021', account_number: '1' },
      ]);
    if (method === 'POST') {
      posted += 1;
      const asked = JSON.parse(bytes ?? '');
      const row = writes(
        wireOf(`w-${posted}`, asked.amount, asked.additional_information, clock.now()),
      );
      if (!makesNothing) rows.push(row);
      return loses ? { reply: 'lost', why: 'ETIMEDOUT' } : ok(row);
    }
    const offset = Number(searchParams.get('offset'));
    return ok(page === undefined ? rows.slice(offset, offset + 100) : page(rows, offset));
  };
  const config = { baseUrl: 'http://alpaca', keyId: 'k', secretKey: 's', firmAccountId: 'f' };
  const step = makeOnRamp({
    store: world.store,
    onRamp: due.onRamp,
    arrivals: due.arrivals,
    gates: testGates(clock).gates,
    switches: allOn,
    clock,
    dice: evenDice,
    budget: plenty,
    payIn: 'wire',
    accounts: noAccounts,
    brokerage: alpacaBrokerage(config, request),
  });
  const { id } = await world.reserved();
  await step([id]);
  Object.assign(due.transfers.at(-1) ?? {}, {
    state: 'awaiting-funds',
    payIn: {
      bankName: 'B',
      accountName: 'Due',
      accountNumber: '1',
      routingNumber: '021',
      memo: 'Memo-ab12',
    },
  });
  const visit = async (afterMs: number) => {
    clock.advance(afterMs);
    await step([id]);
    return world.now(id);
  };
  const pass = async () => {
    for (const after of [1, 20, 20, 6, 40, 40, 6]) await visit(after * minute);
    return visit(wireReviewMs - 3 * hour);
  };
  await step([id]);
  return { pass, visit, posted: () => posted };
}

const memo = (write: (memo: string) => unknown) => (row: Row) => ({
  ...row,
  additional_information: write(String(row['additional_information'])),
});
const capped = (rows: readonly Row[], offset: number) => rows.slice(offset, offset + 100);

// biome-ignore format: a table
test.each<[string, Ways, stage: string]>([
  ['writes as it was asked',                            {},                                                                  'converting'],
  ['writes the memo in capitals',                       { writes: memo((text) => text.toUpperCase()) },                      'converting'],
  ['cuts the memo',                                     { writes: memo((text) => text.slice(0, 6)) },                        'converting'],
  ['says OUT',                                          { writes: (row) => ({ ...row, direction: 'OUT' }) },                 'converting'],
  ['writes an amount that nobody can read',             { writes: (row) => ({ ...row, amount: '100,00' }) },                 'review'],
  ['takes its fee from the amount',                     { writes: (row) => ({ ...row, amount: '75.00' }) },                  'review'],
  ['wires to another bank',                             { writes: (row) => ({ ...row, bank_id: 'bank-9' }) },                'review'],
  ['writes as it was asked, and the answer is lost',    { loses: true },                                                     'converting'],
  ['writes capitals, and the answer is lost',           { loses: true, writes: memo((text) => text.toUpperCase()) },         'review'],
  ['writes no memo, and the answer is lost',            { loses: true, writes: memo(() => null) },                           'review'],
  ['says OUT, and the answer is lost',                  { loses: true, writes: (row) => ({ ...row, direction: 'OUT' }) },    'review'],
  ['calls it a domestic wire, and the answer is lost',  { loses: true, writes: (row) => ({ ...row, type: 'domestic_wire' }) }, 'review'],
  ['knows no offset, and the answer is lost',           { loses: true, page: (rows) => capped(rows, 0) },                    'review'],
  ['counts in pages, and the answer is lost',           { loses: true, page: (rows, offset) => capped(rows, offset * 100) }, 'review'],
])('a brokerage that %s is wired to once', async (_name, ways, stage) => {
  const { pass, visit, posted } = await setUp(ways);
  await pass();
  expect(await visit(2 * hour)).toMatchObject({ stage });
  expect(posted()).toBe(1);
});

test('what never shows is wired twice at most, waits visibly, and is for a person in time', async () => {
  const { pass, visit, posted } = await setUp({ makesNothing: true, loses: true });
  const waiting = await pass();
  expect([posted(), statusOf(waiting)]).toEqual([wireSendsMax, 'RETRYING']);
  expect(await visit(2 * hour)).toMatchObject({ stage: 'review' });
  expect(posted()).toBe(wireSendsMax);
});
