/**
 * Asks again and again: fast while things change, ever slower while nothing does, and not at all while nobody looks. When the API
 * is away it is asked less and less often, and at once when somebody says so.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Answer, awaySince, saidBy } from './call.ts';

const fastMs = 1_000;
const slowMs = 15_000;
const slower = 1.4;

export type Polled<T> = {
  /** The last good answer; `null`: there is none yet. */
  data: T | null;
  /** Why the last question was not answered; `null`: it was. */
  error: string | null;
  /** The status of a refusal, such as 404. */
  status: number | null;
  refresh(): void;
};

/** `key` says what is asked: another one starts anew. `null` asks nothing. */
export function usePoll<T>(
  key: string | null,
  question: () => Promise<Answer<T>>,
  { everyMs = fastMs, slowestMs = slowMs }: { everyMs?: number; slowestMs?: number } = {},
): Polled<T> {
  const state = useSignal<{ key: string | null; data: T | null } & Failure>(nothingFor<T>(key));
  const latest = useRef(question);
  latest.current = question;
  const kick = useRef<() => void>(() => {});

  useEffect(() => {
    if (state.peek().key !== key) state.value = nothingFor<T>(key);
    if (key === null) return;
    let stopped = false;
    let asking = false;
    let waitMs = everyMs;
    let seen = '';
    let timer: ReturnType<typeof setTimeout> | undefined;

    const turn = async (): Promise<void> => {
      if (stopped || asking) return;
      clearTimeout(timer);
      asking = true;
      const answer = await latest.current();
      asking = false;
      if (stopped) return;
      if (answer.is === 'ok') {
        const text = JSON.stringify(answer.data);
        waitMs = text === seen ? Math.min(waitMs * slower, slowestMs) : everyMs;
        if (text !== seen || state.peek().error !== null)
          state.value = { key, data: answer.data, error: null, status: null };
        seen = text;
      } else {
        waitMs = Math.min(waitMs * slower, slowestMs);
        const status = answer.is === 'refused' ? answer.status : null;
        state.value = { key, data: state.peek().data, error: saidBy(answer), status };
      }
      if (!document.hidden) timer = setTimeout(turn, waitMs);
    };
    const now = (): void => {
      waitMs = everyMs;
      void turn();
    };
    const onLook = (): void => {
      if (document.hidden) clearTimeout(timer);
      else now();
    };
    kick.current = now;
    document.addEventListener('visibilitychange', onLook);
    addEventListener(refreshAll, now);
    void turn();
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onLook);
      removeEventListener(refreshAll, now);
    };
  }, [key, everyMs, slowestMs]);

  const { data, error, status } = state.value.key === key ? state.value : nothingFor<T>(key);
  return { data, error, status, refresh: () => kick.current() };
}

type Failure = { error: string | null; status: number | null };
const nothingFor = <T>(key: string | null) => ({
  ...{ key, data: null as T | null, error: null, status: null },
});

const refreshAll = 'drawbridge:refresh';
/** Asks everything on the page anew. */
export function refreshNow(): void {
  dispatchEvent(new Event(refreshAll));
}

/** When the API is back, whatever the page shows is asked anew at once. */
let wasAway = false;
awaySince.subscribe((since) => {
  if (wasAway && since === null) refreshNow();
  wasAway = since !== null;
});
