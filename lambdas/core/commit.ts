/** Several withdrawals' changes in as few transactions as their conditions allow. */
import { transactionActionsMax } from './limits.ts';
import type { Change, Store } from './ports.ts';

/**
 * Commits each group whole or not at all, together where possible. A group with a refused change is left out: what it
 * was decided on is no longer true. Answers the groups that are now true.
 */
export async function commitGroups<G extends { changes: readonly Change[] }>(
  store: Store,
  groups: readonly G[],
): Promise<G[]> {
  const made: G[] = [];
  for (const chunk of chunksOf(groups)) {
    let rest = chunk;
    while (rest.length > 0) {
      const owners = rest.flatMap((group) => group.changes.map(() => group));
      const refused = await store.commit(rest.flatMap(({ changes }) => changes));
      if (refused.length === 0) {
        made.push(...rest);
        break;
      }
      const left = new Set(refused.map((index) => owners[index]));
      rest = rest.filter((group) => !left.has(group));
    }
  }
  return made;
}

function chunksOf<G extends { changes: readonly Change[] }>(groups: readonly G[]): G[][] {
  const chunks: G[][] = [];
  let room = 0;
  for (const group of groups) {
    if (group.changes.length > room) {
      chunks.push([]);
      room = transactionActionsMax;
    }
    chunks.at(-1)?.push(group);
    room -= group.changes.length;
  }
  return chunks;
}
