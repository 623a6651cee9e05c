/** What all tenants' withdrawals wait for, oldest first. What has ended waits for nothing, and is listed by tenant only. */
import type { Explorers } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { openAmong, type Proposals } from '../operations/four-eyes.ts';
import { hasEnded } from '../withdrawal/waiting.ts';
import { type Stage, stages, statusOf, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { operatorResourceOf } from './operator-resource.ts';
import type { OpenFilters } from './operator-schemas.ts';
import { type Page, pageOf } from './page.ts';
import { isProblem, type Problem, refuseField } from './problem.ts';
import type { Lists } from './store.ts';

type World = { lists: Lists; proposals: Proposals; clock: Clock; explorers: Explorers };
type Shown = ReturnType<typeof operatorResourceOf>;

const endedStages = (Object.keys(stages) as Stage[]).filter((stage) => hasEnded({ stage }));
const endedStatuses = new Set(endedStages.map((stage) => stages[stage].status));

/** One page, or the problem with the cursor or the filters. */
export const makeListOpen =
  ({ lists, proposals, clock, explorers }: World) =>
  async (
    filters: OpenFilters,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Shown> | Problem> => {
    const { stage, status, olderThan, tenant } = filters;
    const now = clock.now();
    const wantsEnded =
      (stage !== undefined && endedStages.includes(stage)) ||
      (status !== undefined && endedStatuses.has(status));
    if (wantsEnded && tenant === undefined)
      return refuseField(
        'INVALID_REQUEST',
        '#/tenant',
        'What has ended waits for nothing, and is listed by tenant only: name one.',
      );
    const before = olderThan && ('at' in olderThan ? olderThan.at : now - olderThan.ageMs);
    const read = new Map<string, Withdrawal>();
    const found = await pageOf({ list: 'open withdrawals', ...filters }, page, {
      source: lists.oldestWithdrawals(
        wantsEnded && tenant !== undefined ? { tenant } : 'open',
        before === undefined ? null : (before as Instant),
      ),
      fits: (one) =>
        hasEnded(one) === wantsEnded &&
        (tenant === undefined || one.tenant === tenant) &&
        (stage === undefined || one.stage === stage) &&
        (status === undefined || statusOf(one) === status),
      show: (withdrawal) => {
        read.set(withdrawal.id, withdrawal);
        return operatorResourceOf(withdrawal, [], explorers);
      },
    });
    if (isProblem(found)) return found;
    const shown = found.data.flatMap(({ id }) => read.get(id) ?? []);
    const all = await proposals.proposals(shown.map(({ id }) => id));
    return {
      ...found,
      data: shown.map((one) => operatorResourceOf(one, openAmong(all, one, now), explorers)),
    };
  };
