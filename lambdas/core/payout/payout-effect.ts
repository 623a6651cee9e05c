/**
 * A signed payout as an effect (effect/effect.ts). Its exclusive resource lets it act once, so the same bytes may be
 * submitted at any time, and others as soon as these are refused or have run out: no proof is waited for.
 */
import type { EffectKind } from '../effect/kind.ts';
import { dueAtWorthMovingMs, dueFreshMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { PayoutAttempt } from '../store/attempt.ts';
import type { Change } from '../store/change.ts';
import { firstSend, type SendRecord } from '../store/send-record.ts';
import { waitKeptBack } from '../switches/waiting.ts';
import { type In, moveTo } from '../withdrawal/withdrawal.ts';
import type { Rail, SentPayout, Taken } from './rail.ts';

export type Payout = { withdrawal: SentPayout; attempt: PayoutAttempt; effect: SendRecord };

/** What the withdrawal says of its latest attempt besides its number. */
export const batchOf = ({ batch }: Pick<PayoutAttempt, 'batch'>): { payoutBatch?: string } =>
  batch === undefined ? {} : { payoutBatch: batch.id };

/** What is signed is saved: from then on it counts as sent, as often as it may be. */
export const payoutOf = (withdrawal: SentPayout, attempt: PayoutAttempt): Payout => ({
  withdrawal,
  attempt,
  effect: firstSend(attempt.createdAt),
});

export const payoutEffect = (
  rail: Rail,
  { clock, dice }: { clock: Clock; dice: Dice },
): EffectKind<Payout, Taken> => ({
  name: 'payout',
  guard: 'broadcast',
  settleMs: 0,
  proofMs: 0,
  reviewMs: Number.POSITIVE_INFINITY,
  isShared: false,
  again: ({ effect }) => ({
    from: effect.firstSentAt,
    until: Number.POSITIVE_INFINITY as Instant,
  }),
  deadFrom: () => null,
  lookUp: (payouts) => rail.lookUp(payouts.map(({ attempt }) => attempt)),
  claim: (payout) => ({ changes: [], send: payout }),
  call: ({ attempt }) => rail.submit(attempt),
  record: ({ withdrawal: from, attempt }, end): Change[] => {
    switch (end.is) {
      case 'taken': {
        if (from.stage !== 'signed') return [];
        // From here 5-confirm reads the verdict.
        const now = clock.now();
        const { payout, fee, attempts, txId, readFrom } = from;
        const facts = { payout, fee, attempts, txId, readFrom };
        const to = moveTo(from, 'broadcast', facts, now);
        // That it waits for its cancellation the next visit says: clients are told of one line of each write.
        if (from.ending !== undefined)
          return [{ change: 'withdrawal', from, to: { ...to, nextAttemptAt: now, dueAt: now } }];
        return [{ change: 'withdrawal', from, to: { ...to, dueAt: dueAtOf(attempt, to, rail) } }];
      }
      case 'not-sent': {
        // Not a byte has left. What a node had before waits for nothing.
        if (from.stage !== 'signed') return [];
        const to = waitKeptBack(from, end, 'node-away', clock.now(), dice);
        return [{ change: 'withdrawal', from, to }];
      }
      // It stays as it is: the next visit carries on.
      case 'not-made':
      case 'waiting':
      case 'held':
      case 'for-a-person':
        return [];
      default:
        return end satisfies never;
    }
  },
});

/** When its verdict is to be looked for (core/withdrawal/due.ts): of a batch, one is due for all. */
function dueAtOf(
  { batch }: Pick<PayoutAttempt, 'batch'>,
  { id, createdAt, dueAt, updatedAt }: In<'broadcast'>,
  { finalityMs }: Pick<Rail, 'finalityMs'>,
): Instant | null {
  const finalAt = later(updatedAt, finalityMs);
  if (batch !== undefined) {
    const [first] = [...batch.members.keys()].sort();
    return id === first ? finalAt : null;
  }
  if (finalityMs > dueAtWorthMovingMs) return finalAt;
  // Sweep looks at it anyway, so that to be due then costs no entry.
  if (finalAt - createdAt <= dueFreshMs) return finalAt;
  return dueAt === null ? null : (Math.min(dueAt, finalAt) as Instant);
}
