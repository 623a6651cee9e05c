/**
 * The wire that carries the firm's dollars to the on-ramp for one transfer, as an effect (effect.ts). The brokerage has no
 * idempotency key for it: it is found again by its memo alone, so nothing is wired again before the first wire
 * would long be seen (docs/decisions/0018).
 */
import { type Brokerage, stands, type Wire } from './brokerage.ts';
import { type Found, notSent, type Provider, type Sent, sentAgain } from './effect.ts';
import { later } from './effect-verdict.ts';
import type { WithdrawalId } from './ids.ts';
import { wireProofMs, wireReviewMs, wireSettleMs } from './limits.ts';
import type { Minor } from './money.ts';
import { type OnRampEffect, withoutTransfer } from './on-ramp-effect.ts';
import type { Change, Clock, Dice } from './ports.ts';
import { inReview } from './retry.ts';
import type { In } from './withdrawal.ts';

/** One for each transfer of the on-ramp that was to be made: its record is never written over by another's. */
export type WireEffect = Sent & {
  withdrawalId: WithdrawalId;
  /** What it pays for; of a deposit, which makes its own transfer, the memo. */
  transferId: string;
  /** The virtual account that it pays into, where it pays for no transfer that waits for it. */
  accountId?: string | undefined;
  version: number;
  bankId: string;
  amount: Minor;
  /** By which the on-ramp knows whose dollars they are, and we the wire. */
  memo: string;
  /** The brokerage's id, once it is known. */
  wireId: string | null;
};
export type WireStore = {
  wires(wanted: readonly Pick<WireEffect, 'withdrawalId' | 'transferId'>[]): Promise<WireEffect[]>;
  /** Which withdrawal has claimed each of these transfers of the on-ramp: those that are. */
  claims(transferIds: readonly string[]): Promise<ReadonlyMap<string, WithdrawalId>>;
};

/** The memo of a deposit: ours to choose, and another one for each time that it is tried. */
export const depositMemo = ({
  withdrawalId,
  quoteNumber,
}: Pick<OnRampEffect, 'withdrawalId' | 'quoteNumber'>): string => `${withdrawalId}-${quoteNumber}`;

/** What the wire of a conversion pays for, as it is asked for now (`transferId` of its record); `null`: it has none. */
export function paidAs(conversion: OnRampEffect): string | null {
  if (conversion.payIn !== 'virtual-account') return conversion.transferId;
  return conversion.refusedCode === null ? depositMemo(conversion) : null;
}

export type Wiring = {
  withdrawal: In<'converting'>;
  conversion: OnRampEffect;
  effect: WireEffect;
};

export const wires = (
  brokerage: Pick<Brokerage, 'wire' | 'wiresOf'>,
  clock: Clock,
  dice: Dice,
): Provider<Wiring, Wire> => ({
  settleMs: wireSettleMs,
  proofMs: wireProofMs,
  reviewMs: wireReviewMs,
  isShared: false,
  again: ({ effect }) => ({
    from: later(effect.lastSentAt, wireProofMs),
    until: later(effect.firstSentAt, wireReviewMs),
  }),
  deadFrom: () => null,
  lookUp: async (items) => {
    const listed = await brokerage.wiresOf(new Set(items.map(({ effect }) => effect.memo)));
    return items.map(({ effect }) =>
      listed.ok
        ? verdict(
            effect,
            listed.value.filter(({ memo }) => memo === effect.memo),
          )
        : { found: 'unclear' },
    );
  },
  claim: (item, now) => {
    const effect = sentAgain(item.effect, now);
    return { changes: [{ change: 'wire', to: effect }], send: { ...item, effect } };
  },
  call: ({ effect: { bankId, amount, memo } }) => brokerage.wire({ bankId, amount, memo }),
  record: ({ withdrawal, conversion, effect }, end): Change[] => {
    const now = clock.now();
    const next = { ...effect, version: effect.version + 1 };
    switch (end.is) {
      case 'taken':
        return end.value.id === effect.wireId
          ? []
          : [{ change: 'wire', to: { ...next, wireId: end.value.id, refusedCode: null } }];
      case 'not-made': {
        // The cash is at the firm, and the transfer that waits for it will never be paid for.
        const message = 'The dollars did not reach the on-ramp.';
        const { code } = end;
        return [
          { change: 'wire', to: { ...next, refusedCode: code } },
          ...withoutTransfer({ withdrawal, effect: conversion }, code, message, now, dice),
        ];
      }
      case 'waiting':
        return end.learned.refusedCode === effect.refusedCode &&
          end.learned.nothingSince === effect.nothingSince
          ? []
          : [{ change: 'wire', to: { ...next, ...end.learned } }];
      case 'not-sent':
        return [{ change: 'wire', to: notSent(effect) }];
      case 'for-a-person':
        return [{ change: 'withdrawal', from: withdrawal, to: inReview(withdrawal, end.why, now) }];
      default:
        return end satisfies never;
    }
  },
});

/** By all wires with the memo, never by one of them. */
function verdict(effect: WireEffect, found: readonly Wire[]): Found<Wire> {
  const standing = found.filter(stands);
  const [wire] = standing;
  if (standing.length > 1)
    return { found: 'wrong', why: 'The dollars were wired to the on-ramp more than once.' };
  if (wire !== undefined)
    return wire.amount === effect.amount
      ? { found: 'these', values: [wire] }
      : { found: 'wrong', why: 'The brokerage wired another amount than was asked for.' };
  if (found.length > 0) return { found: 'void', code: 'wire-returned' };
  // It was there before.
  return effect.wireId === null ? { found: 'these', values: [] } : { found: 'unclear' };
}
