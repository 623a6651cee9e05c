/** What operators may do about a withdrawal: each resolution has its decision here, and nowhere else. */
import type { Instant } from '../kernel/time.ts';
import type { ProposalRecord, Resolution } from '../store/proposal-record.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { cancelPayout } from './cancel-payout.ts';
import type { Principal } from './principal.ts';
import {
  type Attestation,
  type Evidence,
  isStanding,
  type Refused,
  refunded,
  resumed,
} from './review.ts';

/** The withdrawal after the resolution, decided on what is recorded, or why it is not possible now. */
type Decide = (
  evidence: Evidence,
  attestation: Attestation,
  now: Instant,
  dueAfterMs: number,
) => Withdrawal | Refused;

type Rules = {
  decide: Decide;
  /** Whether the withdrawal is what it was when the resolution was proposed. */
  isAsProposed: (on: ProposalRecord['on'], withdrawal: Withdrawal) => boolean;
};

/** Nothing writes an item in REVIEW but a person's decision, so it is the same as long as its version is. */
const isSameVersion: Rules['isAsProposed'] = (on, { version }) => on.version === version;
/**
 * A payout on its way is written at each replacement of its transaction and at each wait, which make no other payout of it.
 * So what counts is that it stands where it stood, without having been elsewhere meanwhile.
 */
const isSameStay: Rules['isAsProposed'] = (on, withdrawal) => on.moves === movesOf(withdrawal);
/** What waits for a provider is written at each of its waits, too. */
const isSameHeld: Rules['isAsProposed'] = (on, withdrawal) =>
  (isStanding(withdrawal) ? isSameStay : isSameVersion)(on, withdrawal);

export const rules: Record<Resolution, Rules> = {
  resume: { decide: resumed, isAsProposed: isSameVersion },
  refund: { decide: refunded, isAsProposed: isSameHeld },
  'cancel-payout': { decide: cancelPayout, isAsProposed: isSameStay },
};

/** How often it has changed its stage. */
const movesOf = ({ history }: Withdrawal): number =>
  history.filter(({ attempt }) => attempt === undefined).length;

export const subjectOf = (withdrawal: Withdrawal): ProposalRecord['on'] => ({
  version: withdrawal.version,
  moves: movesOf(withdrawal),
});

const nobody = '-' as Principal;

/** Why the resolution is not possible now; `null`: it is. Who confirms it, and why, makes no difference to that. */
export function whyNot(resolution: Resolution, evidence: Evidence, now: Instant): string | null {
  const to = rules[resolution].decide(evidence, { by: [nobody, nobody], note: '-' }, now, 0);
  return 'refused' in to ? to.refused : null;
}
