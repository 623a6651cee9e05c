/** What is known of a batch and its neighbours that forbids to send what the file has now. */
import { type BatchState, type Known, otherBatches } from './batch-state.ts';
import type { Line } from './payroll.ts';

/** Whether a line that was sent has paid, or may pay yet. */
const mayPay = ({ refused, ended }: Known): boolean =>
  refused === null && ended !== 'FAILED' && ended !== 'CANCELLED';

/** What was sent and is not in the file any more. A line that was changed would be another payment beside the first. */
export function changedIn(lines: readonly Line[], { known }: BatchState): string | null {
  const now = new Set(lines.map(({ key }) => key));
  const gone = [...known].filter(([key, one]) => !now.has(key) && mayPay(one));
  const isNew = lines.some(({ key }) => !known.has(key));
  if (gone.length === 0 || !isNew) return null;
  const which = someOf(gone.map(([, { line, id }]) => `line ${line} (${id ?? 'asked for'})`));
  return `${which} was sent, and is not in the file as it was then: a line that is changed is another payment. Put it back, or take what is to be paid besides into a batch of its own: --name`;
}

const someOf = (all: readonly string[]): string =>
  all.length <= 5 ? all.join(', ') : `${all.slice(0, 5).join(', ')} and ${all.length - 5} others`;

/**
 * A copy of a file has another name, so it would be another batch and pay everything again. Batches with files beside this one
 * are looked through; whoever means it says by --name which batch it is.
 */
export function paidElsewhere(
  lines: readonly Line[],
  stateFile: string,
  api: string,
): string | null {
  for (const { file, state } of otherBatches(stateFile, api)) {
    const paid = new Set(
      [...state.known.values()].flatMap((one) =>
        one.pays !== null && mayPay(one) ? [one.pays] : [],
      ),
    );
    const same = lines.filter(({ pays }) => pays !== null && paid.has(pays));
    if (same.length === 0) continue;
    const which = someOf(same.map(({ line }) => `line ${line}`));
    return `${which}: the batch "${state.name}" (${file}) has asked for the same. Nothing was sent. If it is to be paid once more, say which batch this is: --name`;
  }
  return null;
}
