/** Withdrawals, as they move. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { ask, saidBy } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { client, keyFor, may, operator } from '../api/session.ts';
import type { Page, Stage, Status, Withdrawal } from '../api/types.ts';
import { count } from '../format.ts';
import { go, to } from '../route.ts';
import { Button, Empty, Head, Loading, Notice } from '../ui/parts.tsx';
import { isOver, statusWords } from '../words.ts';
import { Rows } from './rows.tsx';
import { clientStore, operatorStore, type Seen } from './store.ts';
import { Strip } from './strip.tsx';

const shownAtOnce = 50;

export function Flow() {
  const sees = { client: may('withdrawals:read'), operator: operator.value !== null };
  const scope = useSignal<'client' | 'operator'>(sees.client ? 'client' : 'operator');
  const isAll = scope.value === 'operator' && sees.operator;
  const who = isAll ? operator.value?.key : client.value?.key;
  // Another key is another store.
  const store = useMemo(() => (isAll ? operatorStore() : clientStore()), [isAll, who]);
  const { data, error } = usePoll(`flow ${isAll} ${who}`, store.turn);
  const stage = useSignal<Stage | null>(null);
  const status = useSignal<Status | null>(null);
  const all = store.all();

  return (
    <>
      <Head
        title="Withdrawals"
        lead="Money on its way from a wallet to an address on a blockchain. Each dot is one withdrawal: it moves from left to right, once."
      >
        {sees.client && sees.operator && (
          <fieldset class="segments">
            <legend class="hidden">Whose</legend>
            {(['client', 'operator'] as const).map((one) => (
              <label key={one}>
                <input
                  type="radio"
                  name="whose"
                  checked={scope.value === one}
                  onChange={() => {
                    scope.value = one;
                  }}
                />
                <span>
                  {one === 'client' ? (client.value?.name ?? 'one client') : 'all clients, open'}
                </span>
              </label>
            ))}
          </fieldset>
        )}
        {may('withdrawals:write') && (
          <a class="button main" href={to('make')}>
            Make one
          </a>
        )}
      </Head>
      {error !== null && data === null && <Notice tone="bad">{error}</Notice>}
      {data === null ? (
        error === null && <Loading rows={5} />
      ) : (
        <>
          <Summary all={all} isAll={isAll} stats={store.stats()} complete={!store.hasOlder()} />
          <Strip
            all={all}
            stats={store.stats()}
            chosen={stage.value}
            choose={(one) => {
              stage.value = one;
            }}
          />
          <List
            store={store}
            isAll={isAll}
            stage={stage.value}
            status={status.value}
            choose={(one) => {
              status.value = one;
            }}
            clear={() => {
              stage.value = null;
              status.value = null;
            }}
          />
        </>
      )}
    </>
  );
}

type SummaryProps = {
  all: readonly Seen[];
  isAll: boolean;
  stats: ReturnType<ReturnType<typeof operatorStore>['stats']>;
  complete: boolean;
};
function Summary({ all, isAll, stats, complete }: SummaryProps) {
  const open = all.filter(({ status }) => !isOver(status));
  const waiting = open.filter(({ status }) => status === 'RETRYING').length;
  const review = open.filter(({ status }) => status === 'REVIEW').length;
  const onTheirWay = isAll && stats !== null ? stats.inFlight : open.length;
  const loaded = isAll ? `the oldest ${count(all.length)}` : `the newest ${count(all.length)}`;
  return (
    <p class="summary" role="status">
      <strong>{count(onTheirWay)}</strong> on {onTheirWay === 1 ? 'its' : 'their'} way
      {waiting > 0 && (
        <span class="waits">
          <strong>{count(waiting)}</strong> {waiting === 1 ? 'waits' : 'wait'} for something
        </span>
      )}
      {review > 0 && (
        <span class="person">
          <strong>{count(review)}</strong> {review === 1 ? 'needs' : 'need'} a person
        </span>
      )}
      {stats !== null && stats.processed > 0 && (
        <span>
          <strong>{(stats.successRate * 100).toFixed(1)} %</strong> of those that ended were paid
        </span>
      )}
      {!complete && <span class="note">of {loaded} that are loaded</span>}
    </p>
  );
}

type ListProps = {
  store: ReturnType<typeof clientStore>;
  isAll: boolean;
  stage: Stage | null;
  status: Status | null;
  choose(status: Status | null): void;
  clear(): void;
};

function List({ store, isAll, stage, status, choose, clear }: ListProps) {
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
        {!isAll && <Find />}
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

/** Finds one by its id, reference or idempotency key: whatever somebody who asks about it may know. */
function Find() {
  const typed = useSignal('');
  const said = useSignal<string | null>(null);
  const find = async (): Promise<void> => {
    const text = typed.value.trim();
    if (text === '') return;
    const key = keyFor('withdrawals:read');
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
