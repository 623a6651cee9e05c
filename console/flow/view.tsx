/** Withdrawals, as they move. */
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { usePoll } from '../api/poll.ts';
import { client, may, operator } from '../api/session.ts';
import type { Stage, Stats, Status } from '../api/types.ts';
import { Head, Loading, Notice } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { count } from '../words/format.ts';
import { isOver } from '../words/stages.ts';
import { List } from './list.tsx';
import { clientStore, operatorStore, type Seen } from './store.ts';
import { Strip } from './strip.tsx';

/** What was chosen outlives the view: who comes back from one withdrawal finds the list as it was left. */
const scope = signal<'client' | 'operator'>('client');
const stage = signal<Stage | null>(null);
const status = signal<Status | null>(null);

export function Flow() {
  const sees = { client: may('withdrawals:read'), operator: operator.value !== null };
  const isAll = sees.operator && (scope.value === 'operator' || !sees.client);
  const who = isAll ? operator.value?.key : client.value?.key;
  // Another key is another store.
  const store = useMemo(() => (isAll ? operatorStore() : clientStore()), [isAll, who]);
  const { data, error } = usePoll(`flow ${isAll} ${who}`, store.turn);
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
                  checked={(one === 'operator') === isAll}
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
  stats: Stats | null;
  complete: boolean;
};
function Summary({ all, isAll, stats, complete }: SummaryProps) {
  const open = all.filter(({ status }) => !isOver(status));
  const waiting = open.filter(({ status }) => status === 'RETRYING').length;
  const review = open.filter(({ status }) => status === 'REVIEW').length;
  // What waits for a person goes nowhere by itself, and is counted here too.
  const notEnded = isAll && stats !== null ? stats.inFlight : open.length;
  const loaded = isAll ? `the oldest ${count(all.length)}` : `the newest ${count(all.length)}`;
  return (
    <p class="summary" role="status">
      <span>
        <strong>{count(notEnded)}</strong> open
      </span>
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
      {stats !== null && stats.succeeded + stats.failed > 0 && (
        <span>
          <strong>{(stats.successRate * 100).toFixed(1)} %</strong> of those that ended uncancelled
          were paid
        </span>
      )}
      {!complete && <span class="note">of {loaded} that are loaded</span>}
    </p>
  );
}
