/** What one operator has proposed about a withdrawal, for another to confirm. */
import type { Inspected, Resolution } from '../api/types.ts';
import { Ago, Notice } from '../ui/parts.tsx';
import { Propose, resolutionWords } from './actions.tsx';

export function Proposals({ open }: { open: Inspected }) {
  const isOwn = (asked: Resolution): boolean =>
    open.resolutions.some((one) => one.resolution === asked && one.proposedByYou);
  return (
    <>
      {open.proposals.map(({ resolution, proposed, expiresAt }) => (
        <Notice
          key={resolution}
          tone="person"
          title={`${proposed.by} proposes: ${resolutionWords[resolution].label.toLowerCase()}`}
        >
          <p>
            “{proposed.reason}” — <Ago at={proposed.at} />. Void if nobody confirms it:{' '}
            <Ago at={expiresAt} />.
          </p>
          <p class="buttons start">
            {isOwn(resolution) ? (
              <span class="note">
                You proposed it. Another operator has to confirm, with a key of their own: the
                button at the top right takes it.
              </span>
            ) : (
              <Propose one={open} resolution={resolution} confirms />
            )}
          </p>
        </Notice>
      ))}
    </>
  );
}
