/**
 * Four eyes: what is to be done about a withdrawal is proposed by one principal and confirmed by another. The confirmation
 * is one write with what it does, on the withdrawal as it was proposed on; so it is done once, whoever confirms it and
 * however often, and a crash between the two loses nothing.
 */
import { cameToNothing } from '../brokerage/cash.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { proposalLifeMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { ProposalRecord, Resolution, Said } from '../store/proposal-record.ts';
import type { Store, WireStore } from '../store/store.ts';
import { uncounting } from '../withdrawal/counters.ts';
import { stages, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { isSamePerson, type Principal } from './principal.ts';
import { rules, subjectOf, whyNot } from './resolution.ts';
import { type Evidence, evidenceOf, isStanding } from './review.ts';

/** The port of the proposals. Reads are consistent. */
export type Proposals = {
  /** The proposals of each of these withdrawals, in no order, those that are over too. */
  proposals(ids: readonly WithdrawalId[]): Promise<ProposalRecord[]>;
};

/** Who asks, and why. `callerId` is the id of the key or the token. */
export type Speaker = { principal: Principal; callerId: string; reason: string };

export type Outcome =
  | { is: 'proposed' | 'confirmed'; proposal: ProposalRecord; withdrawal: Withdrawal }
  | { is: 'not-there' }
  /** Its only speaker so far asks once more. Nothing has changed. */
  | { is: 'own'; proposal: ProposalRecord }
  /** The withdrawal has moved on since it was proposed. */
  | { is: 'void'; proposal: ProposalRecord }
  | { is: 'refused'; why: string; confirmed: Said | null };

export type FourEyesWorld = {
  store: Store & WireStore;
  proposals: Proposals;
  clock: Clock;
  dueAfterMs: number;
};

/** Each further round means that a step or another person was faster, which a few times only is bad luck. */
const roundsMax = 5;
const busy = 'It is being changed all the time. Nothing was done: ask again.';

export const makeResolve =
  (world: FourEyesWorld) =>
  async (id: WithdrawalId, resolution: Resolution, speaker: Speaker): Promise<Outcome> => {
    for (let round = 0; round < roundsMax; round += 1) {
      const [evidence, all] = await Promise.all([
        evidenceOf(world.store, id),
        world.proposals.proposals([id]),
      ]);
      if (evidence === null) return { is: 'not-there' };
      const last = all.find((one) => one.resolution === resolution) ?? null;
      const answer = decided(evidence, resolution, last, speaker, world);
      if (!('changes' in answer)) return answer;
      const refused = await world.store.commit(answer.changes);
      if (refused.length === 0) return answer.outcome;
    }
    return { is: 'refused', why: busy, confirmed: null };
  };

type Decided = Outcome | { changes: readonly Change[]; outcome: Outcome };

function decided(
  evidence: Evidence,
  resolution: Resolution,
  last: ProposalRecord | null,
  speaker: Speaker,
  { clock, dueAfterMs }: FourEyesWorld,
): Decided {
  const now = clock.now();
  const { withdrawal } = evidence;
  if (last === null || !isOpen(last, now))
    return proposed(evidence, resolution, last, speaker, now);
  const isOwn = isSamePerson(last.proposed.by as Principal, speaker.principal);
  if (!rules[resolution].isAsProposed(last.on, withdrawal)) {
    // Who proposed it sees the withdrawal as it is now, and may propose that anew; others hear of it first.
    if (isOwn) return proposed(evidence, resolution, last, speaker, now);
    const to: ProposalRecord = { ...last, version: last.version + 1, state: 'void' };
    return { changes: [{ change: 'proposal', to }], outcome: { is: 'void', proposal: to } };
  }
  if (isOwn) return { is: 'own', proposal: last };
  return confirmed(evidence, last, saidBy(speaker, now), now, dueAfterMs);
}

/** Whether it waits for a second person still, if its withdrawal has not moved on. */
const isOpen = ({ state, expiresAt }: ProposalRecord, now: Instant): boolean =>
  state === 'open' && now < expiresAt;

/** Those that somebody may confirm now. */
export const openAmong = (
  all: readonly ProposalRecord[],
  withdrawal: Withdrawal,
  now: Instant,
): ProposalRecord[] =>
  all.filter(
    (one) =>
      one.withdrawalId === withdrawal.id &&
      isOpen(one, now) &&
      rules[one.resolution].isAsProposed(one.on, withdrawal),
  );

const saidBy = ({ principal: by, callerId, reason }: Speaker, at: Instant): Said => ({
  by,
  callerId,
  reason,
  at,
});

function proposed(
  evidence: Evidence,
  resolution: Resolution,
  last: ProposalRecord | null,
  speaker: Speaker,
  now: Instant,
): Decided {
  const { withdrawal } = evidence;
  const why = whyNot(resolution, evidence, now);
  if (why !== null) {
    const before = last !== null && now < last.expiresAt ? last : null;
    const by = before?.confirmed?.by as Principal | undefined;
    // Whoever confirmed it and did not hear the answer asks again, and hears what has happened.
    if (before !== null && by !== undefined && isSamePerson(by, speaker.principal))
      return { is: 'confirmed', proposal: before, withdrawal };
    return { is: 'refused', why, confirmed: before?.confirmed ?? null };
  }
  const proposal: ProposalRecord = {
    kind: 'proposal',
    withdrawalId: withdrawal.id,
    resolution,
    version: (last?.version ?? 0) + 1,
    proposed: saidBy(speaker, now),
    expiresAt: later(now, proposalLifeMs),
    on: subjectOf(withdrawal),
    state: 'open',
    confirmed: null,
  };
  const outcome = { is: 'proposed', proposal, withdrawal } as const;
  return { changes: [{ change: 'proposal', to: proposal }], outcome };
}

function confirmed(
  evidence: Evidence,
  last: ProposalRecord,
  second: Said,
  now: Instant,
  dueAfterMs: number,
): Decided {
  const { withdrawal: from } = evidence;
  const said = [last.proposed, second] as const;
  const attestation = {
    by: [last.proposed.by as Principal, second.by as Principal] as const,
    note: said.map(({ by, reason }) => `${by}: ${reason}`).join(' — '),
  };
  const to = rules[last.resolution].decide(evidence, attestation, now, dueAfterMs);
  if ('refused' in to) return { is: 'refused', why: to.refused, confirmed: null };
  const proposal: ProposalRecord = {
    ...last,
    version: last.version + 1,
    state: 'confirmed',
    confirmed: second,
  };
  const changes: Change[] = [
    { change: 'withdrawal', from, to },
    { change: 'proposal', to: proposal },
    ...(isStanding(from) && to.stage !== from.stage ? nothingMore(evidence) : []),
    ...(stages[to.stage].step === null ? [...uncounting([from]), ...endedDebits(evidence)] : []),
  ];
  return { changes, outcome: { is: 'confirmed', proposal, withdrawal: to } };
}

/**
 * Its step may be at work at this moment: whatever it would ask for once more is saved on these records first, and that is refused
 * from now on.
 */
const nothingMore = ({ onRamp, journals, wires }: Evidence): Change[] =>
  [onRamp, ...journals, ...wires].flatMap((effect): Change[] =>
    effect === null ? [] : [{ change: 'record', to: { ...effect, version: effect.version + 1 } }],
  );

/** What ends here was waiting for its debit, which came to nothing. */
const endedDebits = ({ withdrawal, journals }: Evidence): Change[] =>
  journals
    .filter(({ purpose }) => purpose === 'debit')
    .flatMap((effect) => cameToNothing({ withdrawal, effect }));
