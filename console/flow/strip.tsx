/** The picture: the stages from left to right, and in each the withdrawals that stand there now. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Stage, Stats } from '../api/types.ts';
import { now } from '../ui/clock.ts';
import { go } from '../ui/route.ts';
import { count, duration } from '../words/format.ts';
import { sideStages, stageWords, statusWords, wayStages } from '../words/stages.ts';
import { isUsual } from '../words/waits.ts';
import type { Seen } from './store.ts';

type StripProps = {
  all: readonly Seen[];
  /** An operator's list has only what is open: how many have ended is known by the counters alone. */
  stats: Stats | null;
  chosen: Stage | null;
  choose(stage: Stage | null): void;
};

/** How many of a stage are drawn one by one. */
const drawnMax = 12;
/** How long one that has ended stays in the picture. */
const lingerMs = 60_000;

export function Strip({ all, stats, chosen, choose }: StripProps) {
  const by = Map.groupBy(all, ({ stage }) => stage);
  const place = useRef<HTMLDivElement>(null);
  useMoves(place);
  const card = (stage: Stage) => (
    <StageCard
      key={stage}
      stage={stage}
      those={by.get(stage) ?? []}
      counted={countedBy(stats, stage)}
      isChosen={chosen === stage}
      choose={() => choose(chosen === stage ? null : stage)}
    />
  );
  const sides = stats === null ? sideStages : (['review', 'refunding'] as const);
  return (
    <div class="strip" ref={place}>
      <ol class="stages" aria-label="Stages">
        {wayStages.map((stage) => (
          <li key={stage}>{card(stage)}</li>
        ))}
      </ol>
      <ul class="sides" aria-label="Off the way">
        {sides.map((stage) => (
          <li key={stage}>{card(stage)}</li>
        ))}
      </ul>
    </div>
  );
}

const countedBy = (stats: Stats | null, stage: Stage): number | null =>
  stats !== null && stage === 'settled' ? stats.succeeded : null;

type CardProps = {
  stage: Stage;
  those: readonly Seen[];
  counted: number | null;
  isChosen: boolean;
  choose(): void;
};

function StageCard({ stage, those, counted, isChosen, choose }: CardProps) {
  const { means, short, group } = stageWords[stage];
  const isEnd = group === 'end';
  const total = counted ?? those.length;
  const waiting = those.filter(
    ({ standing, status }) =>
      status === 'RETRYING' && !(standing?.reason && isUsual(standing.reason)),
  );
  const drawn = isEnd
    ? those.filter(({ updatedAt }) => now.value - Date.parse(updatedAt) < lingerMs)
    : those;
  const oldest = isEnd
    ? undefined
    : those.toSorted((one, other) => sinceOf(one) - sinceOf(other))[0];
  return (
    <button
      type="button"
      class={`stage is-${group} ${total === 0 ? 'none' : ''}`}
      aria-pressed={isChosen}
      onClick={({ target }) => {
        const id = target instanceof HTMLElement ? target.dataset['token'] : undefined;
        if (id === undefined) choose();
        else go('withdrawals', id);
      }}
      title={means}
    >
      <span class="stage-name">{stage}</span>
      <span class="stage-short">{short}</span>
      <span class="stage-count">{count(total)}</span>
      <span class="tokens" aria-hidden="true">
        {drawn.slice(0, drawnMax).map((one) => (
          <Token key={one.id} one={one} />
        ))}
        {drawn.length > drawnMax && <span class="more">+{count(drawn.length - drawnMax)}</span>}
      </span>
      <span class="stage-note">
        {waiting.length > 0 && <span class="waits">{count(waiting.length)} waiting</span>}
        {oldest !== undefined && <span>up to {duration(now.value - sinceOf(oldest))}</span>}
      </span>
    </button>
  );
}

const sinceOf = ({ standing, updatedAt }: Seen): number => Date.parse(standing?.since ?? updatedAt);

/** For the eye and the mouse: the list below has the same, by keyboard and by ear. */
const Token = ({ one }: { one: Seen }) => (
  <i
    class={`token ${statusWords[one.status].tone}`}
    data-token={one.id}
    title={`${one.amount} ${one.currency}`}
  />
);

/** Draws each withdrawal as moving from where it was to where it is: first, last, invert, play. */
function useMoves(place: { current: HTMLElement | null }): void {
  const before = useRef(new Map<string, { x: number; y: number }>());
  useLayoutEffect(() => {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const places = new Map<string, { x: number; y: number }>();
    // Places are within the picture, which itself may move with the page.
    const frame = place.current?.getBoundingClientRect();
    if (frame === undefined) return;
    for (const token of place.current?.querySelectorAll<HTMLElement>('[data-token]') ?? []) {
      const id = token.dataset['token'] ?? '';
      const { left, top } = token.getBoundingClientRect();
      const here = { x: left - frame.left, y: top - frame.top };
      places.set(id, here);
      const there = before.current.get(id);
      if (still) continue;
      if (there === undefined) {
        if (before.current.size > 0)
          token.animate([{ transform: 'scale(0)' }, { transform: 'scale(1)' }], { duration: 250 });
        continue;
      }
      const [x, y] = [there.x - here.x, there.y - here.y];
      if (Math.abs(x) + Math.abs(y) > 2)
        token.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: 'none' }], {
          duration: 700,
          easing: 'cubic-bezier(.3,.8,.3,1)',
        });
    }
    before.current = places;
  });
}
