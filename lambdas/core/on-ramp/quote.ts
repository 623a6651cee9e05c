/** Asking the on-ramp to convert: a quote for each, which moves nothing, is saved, and only then sent (effect/effect.ts). */
import type { Guard } from '../breakers/breaker.ts';
import { quoting, transferring } from '../breakers/names.ts';
import { sendSaved } from '../effect/effect.ts';
import { all } from '../kernel/all.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import { firstSend } from '../store/send-record.ts';
import { commitGroups } from '../store/store.ts';
import { type In, moveTo } from '../withdrawal/withdrawal.ts';
import { conversionEffect, type OnRampWorld } from './conversion.ts';
import { type Converting, conclude, type Due, endings } from './endings.ts';
import { isPlausible, payInModes } from './pay-in.ts';

type Quoted = { changes: Change[]; send: Converting | null };

/** Takes a quote for each, saves it, and sends what was saved. */
export async function quoteAndSend(world: OnRampWorld, due: readonly Due[]): Promise<void> {
  if (due.length === 0) return;
  const guard = await world.gates.begin(due.length, quoting, transferring);
  const { allowed, until } = guard;
  const keptBack = due.slice(allowed).map((one): Quoted => {
    const changes = conclude(endings.quote, { is: 'kept-back', until }, one, world);
    return { changes, send: null };
  });
  const quoted = await all(due.slice(0, allowed).map((one) => quoteFor(world, one, guard)));
  const groups = [...quoted, ...keptBack];
  const made = await commitGroups(world.store, groups);
  await sendSaved(
    world,
    conversionEffect(world),
    made.flatMap(({ send }) => send ?? []),
  );
}

async function quoteFor(world: OnRampWorld, due: Due, guard: Guard): Promise<Quoted> {
  const { onRamp, clock, budget, payIn } = world;
  const { withdrawal: from, effect: earlier } = due;
  const { network, amount, acceptedAt } = from;
  const mode = payInModes[payIn];
  if (!(await mode.isReady(world, network))) {
    const heard = { is: 'no-account', acceptedAt, now: clock.now() } as const;
    return { changes: conclude(endings.quote, heard, due, world), send: null };
  }
  const recipient = await onRamp.recipient(network);
  const answer = recipient.ok ? await onRamp.quote(network, amount, payIn) : recipient;
  const now = clock.now();
  if (!recipient.ok || !answer.ok || !isPlausible(from, answer.value.payout)) {
    const heard = { is: 'none', answer, guard, now, ...due } as const;
    return { changes: conclude(endings.quote, heard, due, world), send: null };
  }
  if (!budget.allows({ calls: 1 })) return { changes: [], send: null };

  const { token, source, payout, fee, expiresAt } = answer.value;
  const effect: ConversionRecord = {
    kind: 'conversion',
    withdrawalId: from.id,
    version: (earlier?.version ?? 0) + 1,
    quoteNumber: (earlier?.quoteNumber ?? 0) + 1,
    quoteToken: token,
    quoteExpiresAt: expiresAt,
    recipientId: recipient.value,
    payIn,
    source,
    payout,
    fee,
    ...firstSend(now),
    quoteUsed: false,
    transferId: null,
  };
  const withdrawal: In<'converting'> =
    from.stage === 'converting'
      ? { ...from, version: from.version + 1, updatedAt: now, nextAttemptAt: null }
      : moveTo(from, 'converting', {}, now);
  const changes: Change[] = [
    { change: 'record', to: effect },
    { change: 'withdrawal', from, to: withdrawal },
  ];
  return { changes, send: mode.isAskedFor ? { withdrawal, effect } : null };
}
