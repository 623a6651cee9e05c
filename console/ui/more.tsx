/** The pages of a list behind the first, on demand. The first one is asked for again and again; the others as they were read. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { ask, saidBy } from '../api/call.ts';
import { keyFor, type Scope } from '../api/session.ts';
import type { Page } from '../api/types.ts';
import { count } from '../words/format.ts';
import { Button, Notice } from './parts.tsx';

type Keyed = { id: string } | { sequence: number };
const keyOf = (one: Keyed): string => ('id' in one ? one.id : String(one.sequence));

export function useMore<T extends Keyed>(
  first: Page<T> | null,
  path: string,
  scope: Scope,
  query: Readonly<Record<string, string>> = {},
): { rows: readonly T[]; more: ComponentChildren } {
  const further = useSignal<{ of: string; rows: T[]; cursor: string | null } | null>(null);
  const busy = useSignal(false);
  const error = useSignal<string | null>(null);
  const of = `${path} ${JSON.stringify(query)}`;
  const read = further.value?.of === of ? further.value : null;
  const cursor = read === null ? (first?.nextCursor ?? null) : read.cursor;
  const rows = new Map(
    [...(read?.rows ?? []), ...(first?.data ?? [])].map((one) => [keyOf(one), one]),
  );
  const firstKeys = new Set(first?.data.map(keyOf));
  const ordered = [
    ...(first?.data ?? []),
    ...[...rows.values()].filter((one) => !firstKeys.has(keyOf(one))),
  ];
  const go = async (): Promise<void> => {
    if (cursor === null) return;
    busy.value = true;
    const answer = await ask<Page<T>>('GET', path, {
      key: keyFor(scope),
      query: { ...query, cursor },
    });
    busy.value = false;
    error.value = answer.is === 'ok' ? null : saidBy(answer);
    if (answer.is === 'ok')
      // What was on the first page stays, when newer ones push it off.
      further.value = {
        of,
        rows: [...ordered, ...answer.data.data],
        cursor: answer.data.nextCursor,
      };
  };
  return {
    rows: ordered,
    more: (cursor !== null || error.value !== null) && (
      <footer class="more-row">
        {error.value !== null && <Notice tone="bad">{error.value}</Notice>}
        <Button busy={busy.value} onClick={() => void go()}>
          Show more
        </Button>
        <span class="note">{count(ordered.length)} so far</span>
      </footer>
    ),
  };
}
