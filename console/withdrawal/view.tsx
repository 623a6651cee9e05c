/** One withdrawal: how far it is, why it stands still, what ends that, and everything that is on record about it. */
import { type Answer, ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { client, keyFor, may, operator } from '../api/session.ts';
import type { Inspected, Line, Withdrawal } from '../api/types.ts';
import {
  Ago,
  Empty,
  Fact,
  Facts,
  Head,
  Id,
  Loading,
  Money,
  Notice,
  Panel,
  StatusBadge,
} from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { isOver } from '../words/stages.ts';
import { Actions, Decisions } from './actions.tsx';
import { EntriesOf } from './entries.tsx';
import { Payouts } from './payouts.tsx';
import { Proposals } from './proposals.tsx';
import { Rail } from './rail.tsx';
import { Timeline } from './timeline.tsx';
import { TraceOf } from './trace.tsx';
import { WebhooksOf } from './webhooks.tsx';
import { Why } from './why.tsx';

type Whole = { one: Withdrawal; lines: Line[] | null };
const overMs = 10_000;

async function asClient(id: string): Promise<Answer<Whole>> {
  const key = keyFor('withdrawals:read');
  const at = `/v1/withdrawals/${encodeURIComponent(id)}`;
  const [one, lines] = await Promise.all([
    ask<Withdrawal>('GET', at, { key }),
    ask<Line[]>('GET', `${at}/events`, { key }),
  ]);
  if (one.is !== 'ok') return one;
  if (lines.is !== 'ok') return lines;
  return { is: 'ok', status: 200, data: { one: one.data, lines: lines.data } };
}

/** Of any client, open or ended. */
const asOperator = (id: string): Promise<Answer<Inspected>> =>
  ask('GET', `/v1/operations/withdrawals/${encodeURIComponent(id)}`, { key: keyFor('operations') });

export function WithdrawalView({ id }: { id: string }) {
  const reads = may('withdrawals:read');
  const operates = operator.value !== null;
  const own = usePoll(reads ? `withdrawal ${id} ${client.value?.key}` : null, () => asClient(id), {
    slowestMs: overMs,
  });
  const theirs = usePoll(
    operates ? `inspected ${id} ${operator.value?.key}` : null,
    () => asOperator(id),
    { everyMs: 2_000, slowestMs: overMs },
  );
  const found = theirs.data;
  const one = own.data?.one ?? found;
  // The two keys are asked one after the other: what one of them says of an earlier stage is not true of this one.
  const open = found?.stage === one?.stage && found?.status === one?.status ? found : null;
  if (one === null) {
    const waits =
      (reads && own.data === null && own.error === null) ||
      (operates && theirs.data === null && theirs.error === null);
    if (waits) return <Loading rows={6} />;
    const isUnknown = [own, theirs].every(({ status, error }) => status === 404 || error === null);
    return (
      <>
        <Head title="Withdrawal" back={['#/', 'Withdrawals']} />
        <Empty title={isUnknown ? 'These keys see no such withdrawal.' : 'It cannot be shown now.'}>
          <p>
            <code>{id}</code>
          </p>
          <p>
            {isUnknown
              ? 'A client’s key sees the client’s own, and an operator’s key those of all clients.'
              : (own.error ?? theirs.error)}
          </p>
        </Empty>
      </>
    );
  }
  const lines = own.data?.lines ?? found?.timeline ?? null;
  const isTheirs = own.data !== null;
  return (
    <>
      <Head
        back={['#/', 'Withdrawals']}
        title={
          <>
            <Money amount={one.amount} currency={one.currency} />
            <span class="arrow">
              {one.currency === one.asset ? '' : `as ${one.asset} `}on {one.network}
            </span>
            <StatusBadge status={one.status} />
          </>
        }
      >
        <Actions one={one} isTheirs={isTheirs} inspected={open} />
      </Head>
      {own.error !== null && isTheirs && <Notice tone="bad">{own.error}</Notice>}
      <Rail one={one} lines={lines} heldFrom={open?.heldFrom ?? null} />
      <Why one={one} lines={lines} open={open} mayCancel={isTheirs && may('withdrawals:write')} />
      {open !== null && <Decisions one={open} />}
      {open !== null && <Proposals open={open} />}
      <div class="columns">
        <div>
          <Panel title="Timeline">
            {lines === null ? <Loading /> : <Timeline lines={lines} one={one} />}
          </Panel>
          {operates && <TraceOf id={id} version={one.updatedAt} />}
          {isTheirs && may('webhooks:read') && <WebhooksOf one={one} />}
        </div>
        <div>
          <Panel title="Payout">
            <Payout one={one} />
          </Panel>
          {open !== null && <Payouts one={open} />}
          <Panel title="Request">
            <Request one={one} tenant={found?.tenant ?? null} />
          </Panel>
          {isTheirs && may('wallets:read') && <EntriesOf one={one} />}
        </div>
      </div>
    </>
  );
}

function Payout({ one }: { one: Withdrawal }) {
  return (
    <Facts>
      <Fact name="Arrives">
        {one.payout === null ? (
          <span class="note">
            {isOver(one.status) ? (
              'nothing'
            ) : one.currency === one.asset ? (
              <>
                <Money amount={one.amount} currency={one.asset} />, when it is paid
              </>
            ) : (
              'known when it is converted'
            )}
          </span>
        ) : (
          <Money amount={one.payout.amount} currency={one.payout.asset} />
        )}
      </Fact>
      {one.fees.map((fee) => (
        <Fact key={fee.type} name={`Fee of the ${fee.type}`}>
          <Money amount={fee.amount} currency={fee.currency} />
        </Fact>
      ))}
      <Fact name="To">
        <Id id={one.destinationAddress} label="the address" />
      </Fact>
      <Fact name="Transaction">
        {one.txHash === null ? (
          <span class="note">{isOver(one.status) ? 'none' : 'none is signed yet'}</span>
        ) : (
          <>
            <Id id={one.txHash} label="the transaction hash" />{' '}
            {one.explorerUrl !== null && (
              <a href={one.explorerUrl} target="_blank" rel="noreferrer noopener">
                Explorer
              </a>
            )}
          </>
        )}
      </Fact>
      {one.txHash !== null && <Fact name="Confirmations">{one.confirmations}</Fact>}
    </Facts>
  );
}

function Request({ one, tenant }: { one: Withdrawal; tenant: string | null }) {
  const { metadata } = one;
  return (
    <Facts>
      <Fact name="Id">
        <Id id={one.id} label="the id" />
      </Fact>
      {tenant !== null && <Fact name="Client">{tenant}</Fact>}
      <Fact name="Wallet">
        {may('wallets:read') ? (
          <a href={to('wallets', one.walletId)}>{one.walletId.slice(0, 12)}…</a>
        ) : (
          <Id id={one.walletId} label="the wallet’s id" />
        )}
      </Fact>
      <Fact name="Idempotency key">
        <Id id={one.idempotencyKey} label="the idempotency key" />
      </Fact>
      {one.reference !== null && <Fact name="Reference">{one.reference}</Fact>}
      {Object.entries(metadata).map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
      <Fact name="Created">
        <Ago at={one.createdAt} />
      </Fact>
      <Fact name="Retries">
        {one.retryCount} in all, at most {one.maxRetries} a stage
      </Fact>
    </Facts>
  );
}
