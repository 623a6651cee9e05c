/** What operators see of all tenants' withdrawals, and what two of them may decide. */
import { explorers } from '../../boot/networks.ts';
import { logger } from '../../boot/observe.ts';
import { bootFourEyes } from '../../boot/operators.ts';
import { bootLists } from '../../boot/requests.ts';
import { keptSpans } from '../../boot/tracing.ts';
import { isWithdrawalId } from '../../core/kernel/ids.ts';
import { timeOf } from '../../core/kernel/time.ts';
import { makeResolve, type Outcome } from '../../core/operations/four-eyes.ts';
import { loggedAs, type Principal } from '../../core/operations/principal.ts';
import { makeInspect } from '../../core/requests/inspect.ts';
import { makeListOpen } from '../../core/requests/list-open.ts';
import { operatorResourceOf, proposalResourceOf } from '../../core/requests/operator-resource.ts';
import { isProblem, namesNobody, type Problem, refuse } from '../../core/requests/problem.ts';
import { traceResourceOf } from '../../core/requests/trace-resource.ts';
import type { Resolution } from '../../core/store/proposal-record.ts';
import { traceIdOf } from '../../core/withdrawal/trace.ts';
import { apiHandler } from '../http.ts';
import type { Reply } from '../perform.ts';

const shownBy = explorers();
const world = bootFourEyes();
const list = makeListOpen({ ...world, lists: bootLists(), explorers: shownBy });
const inspect = makeInspect({ ...world, explorers: shownBy });
const resolve = makeResolve(world);

const nobody = namesNobody('so what it proposes or confirms would be nobody’s word.');
const notThere = refuse('NOT_FOUND', 'There is no such withdrawal.');

type Asked = {
  path: { id: string };
  by: string;
  principal: Principal | null;
  body: { reason: string };
};

const act =
  (resolution: Resolution) =>
  async ({ path: { id }, by, principal, body: { reason } }: Asked): Promise<Reply | Problem> => {
    if (principal === null) return nobody;
    if (!isWithdrawalId(id)) return notThere;
    const outcome = await resolve(id, resolution, { principal, callerId: by, reason });
    logger.info('operator', { withdrawalId: id, resolution, by: loggedAs(by), is: outcome.is });
    return replyTo(outcome, resolution);
  };

function replyTo(outcome: Outcome, resolution: Resolution): Reply | Problem {
  switch (outcome.is) {
    case 'proposed':
    case 'confirmed': {
      const { proposal, withdrawal } = outcome;
      const shown = operatorResourceOf(withdrawal, [], shownBy);
      const body = { ...proposalResourceOf(proposal), withdrawal: shown };
      return { status: outcome.is === 'proposed' ? 202 : 200, body };
    }
    case 'not-there':
      return notThere;
    case 'own': {
      const { proposed, expiresAt } = outcome.proposal;
      return refuse(
        'FORBIDDEN',
        `You proposed this yourself at ${timeOf(proposed.at)}, and that stands unchanged until ${timeOf(expiresAt)}. Another principal has to confirm it.`,
      );
    }
    case 'void': {
      const { by, at } = outcome.proposal.proposed;
      return refuse(
        'CONFLICT',
        `The withdrawal has changed since ${by} proposed this at ${timeOf(at)}: the proposal is void, and nothing was done. Look at it again, and propose anew what is still right.`,
      );
    }
    case 'refused': {
      const { why, confirmed } = outcome;
      const before =
        confirmed && ` ${confirmed.by} has confirmed a ${resolution} at ${timeOf(confirmed.at)}.`;
      return refuse('CONFLICT', `${why}${before ?? ''}`);
    }
    default:
      return outcome satisfies never;
  }
}

/** The trace of a withdrawal of any tenant. */
const traceOf = async ({ path: { id } }: { path: { id: string } }): Promise<Reply | Problem> => {
  const [found] = isWithdrawalId(id) ? await world.store.withdrawals([id]) : [];
  if (found === undefined) return notThere;
  return { status: 200, body: traceResourceOf(found, await keptSpans(traceIdOf(found))) };
};

export const handler = apiHandler({
  listOpenWithdrawals: async ({ query }) => {
    const { limit, cursor, ...filters } = query;
    const page = await list(filters, { limit, cursor });
    return isProblem(page) ? page : { status: 200, body: page };
  },
  inspectWithdrawal: async ({ path: { id }, principal }) => {
    const found = isWithdrawalId(id) ? await inspect(id, principal) : null;
    return found === null ? notThere : { status: 200, body: found };
  },
  getWithdrawalTrace: traceOf,
  resumeWithdrawal: act('resume'),
  refundWithdrawal: act('refund'),
  cancelPayout: act('cancel-payout'),
});
