/**
 * What the page knows of withdrawals. A client's key sees its own, the newest first; an operator's sees what is open of all
 * clients. Each turn asks for what may have changed and for no more, and only so many are kept, however long the page is open.
 */
import { type Answer, ask } from '../api/call.ts';
import { keyFor } from '../api/session.ts';
import type { Line, OpenWithdrawal, Page, Stats, WaitReason, Withdrawal } from '../api/types.ts';
import { isOver } from '../words/stages.ts';
import { lineThatWaits } from '../words/waits.ts';

/** Why it stands still: an operator is told the reason's name, a client a sentence. */
export type Standing = {
  since: string;
  until: string | null;
  reason: WaitReason | null;
  detail: string | null;
};
export type Seen = Withdrawal & { tenant: string | null; standing: Standing | null };
export type Store = {
  all(): readonly Seen[];
  /** Asks for what may have changed. The version is another one when something has. */
  turn(): Promise<Answer<{ version: number }>>;
  /** Whether there are older ones that the page does not know. */
  hasOlder(): boolean;
  older(): Promise<Answer<unknown>>;
  stats(): Stats | null;
};

const pageSize = 100;
const keptMax = 10_000;
/** How many of a long list one turn reads, asks for by themselves, and asks the timelines of. */
const pagesMax = 5;
const pagesAtFirst = 3;
const singlesMax = 5;
const timelinesMax = 8;

const seenOf = (one: Withdrawal, standing: Standing | null): Seen => ({
  ...one,
  tenant: null,
  standing,
});

export function clientStore(): Store {
  const known = new Map<string, Seen>();
  const refreshed = new Map<string, number>();
  let sorted: readonly Seen[] | null = null;
  let version = 0;
  let turns = 0;
  let olderCursor: string | null | undefined;

  const put = (one: Withdrawal): boolean => {
    const before = known.get(one.id);
    refreshed.set(one.id, turns);
    if (
      before?.updatedAt === one.updatedAt &&
      before.stage === one.stage &&
      before.confirmations === one.confirmations
    )
      return false;
    known.set(
      one.id,
      seenOf(
        one,
        one.status === 'RETRYING' || one.status === 'REVIEW' ? (before?.standing ?? null) : null,
      ),
    );
    sorted = null;
    version += 1;
    return before === undefined;
  };

  const list = (cursor?: string) =>
    ask<Page<Withdrawal>>('GET', '/v1/withdrawals', {
      key: keyFor('withdrawals:read'),
      query: { limit: pageSize, cursor },
    });

  /** The newest, back to the first that was known already. */
  async function newest(): Promise<Answer<unknown>> {
    let cursor: string | undefined;
    for (let page = 0; page < pagesMax; page += 1) {
      const answer = await list(cursor);
      if (answer.is !== 'ok') return answer;
      const { data, nextCursor } = answer.data;
      const fresh = data.filter((one) => put(one)).length;
      if (olderCursor === undefined) {
        olderCursor = nextCursor;
        return answer;
      }
      if (fresh < data.length || nextCursor === null) return answer;
      cursor = nextCursor;
    }
    return { is: 'ok', status: 200, data: null };
  }

  /** Those under way that the newest page does not have any more: the ones that were looked at longest ago. */
  async function underWay(): Promise<void> {
    const due = [...known.values()]
      .filter(({ id, status }) => !isOver(status) && refreshed.get(id) !== turns)
      .sort((one, other) => (refreshed.get(one.id) ?? 0) - (refreshed.get(other.id) ?? 0))
      .slice(0, singlesMax);
    const answers = await Promise.all(
      due.map(({ id }) =>
        ask<Withdrawal>('GET', `/v1/withdrawals/${id}`, { key: keyFor('withdrawals:read') }),
      ),
    );
    for (const answer of answers) if (answer.is === 'ok') put(answer.data);
  }

  const toldOf = new Map<string, string>();
  async function timelines(): Promise<void> {
    const due = [...known.values()]
      .filter(
        ({ id, status, updatedAt }) =>
          (status === 'RETRYING' || status === 'REVIEW') && toldOf.get(id) !== updatedAt,
      )
      .slice(-timelinesMax);
    await Promise.all(
      due.map(async (one) => {
        const answer = await ask<Line[]>('GET', `/v1/withdrawals/${one.id}/events`, {
          key: keyFor('withdrawals:read'),
        });
        if (answer.is !== 'ok') return;
        toldOf.set(one.id, one.updatedAt);
        const standing = standingFrom(one, answer.data);
        if (standing === null) return;
        known.set(one.id, { ...one, standing });
        sorted = null;
        version += 1;
      }),
    );
  }

  function forgetOldest(): void {
    for (const [id, { status }] of known) {
      if (known.size <= keptMax) return;
      if (!isOver(status)) continue;
      known.delete(id);
      refreshed.delete(id);
      toldOf.delete(id);
    }
  }

  return {
    all: () => {
      sorted ??= [...known.values()].sort((one, other) =>
        one.createdAt < other.createdAt ? 1 : -1,
      );
      return sorted;
    },
    turn: async () => {
      turns += 1;
      const answer = await newest();
      if (answer.is !== 'ok') return answer;
      await Promise.all([underWay(), timelines()]);
      forgetOldest();
      return { is: 'ok', status: 200, data: { version } };
    },
    hasOlder: () => typeof olderCursor === 'string' && known.size < keptMax,
    older: async () => {
      if (typeof olderCursor !== 'string') return { is: 'ok', status: 200, data: null };
      const answer = await list(olderCursor);
      if (answer.is !== 'ok') return answer;
      for (const one of answer.data.data) put(one);
      olderCursor = answer.data.nextCursor;
      return answer;
    },
    stats: () => null,
  };
}

/** Why it waits and since when, from its timeline. */
export function standingFrom(one: Withdrawal, lines: readonly Line[]): Standing | null {
  const line = lineThatWaits(one, lines);
  if (line === null) return null;
  const detail =
    one.status === 'REVIEW' ? (one.failure?.message ?? line.detail ?? null) : (line.detail ?? null);
  return {
    since: line.at,
    until: one.nextAttemptAt,
    reason: one.status === 'REVIEW' ? 'review' : null,
    detail,
  };
}

export const seenByOperator = ({ waitingFor, proposals, ...one }: OpenWithdrawal): Seen => ({
  ...one,
  standing:
    waitingFor === null
      ? null
      : {
          since: waitingFor.since,
          until: waitingFor.until ?? null,
          reason: waitingFor.reason,
          detail: null,
        },
});

export function operatorStore(): Store {
  let all: readonly Seen[] = [];
  let version = 0;
  let text = '';
  let pages = pagesAtFirst;
  let more = false;
  let stats: Stats | null = null;
  const list = (cursor?: string) =>
    ask<Page<OpenWithdrawal>>('GET', '/v1/operations/withdrawals', {
      key: keyFor('operations'),
      query: { limit: pageSize, cursor },
    });
  const turn = async (): Promise<Answer<{ version: number }>> => {
    const counted = ask<Stats>('GET', '/v1/stats', { key: keyFor('operations') });
    const found: Seen[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < pages; page += 1) {
      const answer = await list(cursor);
      if (answer.is !== 'ok') return answer;
      found.push(...answer.data.data.map(seenByOperator));
      cursor = answer.data.nextCursor ?? undefined;
      if (cursor === undefined) break;
    }
    more = cursor !== undefined;
    const told = await counted;
    if (told.is === 'ok') stats = told.data;
    const now = JSON.stringify([found, stats]);
    if (now !== text) version += 1;
    text = now;
    all = found;
    return { is: 'ok', status: 200, data: { version } };
  };
  return {
    all: () => all,
    turn,
    hasOlder: () => more && pages < pagesMax * 2,
    older: () => {
      pages += 1;
      return turn();
    },
    stats: () => stats,
  };
}
