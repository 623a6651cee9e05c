/** What operators see of withdrawals and of what is proposed about them. Clients see none of it. */
import type { Explorers } from '../kernel/networks.ts';
import { timeOf } from '../kernel/time.ts';
import type { ProposalRecord, Said } from '../store/proposal-record.ts';
import { waitingFor } from '../withdrawal/waiting.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { resourceOf } from './resource.ts';

const saidOf = ({ by, reason, at }: Said) => ({ by, reason, at: timeOf(at) });

export const proposalResourceOf = ({
  withdrawalId,
  resolution,
  state,
  proposed,
  confirmed,
  expiresAt,
}: ProposalRecord) => ({
  withdrawalId,
  resolution,
  status: state === 'confirmed' ? ('CONFIRMED' as const) : ('PROPOSED' as const),
  proposed: saidOf(proposed),
  confirmed: confirmed === null ? null : saidOf(confirmed),
  expiresAt: timeOf(expiresAt),
});

/** A withdrawal of any tenant. `proposals` are those that somebody may confirm now. */
export function operatorResourceOf(
  withdrawal: Withdrawal,
  proposals: readonly ProposalRecord[],
  explorers: Explorers,
) {
  const waits = waitingFor(withdrawal);
  return {
    ...resourceOf(withdrawal, explorers),
    tenant: withdrawal.tenant,
    heldFrom: withdrawal.stage === 'review' ? withdrawal.heldFrom : null,
    waitingFor: waits && {
      reason: waits.reason,
      since: timeOf(waits.since),
      ...(waits.until === null ? {} : { until: timeOf(waits.until) }),
    },
    proposals: proposals.map(proposalResourceOf),
  };
}
