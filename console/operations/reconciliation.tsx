/** Our books beside those of the brokerage, the on-ramp and the chains: do all say the same? */
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import type { Reconciliation } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { Ago, Head, Loading, Notice, Panel } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { absolute, duration } from '../words/format.ts';

export function Reconciled() {
  const { data, error } = usePoll(
    'reconciliation',
    () => ask<Reconciliation>('GET', '/v1/reconciliation', { key: keyFor('operations') }),
    {
      everyMs: 10_000,
      slowestMs: 60_000,
    },
  );
  return (
    <>
      <Head
        title="Reconciliation"
        lead="Our books are compared with what the brokerage, the on-ramp and the chains say. A difference is money that somebody has to look for."
      >
        <Act
          label="Compare now"
          title="Compare all books now?"
          confirm="Compare them"
          kind="main"
          run={() => ask('POST', '/v1/reconciliation', { key: keyFor('operations') })}
          done={() => 'It has begun, and takes a minute or two. The report appears here by itself.'}
        >
          <p>Everything is read and compared. Nothing is changed.</p>
        </Act>
      </Head>
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {data === null ? (
        error === null && (
          <>
            <p class="note">The books are being read …</p>
            <Loading rows={4} />
          </>
        )
      ) : (
        <>
          {data.differences.length === 0 ? (
            <Notice tone="good" title="All books agree.">
              <Report data={data} />
            </Notice>
          ) : (
            <Notice tone="bad" title={titleOf(data)}>
              <Report data={data} />
            </Notice>
          )}
          {data.differences.length > 0 && (
            <Panel title="Differences">
              <ul class="letters">
                {data.differences.map((one) => (
                  <li key={`${one.kind} ${one.what}`}>
                    <p>
                      <strong>{one.kind.replaceAll('-', ' ')}</strong>{' '}
                      <span class="note">{one.what}</span>
                    </p>
                    <dl class="why-list">
                      <div>
                        <dt>Expected</dt>
                        <dd>{one.expected}</dd>
                      </div>
                      <div>
                        <dt>Found</dt>
                        <dd>{one.found}</dd>
                      </div>
                    </dl>
                    <p class="note">
                      {one.withdrawalId !== undefined && (
                        <a href={to('withdrawals', one.withdrawalId)}>The withdrawal</a>
                      )}{' '}
                      {one.walletId !== undefined && (
                        <a href={to('wallets', one.walletId)}>The wallet</a>
                      )}{' '}
                      {one.firstSeenAt !== undefined && (
                        <>
                          first seen <Ago at={one.firstSeenAt} />
                        </>
                      )}
                    </p>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
        </>
      )}
    </>
  );
}

/** What was not read is no difference that was found, and no agreement either. */
function titleOf({ differences }: Reconciliation): string {
  const unread = differences.filter(({ kind }) => kind === 'chain-unread').length;
  const found = differences.length - unread;
  const parts = [
    ...(found === 0 ? [] : [`${found} difference${found === 1 ? '' : 's'}`]),
    ...(unread === 0 ? [] : [`${unread} chain${unread === 1 ? '' : 's'} not read`]),
  ];
  return parts.join(', ');
}

const Report = ({ data }: { data: Reconciliation }) => (
  <p>
    From {absolute(data.from)} to {absolute(data.to)}. It ended <Ago at={data.finishedAt} /> and
    took {duration(Date.parse(data.finishedAt) - Date.parse(data.checkedAt))}.
  </p>
);
