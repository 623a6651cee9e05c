/**
 * The wire that carries the firm's dollars to the on-ramp for one transfer, as an effect (effect/effect.ts). The brokerage has no
 * idempotency key for it: it is found again by its memo alone, so nothing is wired again before the first wire
 * would long be seen (docs/decisions/0018).
 */
import { type Brokerage, stands, type Wire } from '../brokerage/brokerage.ts';
import type { EffectKind, Found } from '../effect/kind.ts';
import { wireProofMs, wireReviewMs, wireSettleMs } from '../kernel/limits.ts';
import { later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import { notSent, sentAgain } from '../store/send-record.ts';
import type { WireRecord } from '../store/wire-record.ts';
import { inReview } from '../withdrawal/retry.ts';
import type { In } from '../withdrawal/withdrawal.ts';
import { withoutTransfer } from './conversion.ts';

/** The memo of a deposit: ours to choose, and another one for each time that it is tried. */
export const depositMemo = ({
  withdrawalId,
  quoteNumber,
}: Pick<ConversionRecord, 'withdrawalId' | 'quoteNumber'>): string =>
  `${withdrawalId}-${quoteNumber}`;

/** What the wire of a conversion pays for, as it is asked for now (`transferId` of its record); `null`: it has none. */
export function paidAs(conversion: ConversionRecord): string | null {
  if (conversion.payIn !== 'virtual-account') return conversion.transferId;
  return conversion.refusedCode === null ? depositMemo(conversion) : null;
}

export type Wiring = {
  withdrawal: In<'converting'>;
  conversion: ConversionRecord;
  effect: WireRecord;
};

export const wireEffect = (
  brokerage: Pick<Brokerage, 'wire' | 'wiresOf'>,
  clock: Clock,
  dice: Dice,
): EffectKind<Wiring, Wire> => ({
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
    return { changes: [{ change: 'record', to: effect }], send: { ...item, effect } };
  },
  call: ({ effect: { bankId, amount, memo } }) => brokerage.wire({ bankId, amount, memo }),
  record: ({ withdrawal, conversion, effect }, end): Change[] => {
    const now = clock.now();
    const next = { ...effect, version: effect.version + 1 };
    switch (end.is) {
      case 'taken':
        return end.value.id === effect.wireId
          ? []
          : [{ change: 'record', to: { ...next, wireId: end.value.id, refusedCode: null } }];
      case 'not-made': {
        // The cash is at the firm, and the transfer that waits for it will never be paid for.
        const message = 'The dollars did not reach the on-ramp.';
        const { code } = end;
        return [
          { change: 'record', to: { ...next, refusedCode: code } },
          ...withoutTransfer({ withdrawal, effect: conversion }, code, message, now, dice),
        ];
      }
      case 'waiting':
        return end.learned.refusedCode === effect.refusedCode &&
          end.learned.nothingSince === effect.nothingSince
          ? []
          : [{ change: 'record', to: { ...next, ...end.learned } }];
      case 'not-sent':
        return [{ change: 'record', to: notSent(effect) }];
      case 'for-a-person':
        return [{ change: 'withdrawal', from: withdrawal, to: inReview(withdrawal, end.why, now) }];
      default:
        return end satisfies never;
    }
  },
});

/** By all wires with the memo, never by one of them. */
function verdict(effect: WireRecord, found: readonly Wire[]): Found<Wire> {
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
