/** One wallet: what is on it, and its ledger, whose chain the page computes again by itself. */
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { client, keyFor, may } from '../api/session.ts';
import type { Entry, Page, Wallet } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { Arrow } from '../ui/logo.tsx';
import { useMore } from '../ui/more.tsx';
import { Ago, Badge, Empty, Head, Id, Loading, Money, NotHere, Panel } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { Table } from '../ui/table.tsx';
import { short } from '../words/format.ts';
import { Check } from './check.tsx';
import { MoveMoney } from './move-money.tsx';
import { Transactions } from './transactions.tsx';

export function WalletView({ id }: { id: string }) {
  const at = `/v1/wallets/${encodeURIComponent(id)}`;
  const key = keyFor('wallets:read');
  const { data: wallet, error } = usePoll(
    `${at} ${client.value?.key}`,
    () => ask<Wallet>('GET', at, { key }),
    { slowestMs: 10_000 },
  );
  if (wallet === null)
    return <NotHere title="Wallet" back={[to('wallets'), 'Wallets']} error={error} />;
  return (
    <>
      <Head
        back={[to('wallets'), 'Wallets']}
        title={
          <>
            <Money amount={wallet.available} currency={wallet.currency} />{' '}
            <span class="arrow">available</span>{' '}
            {wallet.status === 'SUSPENDED' && <Badge tone="waiting">Suspended</Badge>}
          </>
        }
      >
        {may('transactions:write') && wallet.funding.type === 'ledger' && (
          <MoveMoney wallet={wallet} />
        )}
        {may('wallets:write') && <Suspend wallet={wallet} />}
      </Head>
      <dl class="tiles">
        <div>
          <dt>Available</dt>
          <dd>
            <Money amount={wallet.available} currency={wallet.currency} />
          </dd>
        </div>
        <div>
          <dt>Held for withdrawals under way</dt>
          <dd>
            <Money amount={wallet.held} currency={wallet.currency} />
          </dd>
        </div>
        <div>
          <dt>Wallet</dt>
          <dd class="small">
            <Id id={wallet.id} label="the id" />
          </dd>
        </div>
        <div>
          <dt>{wallet.reference === null ? 'Created' : 'Reference'}</dt>
          <dd class="small">{wallet.reference ?? <Ago at={wallet.createdAt} />}</dd>
        </div>
      </dl>
      <Ledger wallet={wallet} />
      <Transactions wallet={wallet} />
    </>
  );
}

function Suspend({ wallet }: { wallet: Wallet }) {
  const isActive = wallet.status === 'ACTIVE';
  return (
    <Act
      label={isActive ? 'Suspend' : 'Activate'}
      title={isActive ? 'Suspend this wallet?' : 'Activate this wallet?'}
      confirm={isActive ? 'Suspend it' : 'Activate it'}
      run={() =>
        ask('PATCH', `/v1/wallets/${wallet.id}`, {
          key: keyFor('wallets:write'),
          body: { status: isActive ? 'SUSPENDED' : 'ACTIVE' },
        })
      }
    >
      <p>
        {isActive
          ? 'It takes no new withdrawals. Those that are under way go on.'
          : 'It takes withdrawals again.'}
      </p>
    </Act>
  );
}

const columns = [
  'Entry',
  'Moves',
  { name: 'Amount', end: true },
  { name: 'Available after', end: true },
  { name: 'Held after', end: true },
  'For',
  'When',
  'Block',
] as const;

function Ledger({ wallet }: { wallet: Wallet }) {
  const path = `/v1/wallets/${wallet.id}/entries`;
  const { data, error } = usePoll(
    `${path} ${wallet.updatedAt} ${wallet.available} ${wallet.held}`,
    () => ask<Page<Entry>>('GET', path, { key: keyFor('wallets:read') }),
    { everyMs: 4_000, slowestMs: 60_000 },
  );
  const { rows, more } = useMore<Entry>(data, path, 'wallets:read');
  return (
    <Panel title="Ledger" aside={<Check wallet={wallet} newest={rows[0]?.blockHash ?? null} />}>
      {data === null ? (
        error === null ? (
          <Loading />
        ) : (
          <Empty title={error} />
        )
      ) : rows.length === 0 ? (
        <Empty title="Nothing is entered yet.">
          Put money on it, and the first block is written.
        </Empty>
      ) : (
        <>
          <Table label="Entries" columns={columns}>
            {rows.map((entry, index) => (
              <tr
                key={entry.sequence}
                class={rows[index + 1]?.blockHash === entry.blockHash ? 'same' : ''}
              >
                <td>
                  <span class="sequence">{entry.sequence}</span> <strong>{entry.kind}</strong>
                </td>
                <td class="note">
                  {entry.debit} <Arrow /> {entry.credit}
                </td>
                <td class="end">
                  <Money amount={entry.amount} currency={wallet.currency} />
                </td>
                <td class="end">
                  <Money amount={entry.availableAfter} currency={wallet.currency} />
                </td>
                <td class="end">
                  <Money amount={entry.heldAfter} currency={wallet.currency} />
                </td>
                <td>
                  {entry.sourceId.startsWith('wd_') ? (
                    <a href={to('withdrawals', entry.sourceId)}>{short(entry.sourceId, 7, 4)}</a>
                  ) : (
                    <code>{short(entry.sourceId, 7, 4)}</code>
                  )}
                </td>
                <td>
                  <Ago at={entry.at} />
                </td>
                <td>
                  <code title={entry.blockHash}>{entry.blockHash.slice(0, 8)}</code>
                </td>
              </tr>
            ))}
          </Table>
          {more}
        </>
      )}
    </Panel>
  );
}
