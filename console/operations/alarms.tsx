/**
 * What an operator has to know on whatever view they are: what is held back, and what was put aside. Whether the books agree is
 * not among it, for whoever asks for that has them compared.
 */
import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Answer, ask, awaySince } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { operator } from '../api/session.ts';
import type { CircuitBreakers, Processor, Stats, Switches, SwitchName } from '../api/types.ts';
import { parts, to } from '../ui/route.ts';
import { switchWords } from '../words/switches.ts';

type Held = {
  isStopped: boolean;
  off: SwitchName[];
  /** Calls that are not made at the moment, because they failed again and again. */
  broken: number;
  deadLetters: number;
};
/** `null`: it is not known, because no operator looks or nothing was answered yet. */
const held = signal<Held | null>(null);

export const isSwitchedOff = (name: SwitchName): boolean => held.value?.off.includes(name) ?? false;

async function heldNow(key: string): Promise<Answer<Held>> {
  const [processor, switches, breakers, stats] = await Promise.all([
    ask<Processor>('GET', '/v1/processor', { key }),
    ask<Switches>('GET', '/v1/operations/switches', { key }),
    ask<CircuitBreakers>('GET', '/v1/circuit-breakers', { key }),
    ask<Stats>('GET', '/v1/stats', { key }),
  ]);
  if (processor.is !== 'ok') return processor;
  if (switches.is !== 'ok') return switches;
  if (breakers.is !== 'ok') return breakers;
  if (stats.is !== 'ok') return stats;
  return {
    is: 'ok',
    status: 200,
    data: {
      isStopped: processor.data.state === 'STOPPED',
      off: switches.data.data.filter(({ on }) => !on).map(({ name }) => name),
      broken: breakers.data.data.filter(({ state }) => state !== 'CLOSED').length,
      deadLetters: Object.values(stats.data.deadLetters).reduce((sum, one) => sum + one, 0),
    },
  };
}

type Alarm = { at: string; count: number; what: string };
/** How many things want to be looked at, by the link of the menu behind which they are. */
export const alarms = computed((): readonly Alarm[] => {
  const now = held.value;
  if (now === null) return [];
  const all = [
    { at: 'queues', count: now.deadLetters, what: 'put aside' },
    { at: 'providers', count: now.broken, what: 'not asked at the moment' },
    { at: 'controls', count: now.off.length + (now.isStopped ? 1 : 0), what: 'switched off' },
  ];
  return all.filter((one) => one.count > 0);
});

/** Asks for all that, and says above every view what operators hold back. */
export function HeldBack() {
  const key = operator.value?.key ?? null;
  const asked = usePoll(key && `held ${key}`, () => heldNow(key ?? ''), {
    everyMs: 5_000,
    slowestMs: 30_000,
  });
  useEffect(() => {
    held.value = asked.data;
  }, [asked.data]);
  const unread = awaySince.value === null ? asked.error : null;
  return <div role="status">{unread === null ? <Off /> : <Unread why={unread} />}</div>;
}

const Unread = ({ why }: { why: string }) => (
  <p class="held">It cannot be read whether anything is held back. {why}</p>
);

function Off() {
  const now = held.value;
  if (now === null || parts.value[0] === 'controls') return null;
  if (!now.isStopped && now.off.length === 0) return null;
  return (
    <p class="held">
      {now.isStopped && <strong>Everything that moves money is stopped. </strong>}
      {now.off.length > 0 && (
        <>
          <strong>Switched off:</strong>{' '}
          {now.off.map((name) => `“${switchWords[name].does}”`).join(', ')}.{' '}
        </>
      )}
      What needs it waits. <a href={to('controls')}>Switches</a>
    </p>
  );
}
