/** The wallets of a client: what withdrawals are paid from. */
import { useSignal } from '@preact/signals';
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { client, keyFor, may } from '../api/session.ts';
import type { Page, Wallet } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { useMore } from '../ui/more.tsx';
import { Ago, Badge, Empty, Head, Loading, Money, Notice, Panel } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { Table } from '../ui/table.tsx';

export function Wallets() {
  const { data, error } = usePoll(
    `wallets ${client.value?.key}`,
    () => ask<Page<Wallet>>('GET', '/v1/wallets', { key: keyFor('wallets:read') }),
    { everyMs: 3_000, slowestMs: 30_000 },
  );
  const { rows, more } = useMore<Wallet>(data, '/v1/wallets', 'wallets:read');
  return (
    <>
      <Head
        title="Wallets"
        lead="What withdrawals are paid from. Each has a ledger of double entries, in blocks that are chained by their hashes."
      >
        {may('wallets:write') && <NewWallet />}
      </Head>
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {data === null ? (
        error === null && <Loading />
      ) : rows.length === 0 ? (
        <Empty title="No wallet yet.">
          A wallet holds one currency. Make one here, or together with a withdrawal.
        </Empty>
      ) : (
        <Panel title="All wallets">
          <Table
            label="Wallets"
            columns={[
              'Wallet',
              { name: 'Available', end: true },
              { name: 'Held', end: true },
              'Money is at',
              'Status',
              'Created',
            ]}
          >
            {rows.map((wallet) => (
              <tr key={wallet.id} class="row">
                <td>
                  <a class="cover" href={to('wallets', wallet.id)}>
                    {wallet.reference ?? <code>{wallet.id.slice(0, 14)}…</code>}
                  </a>
                </td>
                <td class="end">
                  <Money amount={wallet.available} currency={wallet.currency} />
                </td>
                <td class="end">
                  <Money amount={wallet.held} currency={wallet.currency} />
                </td>
                <td>{wallet.funding.type === 'alpaca' ? 'the brokerage' : 'the ledger'}</td>
                <td>
                  <Badge tone={wallet.status === 'ACTIVE' ? 'good' : 'waiting'}>
                    {wallet.status === 'ACTIVE' ? 'Active' : 'Suspended'}
                  </Badge>
                </td>
                <td>
                  <Ago at={wallet.createdAt} />
                </td>
              </tr>
            ))}
          </Table>
          {more}
        </Panel>
      )}
    </>
  );
}

function NewWallet() {
  const currency = useSignal<Wallet['currency']>('USD');
  const reference = useSignal('');
  return (
    <Act
      label="New wallet"
      title="Make a wallet"
      confirm="Make it"
      kind="main"
      run={() =>
        ask('POST', '/v1/wallets', {
          key: keyFor('wallets:write'),
          body: {
            currency: currency.value,
            ...(reference.value === '' ? {} : { reference: reference.value }),
          },
        })
      }
    >
      <label class="field">
        <span>Currency</span>
        <select
          value={currency}
          onChange={(event) => {
            currency.value = event.currentTarget.value as Wallet['currency'];
          }}
        >
          <option>USD</option>
          <option>USDC</option>
        </select>
      </label>
      <label class="field">
        <span>Reference (your own name for it)</span>
        <input
          type="text"
          value={reference}
          onInput={(event) => {
            reference.value = event.currentTarget.value;
          }}
        />
      </label>
    </Act>
  );
}
