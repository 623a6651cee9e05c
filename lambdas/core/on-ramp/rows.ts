/** What the rows of endings.ts are made of: what a withdrawal waits for, and when a person decides. */
import type { Instant } from '../kernel/time.ts';
import type { Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import type { Held } from '../switches/switches.ts';
import { heldChange, waitKeptBack } from '../switches/waiting.ts';
import { inReview, waitFor } from '../withdrawal/retry.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import type { In } from '../withdrawal/withdrawal.ts';

/** A withdrawal, and what is on record of its conversion; `null`: the on-ramp was not asked for it yet. */
export type Due = { withdrawal: In<'reserved' | 'converting'>; effect: ConversionRecord | null };
export type Converting = { withdrawal: In<'converting'>; effect: ConversionRecord };

export type Row<Heard> = {
  when?(heard: Heard, due: Due, now: Instant): boolean;
  next(heard: Heard, due: Due, now: Instant, dice: Dice): Change[];
};

/** A switch keeps it back. */
export type HeldBack = { is: 'held'; held: Held };

/** Nothing becomes true of the withdrawal: this visit does something else about it, or the next one asks again. */
export const stay = (): Change[] => [];

/** Nothing is begun before `until`. The withdrawal shows as RETRYING, and none of its retries is used up. */
export const wait =
  (reason: WaitReason): Row<{ until: Instant }>['next'] =>
  ({ until }, { withdrawal: from }, now, dice) => [
    { change: 'withdrawal', from, to: waitFor(from, until, reason, now, dice) },
  ];
export const away = wait('on-ramp-away');
export const heldBack: Row<HeldBack>['next'] = ({ held }, { withdrawal }, now, dice) =>
  heldChange(withdrawal, held, now, dice);
/** A call that was saved and then kept back, by a circuit breaker or by a switch. */
export const notSentBy =
  (reason: WaitReason): Row<{ until: Instant; held?: Held }>['next'] =>
  (heard, { withdrawal: from }, now, dice) => [
    { change: 'withdrawal', from, to: waitKeptBack(from, heard, reason, now, dice) },
  ];

/** A person decides, and the money stays held until then. */
export const review =
  (why: string): Row<unknown>['next'] =>
  (_, { withdrawal: from }, now) => [{ change: 'withdrawal', from, to: inReview(from, why, now) }];
