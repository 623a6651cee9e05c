/** Why a withdrawal stands still and what ends it; or what became of it. */
import type { Line, OpenWithdrawal, Withdrawal } from '../api/types.ts';
import { now } from '../ui/clock.ts';
import { Ago, Notice } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { duration, relative } from '../words/format.ts';
import { isCancellable, stageWords } from '../words/stages.ts';
import { endsForClients, isUsual, lineThatWaits, waitWords } from '../words/waits.ts';

type WhyProps = {
  one: Withdrawal;
  lines: readonly Line[] | null;
  open: OpenWithdrawal | null;
  /** Whether a key is there that may cancel it. */
  mayCancel: boolean;
};

export function Why(props: WhyProps) {
  const { one } = props;
  switch (one.status) {
    case 'COMPLETED':
      return (
        <Notice
          tone="good"
          title={`Paid in ${duration(Date.parse(one.completedAt ?? one.updatedAt) - Date.parse(one.createdAt))}.`}
        >
          It is final on chain, and the money that was held for it is spent.
        </Notice>
      );
    case 'FAILED':
    case 'CANCELLED':
      return (
        <Notice
          tone={one.status === 'FAILED' ? 'bad' : 'info'}
          title={one.failure?.message ?? stageWords[one.stage].means}
        >
          {one.stage === 'rejected'
            ? 'Nothing was taken from the wallet.'
            : one.stage === 'refunded'
              ? 'Everything was given back to the wallet.'
              : 'Nothing was paid.'}{' '}
          {one.failure?.retryable ? 'It can be tried again.' : ''}
          {one.failure !== null && <code class="code"> {one.failure.code}</code>}
        </Notice>
      );
    case 'PENDING':
    case 'PROCESSING':
      return <Under {...props} />;
    case 'RETRYING':
    case 'REVIEW':
      return <Stands {...props} />;
    default:
      return one.status satisfies never;
  }
}

const worthSayingMs = 30_000;
const longMs = 300_000;

function Under({ one, lines, open }: WhyProps) {
  const waits = open?.waitingFor ?? null;
  const entered = lines?.findLast(
    ({ stage, attempt }) => stage === one.stage && attempt === undefined,
  );
  const forMs = now.value - Date.parse(waits?.since ?? entered?.at ?? one.updatedAt);
  const words = waits !== null && isUsual(waits.reason) ? waitWords[waits.reason] : null;
  return (
    <Notice tone="info" title={stageWords[one.stage].means}>
      {words === null ? '' : `${words.why} `}
      {forMs < worthSayingMs ? '' : `It has been here for ${duration(forMs)}. `}
      {forMs < longMs ? (
        'Nothing unusual: it goes on by itself.'
      ) : waits === null ? (
        'That is long. It is asked again by itself, and its operators are told when it counts as late.'
      ) : (
        <>
          That is long. It is asked again by itself. Look whether its step has dead letters and
          whether the one it asks is well: <a href={to('queues', waits.reason)}>Queues</a>,{' '}
          <a href={to('providers')}>Providers</a>
        </>
      )}
    </Notice>
  );
}

function Stands({ one, lines, open, mayCancel }: WhyProps) {
  const waits = open?.waitingFor ?? null;
  const isReview = one.status === 'REVIEW';
  const line = lines === null ? null : lineThatWaits(one, lines);
  const since = waits?.since ?? line?.at ?? one.updatedAt;
  const words = waits === null ? null : waitWords[waits.reason];
  const told = isReview ? (one.failure?.message ?? line?.detail) : line?.detail;
  const tries =
    one.nextAttemptAt === null ? null : relative(Date.parse(one.nextAttemptAt), now.value);
  return (
    <Notice
      tone={isReview ? 'person' : 'wait'}
      title={isReview ? 'A person has to decide.' : 'It stands still.'}
    >
      <dl class="why-list">
        <div>
          <dt>Why</dt>
          <dd>
            {isReview
              ? [told, waitWords.review.why].filter(Boolean).join(' ')
              : (words?.why ?? told ?? waitWords.retry.why)}
          </dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>
            <Ago at={since} />
          </dd>
        </div>
        <div>
          <dt>What ends it</dt>
          <dd>
            {words?.ends ??
              (isReview
                ? 'Drawbridge’s operators have been told: two of them look at it and decide. Until then the money stays held.'
                : endsForClients)}{' '}
            {words?.where !== undefined && <a href={to(words.where[0])}>{words.where[1]}</a>}
            {isCancellable(one) &&
              (mayCancel
                ? ' Or cancel it: then everything goes back to the wallet.'
                : ' Its client can still cancel it: then everything goes back to the wallet.')}
          </dd>
        </div>
        {tries !== null && (
          <div>
            <dt>Looked at again</dt>
            <dd>{tries.startsWith('in') ? tries : 'any moment now'}</dd>
          </div>
        )}
      </dl>
    </Notice>
  );
}
