/** What the present keys may do about a withdrawal, each with what it will do said before. */
import { ask } from '../api/call.ts';
import { keyFor, may } from '../api/session.ts';
import type { Inspected, Resolution, Withdrawal } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { Badge, Money, Panel } from '../ui/parts.tsx';
import { withClock } from '../words/format.ts';
import { isCancellable } from '../words/stages.ts';

type ActionsProps = { one: Withdrawal; isTheirs: boolean; inspected: Inspected | null };
export function Actions({ one, isTheirs, inspected }: ActionsProps) {
  const writes = isTheirs && may('withdrawals:write');
  const isReview = one.stage === 'review';
  const mayRetry = isReview || (one.status === 'FAILED' && one.failure?.retryable === true);
  return (
    <>
      {writes && isCancellable(one) && (
        <Act
          label="Cancel"
          title="Cancel this withdrawal?"
          confirm="Cancel it"
          kind="danger"
          run={() =>
            ask('POST', `/v1/withdrawals/${one.id}/cancel`, { key: keyFor('withdrawals:write') })
          }
        >
          <p>
            Nothing will be paid. <Money amount={one.amount} currency={one.currency} />{' '}
            {one.stage === 'requested'
              ? 'stay in the wallet: nothing was taken yet.'
              : 'go back to the wallet.'}
          </p>
          <p>
            It cannot be undone. If the payout is signed before this arrives, it is too late, and
            you will be told.
          </p>
        </Act>
      )}
      {writes && mayRetry && (
        <Act
          label="Retry"
          title="Take it up again?"
          confirm="Take it up again"
          kind="main"
          run={() =>
            ask('POST', `/v1/withdrawals/${one.id}/retry`, { key: keyFor('withdrawals:write') })
          }
        >
          {isReview ? (
            <p>
              Its step asks once more what became of what it had asked for. Nothing is sent again
              that may have been carried out.
            </p>
          ) : (
            <p>
              It goes back to the beginning: <Money amount={one.amount} currency={one.currency} />{' '}
              are held again, if the wallet has them. Nothing was ever signed for it, so it cannot
              pay twice.
            </p>
          )}
        </Act>
      )}
      {inspected?.resolutions
        .filter(({ whyNot, resolution }) => whyNot === null && !isProposed(inspected, resolution))
        .map(({ resolution }) => (
          <Propose key={resolution} one={one} resolution={resolution} />
        ))}
    </>
  );
}

const isProposed = ({ proposals }: Inspected, asked: Resolution): boolean =>
  proposals.some(({ resolution }) => resolution === asked);
/**
 * Where two operators may have something to decide: the outcome is not proven, a payout is signed and not final, or it waits for
 * somebody's word that may never come.
 */
const isOpenFor = ({ stage, status, resolutions }: Inspected): boolean =>
  stage === 'review' ||
  stage === 'signed' ||
  stage === 'broadcast' ||
  (status === 'RETRYING' && (stage === 'debiting' || stage === 'converting')) ||
  resolutions.some(({ whyNot }) => whyNot === null);

/** What two operators may decide about it now, and what they may not and why: said before anybody presses anything. */
export function Decisions({ one }: { one: Inspected }) {
  if (!isOpenFor(one)) return null;
  return (
    <Panel title="What two operators may decide">
      <ul class="entries">
        {one.resolutions.map(({ resolution, whyNot, proposedByYou }) => (
          <li key={resolution}>
            <span>
              <strong>{words[resolution].label}</strong>{' '}
              <span class="note">
                {whyNot === null ? words[resolution].does : withClock(whyNot)}
              </span>
            </span>
            <Badge tone={whyNot === null ? 'good' : 'plain'}>
              {whyNot !== null
                ? 'Not now'
                : proposedByYou
                  ? 'Proposed by you'
                  : isProposed(one, resolution)
                    ? 'Waits for you'
                    : 'Possible'}
            </Badge>
          </li>
        ))}
      </ul>
      <p class="note pad">
        One proposes, and another with a key of their own confirms. Nobody confirms what they
        proposed. A proposal is void after a day, or when the withdrawal has moved.
      </p>
    </Panel>
  );
}

const words: Record<Resolution, { label: string; title: string; does: string; hint: string }> = {
  resume: {
    label: 'Resume',
    title: 'Propose to resume it?',
    does: 'Its step asks again what became of what it had asked for. It sends nothing again that may have been carried out, and moves no money by itself.',
    hint: 'The on-ramp’s support says that the transfer is paid.',
  },
  refund: {
    label: 'Refund',
    title: 'Propose to give the money back?',
    does: 'The hold is released and the client has the money again. Only do this when you know that nothing was paid: the two of you are the proof.',
    hint: 'The on-ramp’s support says that the transfer was never made.',
  },
  'cancel-payout': {
    label: 'Cancel the payout',
    title: 'Propose to cancel the payout on chain?',
    does: 'A transaction makes the signed payout impossible on the chain. When that is final, the money goes back to the client. If the payout is faster, it counts as paid. Either way it happens once.',
    hint: 'The client asked; the address is wrong.',
  },
};
export const resolutionWords = words;

export function Propose({
  one,
  resolution,
  confirms = false,
}: {
  one: Pick<Withdrawal, 'id'>;
  resolution: Resolution;
  confirms?: boolean;
}) {
  const { label, title, does, hint } = words[resolution];
  return (
    <Act
      label={confirms ? `Confirm: ${label.toLowerCase()}` : `${label} …`}
      title={confirms ? title.replace('Propose', 'Confirm the proposal') : title}
      confirm={confirms ? 'Confirm it' : 'Propose it'}
      kind={confirms ? 'main' : 'plain'}
      reason={{ hint }}
      run={(reason) =>
        ask('POST', `/v1/operations/withdrawals/${one.id}/${resolution}`, {
          key: keyFor('operations'),
          body: { reason },
        })
      }
      done={(data) =>
        (data as { status: string }).status === 'PROPOSED'
          ? 'It is proposed. Nothing happens until another operator confirms it.'
          : 'It is confirmed, and carried out now.'
      }
    >
      <p>{does}</p>
      <p class="note">
        {confirms
          ? 'You are the second of the two: it is carried out at once.'
          : 'It takes two: you propose, and another operator confirms.'}
      </p>
    </Act>
  );
}
