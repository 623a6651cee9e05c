/**
 * The model of Alpaca's wires and local/simulators, which were made independently of one another, read alike by the real
 * adapter; and what wires and deposits do in the models alone.
 */
import { afterEach, expect, test } from '@jest/globals';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import { dueOnRamp } from '../../lambdas/adapters/due/on-ramp.ts';
import type { Brokerage, WireSeen } from '../../lambdas/core/brokerage/brokerage.ts';
import { treasury } from '../../local/chains/dev-accounts.ts';
import { alice, ask, startAlpaca } from '../simulators/alpaca-client.ts';
import { until } from '../simulators/due-client.ts';
import { at, minorOf } from '../support/things.ts';
import { serve, serveNoMore } from './model-hosts.ts';
import { type AlpacaModel, alpacaModel } from './models/alpaca.ts';
import type { AlpacaOptions } from './models/alpaca-ways.ts';
import type { WireArrival } from './models/alpaca-wires.ts';
import { dueModel } from './models/due.ts';
import { day, hour, minute } from './models/parts.ts';
import { stillWorld } from './still-world.ts';
import type { WireRequest } from './world.ts';

afterEach(serveNoMore);
const start = Date.UTC(2026, 2, 3, 14);
const details = { name: 'Due', routingNumber: '021000021', accountNumber: '000123456789' };

const keys = { keyId: 'KEY', secretKey: 'SECRET' };
const firm = 'f1a90000-0000-4000-8000-000000000001';
function brokerageWorld(options: Partial<AlpacaOptions> = {}) {
  const world = stillWorld(1, start);
  const arrivals: WireArrival[] = [];
  const alpaca = alpacaModel(
    world,
    {
      ...keys,
      accounts: [{ id: alice, cents: 0n }],
      firm: { id: firm, cents: 100_000n },
      arrived: (one) => void arrivals.push(one),
    },
    options,
  );
  serve({ alpaca: alpaca.handle });
  const brokerage = alpacaBrokerage({
    baseUrl: 'http://alpaca.model',
    firmAccountId: firm,
    ...keys,
  });
  const approved = async (): Promise<string> => {
    await brokerage.bank(details);
    await world.pass(minute);
    const bank = await brokerage.bank(details);
    if (!bank.ok || bank.value === null) throw new Error('no bank');
    return bank.value;
  };
  return { world, alpaca, brokerage, arrivals, approved };
}
const wiresOf = async (brokerage: Brokerage, memo: string) => {
  const answer = await brokerage.wiresSeen();
  return answer.ok ? { ...answer, value: answer.value.filter((one) => one.memo === memo) } : answer;
};
const seen = async (brokerage: Brokerage, memo: string) => {
  const answer = await wiresOf(brokerage, memo);
  return answer.ok ? answer.value.map(({ state, amount }) => `${state} ${amount}`) : answer.why;
};
const cashIn = ({ truth }: AlpacaModel): bigint | undefined => truth().cash.get(firm);

test('the same is asked of the model and of the simulator, and read alike', async () => {
  const simulator = await startAlpaca({ accounts: [], wires: { stepMs: 0 } });
  try {
    const { world, alpaca, brokerage: model, approved } = brokerageWorld();
    const real = alpacaBrokerage(simulator);
    const banks = { model: await approved(), real: '' };
    await until(async () => {
      const bank = await real.bank(details);
      banks.real = (bank.ok ? bank.value : null) ?? '';
      return banks.real !== '';
    });
    alpaca.setCash(firm, 100_000_000_00n);
    const both = async (what: (one: Brokerage, bankId: string) => Promise<unknown>) => {
      const text = async (one: Brokerage, bankId: string, other: string) =>
        JSON.stringify(await what(one, bankId), (name, value: unknown) =>
          ['id', 'createdAt', 'updatedAt'].includes(name) || value === bankId || value === other
            ? typeof value
            : typeof value === 'bigint'
              ? `${value}`
              : value,
        );
      const answer = await text(real, banks.real, banks.model);
      expect(await text(model, banks.model, banks.real)).toBe(answer);
      return answer;
    };
    const wire = (cents: bigint, memo: string) =>
      both((one, bankId) => one.wire({ bankId, amount: minorOf(cents), memo }));
    const listed = (memo: string) => both((one) => wiresOf(one, memo));
    await both((one) => one.wire({ bankId: 'nobody', amount: minorOf(1n), memo: 'M' }));
    await listed('ONE');
    expect(await wire(50_000n, 'ONE')).toContain('APPLIED');
    expect(await wire(100_000_000_00n, 'TWO')).toContain('NOT_APPLIED');
    await world.pass(hour);
    await until(async () => (await seen(real, 'ONE'))[0] === 'sent 50000');
    await listed('ONE');
    await listed('TWO');
    const [made] = alpaca.truth().wires;
    const inReal = await wiresOf(real, 'ONE');
    const id = inReal.ok ? inReal.value[0]?.id : '';
    await ask(simulator, 'POST', `/_wires/${id}`, { status: 'RETURNED' });
    // What has arrived the model's bank does not send back: here nobody has taken it in.
    expect(alpaca.wires.giveBack(made?.id ?? '', 'RETURNED')).toBe(false);
    expect(await seen(real, 'ONE')).toEqual(['returned 50000']);
  } finally {
    await simulator.stop();
  }
});

test('cash leaves with the request, arrives once, and comes back with a wire that is sent back', async () => {
  const { world, alpaca, brokerage, arrivals, approved } = brokerageWorld();
  const bankId = await approved();
  await brokerage.wire({ bankId, amount: minorOf(40_000n), memo: 'ONE' });
  expect(cashIn(alpaca)).toBe(60_000n);
  await world.pass(day);
  expect(arrivals).toMatchObject([
    { accountNumber: details.accountNumber, memo: 'ONE', cents: 40_000n },
  ]);
  alpaca.options.wireWays = { returned: 1 };
  await brokerage.wire({ bankId, amount: minorOf(10_000n), memo: 'TWO' });
  await world.pass(day);
  expect([cashIn(alpaca), arrivals.length]).toEqual([60_000n, 1]);
  expect(await seen(brokerage, 'TWO')).toEqual(['returned 10000']);
});

test('a request that comes twice makes two wires, the second marked; one that was refused stays so', async () => {
  const { alpaca, brokerage, approved } = brokerageWorld();
  const bankId = await approved();
  const authorization = `Basic ${Buffer.from('KEY:SECRET').toString('base64')}`;
  const requestOf = (amount: string): WireRequest => ({
    method: 'POST',
    path: `/v1/accounts/${firm}/transfers`,
    headers: { authorization },
    body: JSON.stringify({
      ...{ transfer_type: 'wire', bank_id: bankId, amount, direction: 'OUTGOING' },
      ...{ fee_payment_method: 'invoice', additional_information: 'ONE' },
    }),
  });
  const dear = requestOf('5000.00');
  expect(alpaca.handle(dear).status).toBe(403);
  alpaca.setCash(firm, 1_000_000n);
  expect(alpaca.handle(dear).status).toBe(403);
  const doubled = requestOf('10.00');
  for (let time = 0; time < 2; time += 1) expect(alpaca.handle(doubled).status).toBe(200);
  expect(alpaca.truth().wires.map(({ again }) => again)).toEqual([false, true]);
  expect(await seen(brokerage, 'ONE')).toHaveLength(2);
});

test('lists have strangers’ rows and rows that nobody can read, and only the latter hide anything', async () => {
  const { alpaca, brokerage, approved } = brokerageWorld({ strangers: 3 });
  const bankId = await approved();
  await brokerage.wire({ bankId, amount: minorOf(10_000n), memo: 'ONE' });
  expect(await seen(brokerage, 'ONE')).toEqual(['pending 10000']);
  const readable = async () => {
    const answer = await brokerage.wiresSeen();
    const isWhole = (one: WireSeen): boolean =>
      one.memo === 'ONE' && one.state !== 'unknown' && !Object.values(one).includes(null);
    return answer.ok ? answer.value.filter(isWhole) : [];
  };
  alpaca.options.unreadable = 1;
  for (let look = 0; look < 20; look += 1) expect(await readable()).toEqual([]);
});

test('dollars are a transfer’s by account, memo and amount, make one in a virtual account, and are otherwise nobody’s', async () => {
  const world = stillWorld(1, start);
  const due = dueModel(world, {
    ...{ accountId: 'acct', apiKey: 'key', rails: ['ethereum'], postEvent: () => {} },
    mint: () => ({ txHash: `0x${'1'.repeat(64)}`, logIndex: 0 }),
  });
  serve({ due: due.handle });
  const config = { baseUrl: 'http://due.model', apiKey: 'key', accountId: 'acct' };
  const onRamp = dueOnRamp({ ...config, treasury: treasury.address });
  const recipient = await onRamp.recipient('ethereum');
  const quote = await onRamp.quote('ethereum', minorOf(10_000n), 'wire');
  if (!recipient.ok || !quote.ok) throw new Error('no quote');
  const made = await onRamp.transfer(quote.value.token, recipient.value);
  if (made.outcome !== 'APPLIED') throw new Error('no transfer');
  const { id, payIn } = made.value;
  const [accountNumber = ''] = due.truth().accountNumbers;
  const memo = payIn?.memo ?? '';
  const comes = (wireId: string, given: Partial<WireArrival> = {}): void =>
    due.receive({ wireId, accountNumber, memo, cents: 10_000n, ...given });
  comes('short', { cents: 9_999n });
  comes('strange', { memo: 'nobody' });
  comes('first');
  comes('again');
  expect(due.truth().arrivals.map(({ transferId }) => transferId)).toEqual([null, null, id, null]);
  await world.pass(day);
  expect(await onRamp.status(id)).toMatchObject({ ok: true, value: { state: 'paid' } });
  const listed = await onRamp.transfersBetween(at(start), at(world.now()));
  expect(listed).toMatchObject({ ok: true, value: [{ id, accountId: null }] });
});
