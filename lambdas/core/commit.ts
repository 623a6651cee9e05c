/** Several withdrawals' changes in as few transactions as their conditions allow. */
import { all } from './all.ts';
import { transactionActionsMax } from './limits.ts';
import type { Change, Store } from './ports.ts';

/**
 * Commits each group whole or not at all, together where that saves calls. A group with a refused change is left out: what it
 * was decided on is no longer true. Answers the groups that are now true.
 */
export async function commitGroups<G extends { changes: readonly Change[] }>(
  store: Store,
  groups: readonly G[],
): Promise<G[]> {
  // A change that needs no other is an update of its own: half the price of one in a transaction, and independent.
  const single = groups.filter(({ changes }) => changes.length === 1);
  const made = groups.filter(({ changes }) => changes.length === 0);
  made.push(...(await all(single.map((group) => commitAlone(store, group)))).flat());
  for (const chunk of chunksOf(groups.filter(({ changes }) => changes.length > 1))) {
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

const commitAlone = async <G extends { changes: readonly Change[] }>(
  store: Store,
  group: G,
): Promise<G[]> => ((await store.commit(group.changes)).length === 0 ? [group] : []);

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
