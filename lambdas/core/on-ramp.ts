/**
 * 3-on-ramp: USD becomes USDC in our treasury. The provider has no idempotency key, so the order is everything:
 * a quote (moves nothing), the saved intent, then the one call; a lost answer is looked up, never simply repeated.
 */
import { all } from './all.ts';
import { commitGroups } from './commit.ts';
import type { Instant, WithdrawalId } from './ids.ts';
import {
  callTimeoutMs,
  onRampSettleMs,
  payoutAbovePercentMax,
  providerClockSkewMs,
  quoteMarginMs,
  recordReserveMs,
} from './limits.ts';
import { convertAtPar, type Minor } from './money.ts';
import type { OnRampEffect } from './on-ramp-effect.ts';
import type { Budget, Change, Clock, Dice, OnRamp, Store, Transfer } from './ports.ts';
import { retryOrRefund } from './retry.ts';
import { type Failure, type In, moveTo, needsOnRamp, type Withdrawal } from './withdrawal.ts';

type Converting = { withdrawal: In<'converting'>; effect: OnRampEffect };
type World = { store: Store; onRamp: OnRamp; clock: Clock; dice: Dice; budget: Budget };

export const makeOnRamp =
  (world: World) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const now = world.clock.now();
    const due = (await world.store.withdrawals(ids)).filter(
      ({ nextAttemptAt }) => nextAttemptAt === null || nextAttemptAt <= now,
    );
    const fresh = due
      .filter((one): one is In<'reserved'> => one.stage === 'reserved')
      .filter(needsOnRamp);
    const underway = due.filter((one): one is In<'converting'> => one.stage === 'converting');
    await all([quoteAndSend(world, fresh, new Map()), resume(world, underway)]);
  };

/** Takes a quote for each, saves the intent with it, and sends what was saved. */
async function quoteAndSend(
  world: World,
  withdrawals: readonly In<'reserved' | 'converting'>[],
  earlier: ReadonlyMap<WithdrawalId, OnRampEffect>,
): Promise<void> {
  if (withdrawals.length === 0) return;
  const groups = await all(
    withdrawals.map((withdrawal) => intentFor(world, withdrawal, earlier.get(withdrawal.id))),
  );
  const made = await commitGroups(world.store, groups);
  await sendAll(
    world,
    made.flatMap(({ send }) => send ?? []),
  );
}

type Intent = { changes: Change[]; send: Converting | null };

async function intentFor(
  { onRamp, clock, dice, budget }: World,
  from: In<'reserved' | 'converting'>,
  earlier: OnRampEffect | undefined,
): Promise<Intent> {
  const recipient = await onRamp.recipient(from.network);
  const quote = recipient.ok ? await onRamp.quote(from.network, from.amount) : recipient;
  const now = clock.now();
  if (!recipient.ok || !quote.ok || !plausible(from, quote.value.payout)) {
    // An earlier request whose fate is not known: nothing may be given back, the next visit asks again.
    if (earlier !== undefined && earlier.refusedCode === null) return { changes: [], send: null };
    const why = quote.ok ? `implausible quote: ${quote.value.payout}` : quote.why;
    const refused = quote.ok || quote.refused;
    const failure: Failure = {
      code: refused ? 'ON_RAMP_REJECTED' : 'RETRIES_EXHAUSTED',
      message: refused ? 'The on-ramp gave no usable quote.' : 'The on-ramp could not be reached.',
      retryable: !refused,
    };
    const proof =
      from.stage === 'reserved'
        ? ({ proof: 'never-sent' } as const)
        : ({ proof: 'refused', code: earlier?.refusedCode ?? why } as const);
    const to = retryOrRefund(from, failure, proof, now, dice);
    return { changes: [{ change: 'withdrawal', from, to }], send: null };
  }
  if (budget.remainingMs() < callTimeoutMs + recordReserveMs) return { changes: [], send: null };

  const { token, source, payout, fee, expiresAt } = quote.value;
  const effect: OnRampEffect = {
    withdrawalId: from.id,
    version: (earlier?.version ?? 0) + 1,
    quoteNumber: (earlier?.quoteNumber ?? 0) + 1,
    quoteToken: token,
    quoteExpiresAt: expiresAt,
    recipientId: recipient.value,
    source,
    payout,
    fee,
    sends: 1,
    firstSentAt: now,
    lastSentAt: now,
    refusedCode: null,
    transferId: null,
  };
  if (from.stage === 'converting') {
    const withdrawal = { ...from, version: from.version + 1, updatedAt: now, nextAttemptAt: null };
    const changes: Change[] = [
      { change: 'effect', to: effect },
      { change: 'withdrawal', from, to: withdrawal },
    ];
    return { changes, send: { withdrawal, effect } };
  }
  const withdrawal = moveTo(from, 'converting', {}, now);
  const changes: Change[] = [
    { change: 'effect', to: effect },
    { change: 'withdrawal', from, to: withdrawal },
  ];
  return { changes, send: { withdrawal, effect } };
}

/** Hands each saved quote to the provider once, then records what it said. */
async function sendAll(world: World, saved: readonly Converting[]): Promise<void> {
  const groups = await all(
    saved.map(async ({ withdrawal, effect }): Promise<{ changes: Change[] }> => {
      const reply = await world.onRamp.transfer(effect.quoteToken, effect.recipientId);
      switch (reply.outcome) {
        case 'APPLIED':
          return { changes: claim({ withdrawal, effect }, reply.value.id) };
        case 'NOT_APPLIED':
          return { changes: refused(world, withdrawal, effect, reply.code) };
        case 'UNKNOWN':
          return { changes: [] }; // Recorded as sent already. The next visit looks it up.
        default:
          return reply satisfies never;
      }
    }),
  );
  await commitGroups(world.store, groups);
}

const claim = ({ withdrawal, effect }: Converting, transferId: string): Change[] => [
  { change: 'claim', transferId, withdrawalId: withdrawal.id, walletId: withdrawal.walletId },
  { change: 'effect', to: { ...effect, version: effect.version + 1, transferId } },
];

/** A definite no. To the only send it means that nothing was made; to a repetition, only that the quote is used up. */
function refused(
  { clock, dice }: World,
  withdrawal: In<'converting'>,
  effect: OnRampEffect,
  code: string,
): Change[] {
  const now = clock.now();
  const next = { ...effect, version: effect.version + 1 };
  if (effect.sends > 1) return [{ change: 'effect', to: { ...next, quoteExpiresAt: now } }];
  const failure: Failure = {
    code: 'ON_RAMP_REJECTED',
    message: 'The on-ramp refused the transfer.',
    retryable: true,
  };
  const to = retryOrRefund(withdrawal, failure, { proof: 'refused', code }, now, dice);
  return [
    { change: 'effect', to: { ...next, refusedCode: code } },
    { change: 'withdrawal', from: withdrawal, to },
  ];
}

/** Visits those that were sent before: asks for the transfer, or looks for one whose answer was lost. */
async function resume(world: World, withdrawals: readonly In<'converting'>[]): Promise<void> {
  if (withdrawals.length === 0) return;
  const effects = await world.store.effects(withdrawals.map(({ id }) => id));
  const byId = new Map(effects.map((effect) => [effect.withdrawalId, effect]));
  const requote: In<'converting'>[] = [];
  const groups = await all(
    withdrawals.map(async (withdrawal): Promise<{ changes: Change[] }> => {
      const effect = byId.get(withdrawal.id);
      if (effect === undefined) throw new Error(`${withdrawal.id} is converting without an effect`);
      if (effect.transferId !== null)
        return { changes: await follow(world, withdrawal, effect.transferId) };
      if (effect.refusedCode !== null) requote.push(withdrawal);
      else if ((await lookUp(world, { withdrawal, effect })) === 'quote-is-dead')
        requote.push(withdrawal);
      return { changes: [] };
    }),
  );
  await commitGroups(world.store, groups);
  await quoteAndSend(world, requote, byId);
}

/** What became of a known transfer. */
async function follow(
  { onRamp, clock }: World,
  from: In<'converting'>,
  transferId: string,
): Promise<Change[]> {
  const answer = await onRamp.status(transferId);
  if (!answer.ok) return []; // A question may be asked again at any time: sweep does.
  const { state, payout, fee } = answer.value;
  const now = clock.now();
  const review = (message: string): Change[] => {
    const failure: Failure = { code: 'OUTCOME_UNKNOWN', message, retryable: false };
    const facts = { failure, heldFrom: from.stage } as const;
    return [{ change: 'withdrawal', from, to: moveTo(from, 'review', facts, now, message) }];
  };
  switch (state) {
    case 'pending':
    case 'held':
      return [];
    case 'paid': {
      if (!plausible(from, payout) || fee >= from.amount)
        return review('The on-ramp paid another amount than it quoted.');
      const to: Withdrawal = moveTo(from, 'converted', { payout, fee }, now);
      return [{ change: 'withdrawal', from, to }];
    }
    case 'returned':
    case 'failed':
      return review('The on-ramp did not complete the transfer.');
    default:
      return state satisfies never;
  }
}

/**
 * Looks for the transfer that a lost answer may have made, and claims it. Transfers of the same amount are alike, so
 * any one that is nobody's serves. When there is none: the same quote again while it lives (it makes one transfer at
 * most), and a new one only when the old one is dead and its time to appear is over.
 */
async function lookUp(
  world: World,
  { withdrawal, effect }: Converting,
): Promise<'waiting' | 'quote-is-dead'> {
  const { store, onRamp, clock, budget } = world;
  const now = clock.now();
  if (now < effect.lastSentAt + onRampSettleMs) return 'waiting';
  const from = (effect.firstSentAt - providerClockSkewMs) as Instant;
  const to = (effect.lastSentAt + callTimeoutMs + providerClockSkewMs) as Instant;
  const listed = await onRamp.transfersBetween(from, to);
  if (!listed.ok) return 'waiting';
  for (const transfer of listed.value.filter((one) => matches(effect, one))) {
    if ((await store.commit(claim({ withdrawal, effect }, transfer.id))).length === 0)
      return 'waiting';
  }
  if (now > effect.quoteExpiresAt + onRampSettleMs) return 'quote-is-dead';
  if (now > effect.quoteExpiresAt - quoteMarginMs) return 'waiting';
  if (budget.remainingMs() < callTimeoutMs + recordReserveMs) return 'waiting';
  const again: OnRampEffect = {
    ...effect,
    version: effect.version + 1,
    sends: effect.sends + 1,
    lastSentAt: now,
  };
  const [made] = await commitGroups(store, [{ changes: [{ change: 'effect', to: again }] }]);
  if (made !== undefined) await sendAll(world, [{ withdrawal, effect: again }]);
  return 'waiting';
}

const matches = (effect: OnRampEffect, transfer: Transfer): boolean =>
  transfer.source === effect.source &&
  transfer.payout === effect.payout &&
  (transfer.recipientId === null || transfer.recipientId === effect.recipientId);

/** More than nothing, and not more than was taken from the wallet, but for a little. */
function plausible(withdrawal: In<'reserved' | 'converting'>, payout: Minor): boolean {
  const atPar = convertAtPar(withdrawal.amount, withdrawal.currency, withdrawal.asset);
  return payout > 0n && payout * 100n <= atPar * (100n + payoutAbovePercentMax);
}
