/** The stages of one withdrawal in a line: those that it has passed, the one where it is, and those to come. */
import type { Line, Stage, Withdrawal } from '../api/types.ts';
import { absolute, duration } from '../words/format.ts';
import { stageWords, wayStages } from '../words/stages.ts';

type RailProps = { one: Withdrawal; lines: readonly Line[] | null; heldFrom: Stage | null };

export function Rail({ one, lines, heldFrom }: RailProps) {
  const entered = new Map<Stage, string>();
  for (const { stage, at, attempt } of lines ?? [])
    if (attempt === undefined && !entered.has(stage)) entered.set(stage, at);
  const isOn = (wayStages as readonly Stage[]).includes(one.stage);
  const reached = isOn
    ? one.stage
    : (heldFrom ??
      [...entered.keys()].findLast((stage) => (wayStages as readonly Stage[]).includes(stage)) ??
      'requested');
  const at = wayStages.indexOf(reached as (typeof wayStages)[number]);
  // What has left the way has nothing ahead of it. A stage that only some have is drawn when this one has been there.
  const shown = wayStages.filter(
    (stage, index) =>
      (isOn || index <= at) &&
      (entered.has(stage) ||
        stage === reached ||
        !skipped(one, stage, index < at || lines !== null)),
  );
  return (
    <ol class="rail" aria-label="How far it is">
      {shown.map((stage) => {
        const index = wayStages.indexOf(stage);
        const state =
          index < at || one.status === 'COMPLETED'
            ? 'done'
            : index === at && isOn
              ? 'here'
              : index === at
                ? 'left'
                : 'ahead';
        const when = entered.get(stage);
        const after = when === undefined ? null : Date.parse(when) - Date.parse(one.createdAt);
        return (
          <li
            key={stage}
            class={state}
            aria-current={state === 'here' ? 'step' : undefined}
            title={stageWords[stage].means}
          >
            <span class="dot" />
            <span class="rail-name">{stage}</span>
            <span class="note" title={when && absolute(when)}>
              {after === null ? '' : after === 0 ? 'start' : `+${duration(after)}`}
            </span>
          </li>
        );
      })}
      {!isOn && (
        <li
          class={`off ${stageWords[one.stage].group} ${one.stage}`}
          aria-current="step"
          title={stageWords[one.stage].means}
        >
          <span class="dot" />
          <span class="rail-name">{one.stage}</span>
        </li>
      )}
    </ol>
  );
}

/** Only a wallet at a brokerage, which is one of dollars, is debited there; what is paid as it is kept needs no conversion. */
const skipped = ({ currency, asset }: Withdrawal, stage: Stage, isKnown: boolean): boolean =>
  (stage === 'debiting' && (isKnown || currency === asset)) ||
  ((stage === 'converting' || stage === 'converted') && currency === asset);
