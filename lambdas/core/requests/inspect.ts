/**
 * One withdrawal of any tenant as operators see it, open or ended: its timeline, every attempt at its payout, and what two of them
 * may decide about it now, or why not. Nothing is changed by looking.
 */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Explorers } from '../kernel/networks.ts';
import { timeOf } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { openAmong, type Proposals } from '../operations/four-eyes.ts';
import { isSamePerson, type Principal } from '../operations/principal.ts';
import { whyNot } from '../operations/resolution.ts';
import { evidenceOf } from '../operations/review.ts';
import { txIdOf } from '../rails/tx-id.ts';
import { newestAttempts, type PayoutAttempt } from '../store/attempt.ts';
import { resolutions } from '../store/proposal-record.ts';
import type { Store, WireStore } from '../store/store.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { operatorResourceOf } from './operator-resource.ts';
import { explorerUrlOf, timelineOf } from './resource.ts';

type World = {
  store: Store & WireStore;
  proposals: Proposals;
  clock: Clock;
  explorers: Explorers;
};

/** So many of the newest attempts are shown: a fee that is raised again and again may have made very many. */
export const attemptsShownMax = 20;

/** `null`: there is no such withdrawal. */
export const makeInspect =
  ({ store, proposals, clock, explorers }: World) =>
  async (id: WithdrawalId, looking: Principal | null) => {
    const [evidence, all] = await Promise.all([evidenceOf(store, id), proposals.proposals([id])]);
    if (evidence === null) return null;
    const { withdrawal } = evidence;
    const now = clock.now();
    const open = openAmong(all, withdrawal, now);
    const shown = operatorResourceOf(withdrawal, open, explorers);
    const payoutOf = (attempt: PayoutAttempt) => {
      const txHash = txIdOf(withdrawal.network, attempt);
      return {
        number: attempt.number,
        signedAt: timeOf(attempt.createdAt),
        pays: attempt.ends === undefined,
        withOthers: (attempt.batch?.members.size ?? 1) - 1,
        txHash,
        explorerUrl: explorerUrlOf(explorers, withdrawal.network, txHash),
      };
    };
    return {
      ...shown,
      timeline: timelineOf(withdrawal),
      payouts: (await attemptsOf(store, withdrawal)).map(payoutOf),
      resolutions: resolutions.map((resolution) => ({
        resolution,
        whyNot: whyNot(resolution, evidence, now),
        proposedByYou: open.some(
          (one) =>
            one.resolution === resolution &&
            looking !== null &&
            isSamePerson(one.proposed.by as Principal, looking),
        ),
      })),
    };
  };

const attemptsOf = async (store: Store, withdrawal: Withdrawal): Promise<PayoutAttempt[]> =>
  'attempts' in withdrawal && withdrawal.attempts !== undefined
    ? newestAttempts(store, { ...withdrawal, attempts: withdrawal.attempts }, attemptsShownMax)
    : [];
