/** What the present keys may do about a withdrawal, each with what it will do said before. */
import { ask } from '../api/call.ts';
import { keyFor, may, operator } from '../api/session.ts';
import type { Resolution, Stage, Withdrawal } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { Money } from '../ui/parts.tsx';

const cancellable: ReadonlySet<Stage> = new Set<Stage>([
  'requested',
  'debiting',
  'reserved',
  'converting',
  'converted',
]);
const signedStages: ReadonlySet<Stage> = new Set<Stage>(['signed', 'broadcast', 'review']);
/** Where it waits for a provider's word, which may never come. The API says from when on two people may end that. */
const standingStages: ReadonlySet<Stage> = new Set<Stage>(['debiting', 'converting']);

export function Actions({ one, isTheirs }: { one: Withdrawal; isTheirs: boolean }) {
  const writes = isTheirs && may('withdrawals:write');
  const isReview = one.stage === 'review';
  const mayRetry = isReview || (one.status === 'FAILED' && one.failure?.retryable === true);
  return (
    <>
      {writes && cancellable.has(one.stage) && (
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
      {operator.value !== null && isReview && (
        <>
          <Propose one={one} resolution="resume" />
          <Propose one={one} resolution="refund" />
        </>
      )}
      {operator.value !== null && standingStages.has(one.stage) && one.status === 'RETRYING' && (
        <Propose one={one} resolution="refund" />
      )}
      {operator.value !== null && signedStages.has(one.stage) && one.txHash !== null && (
        <Propose one={one} resolution="cancel-payout" />
      )}
    </>
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
