/** Every line that is kept about a withdrawal, with its tries and waits, oldest first. */
import type { Line, Withdrawal } from '../api/types.ts';
import { Ago } from '../ui/parts.tsx';
import { absolute, duration } from '../words/format.ts';
import { stageWords } from '../words/stages.ts';

export function Timeline({ lines, one }: { lines: readonly Line[]; one: Withdrawal }) {
  return (
    <ol class="timeline">
      {lines.map((line, index) => {
        const before = lines[index - 1];
        const isWait = line.status === 'RETRYING';
        const kind = isWait ? 'wait' : stageWords[line.stage].group === 'way' ? 'step' : line.stage;
        const took = before === undefined ? null : Date.parse(line.at) - Date.parse(before.at);
        return (
          <li key={line.sequence} class={kind}>
            <span class="dot" />
            <div>
              <strong>
                {isWait
                  ? line.attempt === undefined
                    ? 'waits'
                    : `try ${line.attempt} failed`
                  : line.stage}
              </strong>
              <span class="note"> {line.detail ?? stageWords[line.stage].means}</span>
            </div>
            <span class="when" title={`${absolute(line.at)} (${line.at})`}>
              {took === null ? <Ago at={line.at} /> : `+${duration(took)}`}
            </span>
          </li>
        );
      })}
      {one.nextAttemptAt !== null && (
        <li class="next">
          <span class="dot" />
          <div class="note">looked at again</div>
          <span class="when">
            <Ago at={one.nextAttemptAt} />
          </span>
        </li>
      )}
    </ol>
  );
}
