/**
 * A signed payout as an effect (effect/effect.ts). The token itself lets its nonce act once, so the same bytes may be sent at any
 * time, and other bytes under the same nonce as soon as these are refused or too old: no proof is waited for.
 */

import type { EffectKind } from '../../effect/kind.ts';
import { authorizationMarginSeconds, dueAtWorthMovingMs } from '../../kernel/limits.ts';
import type { Attempted } from '../../kernel/outcome.ts';
import type { Instant } from '../../kernel/time.ts';
import type { Clock } from '../../kernel/world.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Change } from '../../store/change.ts';
import { firstSend, type SendRecord as SentBefore } from '../../store/send-record.ts';
import { type In, moveTo } from '../../withdrawal/withdrawal.ts';
import type { Chain, Head, SendReply } from './chain.ts';

export type Sent = In<'signed' | 'broadcast'>;
export type Payout = { withdrawal: Sent; attempt: PayoutAttempt; effect: SentBefore };
/** Who says that the payout is on its way: a node that has the bytes, or the chain, on which its nonce is spent. */
export type Taken = 'by-a-node' | 'on-chain';

/** What is signed is saved: from then on it counts as sent, as often as it may be. */
export const payoutOf = (withdrawal: Sent, attempt: PayoutAttempt): Payout => ({
  withdrawal,
  attempt,
  effect: firstSend(attempt.createdAt),
});

export const payoutEffect = (
  chain: Chain,
  head: Head,
  clock: Clock,
): EffectKind<Payout, Taken> => ({
  settleMs: 0,
  proofMs: 0,
  reviewMs: Number.POSITIVE_INFINITY,
  isShared: false,
  again: ({ attempt, effect }) => {
    const chainSeconds = Math.floor(head.latestAt / 1_000);
    const isGood = attempt.authorization.validBefore >= chainSeconds + authorizationMarginSeconds;
    const until = isGood ? Number.POSITIVE_INFINITY : 0;
    return { from: effect.firstSentAt, until: until as Instant };
  },
  deadFrom: ({ effect }) => effect.firstSentAt,
  lookUp: async (items) => {
    const spent = await chain.spent(items.map(({ attempt }) => attempt.authorization.nonce));
    return items.map(({ attempt }) => ({
      found: 'these',
      values: spent.has(attempt.authorization.nonce) ? ['on-chain'] : [],
    }));
  },
  claim: (payout) => ({ changes: [], send: payout }),
  call: async ({ attempt }) => answered(await chain.send(attempt.raw)),
  record: ({ withdrawal: from }, end): Change[] => {
    switch (end.is) {
      case 'taken': {
        if (from.stage !== 'signed') return [];
        // From here 5-confirm reads the verdict.
        const now = clock.now();
        const to = moveTo(from, 'broadcast', from, now);
        const worthIt = chain.finalityMs > dueAtWorthMovingMs;
        const dueAt = worthIt ? ((now + chain.finalityMs) as Instant) : to.dueAt;
        return [{ change: 'withdrawal', from, to: { ...to, dueAt } }];
      }
      // It stays as it is: the next visit carries on.
      case 'not-made':
      case 'not-sent':
      case 'waiting':
      case 'for-a-person':
        return [];
      default:
        return end satisfies never;
    }
  },
});

function answered(reply: SendReply): Attempted<Taken> {
  switch (reply) {
    case 'accepted':
    case 'already-known':
      return { outcome: 'APPLIED', value: 'by-a-node' };
    case 'nonce-used':
    case 'underpriced':
    case 'unfunded':
      return { outcome: 'NOT_APPLIED', code: reply };
    case 'unknown':
      return { outcome: 'UNKNOWN', why: reply };
    default:
      return reply satisfies never;
  }
}
