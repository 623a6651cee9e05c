/** The list under the picture, and a way to find one that is not in it. */
import { useSignal } from '@preact/signals';
import { ask, saidBy } from '../api/call.ts';
import { keyFor, may } from '../api/session.ts';
import type { Page, Stage, Status, Withdrawal, WithdrawalBatch } from '../api/types.ts';
import { Button, Empty, Notice } from '../ui/parts.tsx';
import { go, to } from '../ui/route.ts';
import { count } from '../words/format.ts';
import { statusWords } from '../words/stages.ts';
import { Rows } from './rows.tsx';
import type { Seen, Store } from './store.ts';

const shownAtOnce = 50;

type ListProps = {
  store: Store;
  isAll: boolean;
  stage: Stage | null;
  status: Status | null;
  choose(status: Status | null): void;
  clear(): void;
};

export function List({ store, isAll, stage, status, choose, clear }: ListProps) {
  const shown = useSignal(shownAtOnce);
  const busy = useSignal(false);
  const error = useSignal<string | null>(null);
  const all = store.all();
  const ofStage = stage === null ? all : all.filter((one) => one.stage === stage);
  const those = status === null ? ofStage : ofStage.filter((one) => one.status === status);
  const counts = Map.groupBy(ofStage, (one) => one.status);

  const more = async (): Promise<void> => {
    shown.value += shownAtOnce;
    if (those.length >= shown.value || !store.hasOlder()) return;
    busy.value = true;
    const answer = await store.older();
    busy.value = false;
    error.value = answer.is === 'ok' ? null : saidBy(answer);
  };

  if (all.length === 0)
    return isAll ? (
      <Empty title="Nothing is under way.">What clients ask for is seen here as it moves.</Empty>
    ) : (
      <Empty title="No withdrawal yet.">
        {may('withdrawals:write') ? (
          <>
            Make the first one and watch it move. <a href={to('make')}>Make one</a>
          </>
        ) : (
          'Withdrawals appear here by themselves, as soon as there are some.'
        )}
      </Empty>
    );
  return (
    <section class="panel" aria-label="List">
      <header class="filters">
        <fieldset class="chips">
          <legend class="hidden">Status</legend>
          {[null, ...(Object.keys(statusWords) as Status[])].map((one) => {
            const size = one === null ? ofStage.length : (counts.get(one)?.length ?? 0);
            return size === 0 && one !== status && one !== null ? null : (
              <button
                key={one}
                type="button"
                class="chip"
                aria-pressed={status === one}
                onClick={() => choose(one)}
              >
                {one === null ? 'All' : statusWords[one].label} <span class="n">{count(size)}</span>
              </button>
            );
          })}
          {stage !== null && (
            <button type="button" class="chip set" onClick={clear}>
              stage: {stage} <span aria-hidden="true">×</span>
              <span class="hidden"> (show all)</span>
            </button>
          )}
        </fieldset>
        <Find isAll={isAll} all={all} />
      </header>
      {those.length === 0 ? (
        <Empty title="None of these is there at the moment." />
      ) : (
        <Rows those={those.slice(0, shown.value)} withTenant={isAll} />
      )}
      {error.value !== null && <Notice tone="bad">{error.value}</Notice>}
      {(those.length > shown.value || store.hasOlder()) && (
        <footer class="more-row">
          <Button busy={busy.value} onClick={() => void more()}>
            Show more
          </Button>
          <span class="note">
            {count(Math.min(shown.value, those.length))} of {count(those.length)}
            {store.hasOlder() ? ' loaded, and there are older ones' : ''}
          </span>
        </footer>
      )}
    </section>
  );
}

/** How far a batch is: `A batch of 12: 10 completed, 2 refused.` */
const toldOf = ({ total, byStatus }: WithdrawalBatch): string =>
  `A batch of ${count(total)}: ${Object.entries(byStatus)
    .filter(([, lines]) => lines > 0)
    .map(([status, lines]) => `${count(lines)} ${status.toLowerCase()}`)
    .join(', ')}.`;

/** Finds one by its id, reference or idempotency key: whatever somebody who asks about it may know. */
function Find({ isAll, all }: { isAll: boolean; all: readonly Seen[] }) {
  const typed = useSignal('');
  const said = useSignal<string | null>(null);
  const find = async (): Promise<void> => {
    const text = typed.value.trim();
    if (text === '') return;
    // The view of one withdrawal knows where an operator’s key finds it.
    if (isAll && text.startsWith('wd_')) return go('withdrawals', text);
    if (isAll) {
      const known = all.find((one) => one.reference === text || one.idempotencyKey === text);
      if (known !== undefined) return go('withdrawals', known.id);
      said.value =
        'None that is under way and loaded has this reference or key. An id finds it anywhere.';
      return;
    }
    const key = keyFor('withdrawals:read');
    if (text.startsWith('wb_')) {
      const batch = await ask<WithdrawalBatch>('GET', `/v1/withdrawal-batches/${text}`, { key });
      said.value = batch.is === 'ok' ? toldOf(batch.data) : saidBy(batch);
      return;
    }
    const questions: readonly [string, Record<string, string | number>][] = text.startsWith('wd_')
      ? [[`/v1/withdrawals/${encodeURIComponent(text)}`, {}]]
      : [
          ['/v1/withdrawals', { idempotencyKey: text, limit: 1 }],
          ['/v1/withdrawals', { reference: text, limit: 1 }],
        ];
    for (const [path, query] of questions) {
      const answer = await ask<Withdrawal | Page<Withdrawal>>('GET', path, { key, query });
      if (answer.is === 'away') {
        said.value = answer.why;
        return;
      }
      if (answer.is !== 'ok') continue;
      const found = 'data' in answer.data ? answer.data.data[0] : answer.data;
      if (found !== undefined) return go('withdrawals', found.id);
    }
    said.value = 'None has this id, reference or idempotency key.';
  };
  return (
    <search>
      <form
        class="find"
        onSubmit={(event) => {
          event.preventDefault();
          void find();
        }}
      >
        <label class="hidden" htmlFor="find">
          Find by id, reference or idempotency key
        </label>
        <input
          id="find"
          type="search"
          placeholder="Id, reference or idempotency key"
          value={typed}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            said.value = null;
          }}
        />
        <button type="submit" class="button">
          Find
        </button>
      </form>
      <p class="note" role="status">
        {said.value}
      </p>
    </search>
  );
}
