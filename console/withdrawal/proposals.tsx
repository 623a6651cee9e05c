/** What one operator has proposed about a withdrawal, for another to confirm. */
import type { OpenWithdrawal } from '../api/types.ts';
import { Ago, Notice } from '../ui/parts.tsx';
import { Propose, resolutionWords } from './actions.tsx';

export function Proposals({ open }: { open: OpenWithdrawal }) {
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
            <Propose one={open} resolution={resolution} confirms />
            <span class="note">
              Another operator than {proposed.by} has to confirm, with a key of their own: the
              button at the top right takes it.
            </span>
          </p>
        </Notice>
      ))}
    </>
  );
}
