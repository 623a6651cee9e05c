/** Events of Due may come twice, late, never, or forged; a withdrawal moves only by what Due answers. */
import { createPublicKey, verify } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { dueOnRamp } from '../../lambdas/adapters/due/on-ramp.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import type { OnRamp } from '../../lambdas/core/on-ramp/provider.ts';
import { treasury } from '../../local/chains/dev-accounts.ts';
import { allOn, testGates } from '../support/gates.ts';
import { noAccounts, noArrivals } from '../support/on-ramp.ts';
import { shared } from '../support/shared.ts';
import { at, evenDice, plenty } from '../support/things.ts';
import { startWorld } from '../support/world.ts';
import {
  control,
  convert,
  link,
  listen,
  type Received,
  read,
  startDue,
  truthOf,
  until,
} from './due-client.ts';

const world = shared(startWorld);
const events = shared(listen);
const due = shared(() => startDue({ eventsUrl: events.url, autoFund: false }));
let wallet: string;
beforeAll(async () => {
  wallet = await link(due, treasury.address);
});

type Told = { id: string; data: { id: string; status: string } };
const bodyOf = ({ text }: Received): Told => JSON.parse(text) as Told;
const toldOf = (id: string): Received[] =>
  events.received.filter((one) => bodyOf(one).data.id === id);
const isSigned = ({ text, signature }: Received): boolean =>
  verify(
    null,
    Buffer.from(text),
    createPublicKey(due.webhookPublicKey),
    Buffer.from(signature, 'hex'),
  );

/** Makes a transfer that is held up, whose event is sent at once, with this fault. */
async function heldUp(fault: object | null): Promise<string> {
  const { id } = await convert(due, '10.00', wallet);
  if (fault !== null)
    await control(due, '/_faults', { event: 'transfer.status_changed', times: 1, ...fault });
  await control(due, `/_transfers/${id}`, { status: 'manual_review' });
  return id;
}
const told = (id: string, count = 1): Promise<unknown> =>
  until(async () => toldOf(id).length >= count);

test('a duplicate is the same event twice', async () => {
  const id = await heldUp({ kind: 'duplicate' });
  await told(id, 2);
  expect(new Set(toldOf(id).map((one) => bodyOf(one).id)).size).toBe(1);
  expect(toldOf(id).every(isSigned)).toBe(true);
});

test('a missing one never comes, while later ones do', async () => {
  const missing = await heldUp({ kind: 'missing' });
  await until(async () => {
    const { body } = await control(due, '/_faults');
    return (body['rules'] as { strikes: number; kind: string }[]).every((one) => one.strikes === 1);
  });
  await told(await heldUp(null));
  expect(toldOf(missing)).toEqual([]);
});

test('one out of order is overtaken', async () => {
  const late = await heldUp({ kind: 'out-of-order', byMs: 500 });
  await until(async () => {
    const { body } = await control(due, '/_faults');
    return (body['rules'] as { strikes: number; kind: string }[]).every((one) => one.strikes === 1);
  });
  const early = await heldUp(null);
  await told(late);
  const order = events.received.map((one) => bodyOf(one).data.id);
  expect(order.indexOf(early)).toBeLessThan(order.indexOf(late));
  expect(order.indexOf(early)).toBeGreaterThan(-1);
});

test('a forged one lies, and its signature shows it', async () => {
  const id = await heldUp({ kind: 'forged' });
  await told(id, 2);
  const seen = toldOf(id).map((one) => [isSigned(one), bodyOf(one).data.status]);
  expect(seen.sort()).toEqual([
    [false, 'payment_processed'],
    [true, 'manual_review'],
  ]);
});

test('an event about an event that cannot be is refused', async () => {
  const wrong = await control(due, '/_faults', { event: 'transfer.lost', kind: 'missing' });
  expect(wrong.status).toBe(400);
});

test('whatever an event says, the step that it rings asks Due, and moves by the answer', async () => {
  const asked: string[] = [];
  const real = dueOnRamp({ ...due, treasury: treasury.address });
  const onRamp: OnRamp = {
    ...real,
    status: (id) => {
      asked.push(id);
      return real.status(id);
    },
  };
  const clock = { now: () => at(Date.now()), until: async () => {} };
  const around = {
    store: world.store,
    onRamp,
    clock,
    switches: allOn,
    gates: testGates(clock).gates,
  };
  const step = makeOnRamp({
    ...around,
    dice: evenDice,
    budget: plenty,
    payIn: 'ach',
    accounts: noAccounts,
    arrivals: noArrivals,
    brokerage: null,
  });
  const { id } = await world.reserved();
  await step([id]);
  const [effect] = await world.store.conversions([id]);
  const transferId = effect?.transferId ?? '';
  const rules = ['forged', 'duplicate'].map((kind) => ({ event: '*', kind, times: 1 }));
  await control(due, '/_faults', rules);
  for (const [status, events_] of [
    ['manual_review', 2],
    ['action_required', 4],
  ] as const) {
    await control(due, `/_transfers/${transferId}`, { status });
    await told(transferId, events_);
  }
  const claims = toldOf(transferId).map((one) => bodyOf(one).data.status);
  expect(claims).toContain('payment_processed');
  for (const _event of claims) await step([id]);
  expect(asked).toEqual(claims.map(() => transferId));
  expect(await world.now(id)).toMatchObject({ stage: 'converting' });
  expect((await read(due, transferId)).status).toBe('action_required');
  const ofThis = (await truthOf(due)).transfers.filter(
    (one) => one['quote'] === effect?.quoteToken,
  );
  expect(ofThis).toMatchObject([{ id: transferId, consumed: null, paid: null }]);
});
