/** What was put on a wallet, and taken off it, by its client. */
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import type { Page, Transaction, Wallet } from '../api/types.ts';
import { useMore } from '../ui/more.tsx';
import { Ago, Badge, Money, Panel } from '../ui/parts.tsx';
import { Table } from '../ui/table.tsx';

export function Transactions({ wallet }: { wallet: Wallet }) {
  const path = `/v1/wallets/${wallet.id}/transactions`;
  const { data } = usePoll(
    `${path} ${wallet.updatedAt} ${wallet.available}`,
    () => ask<Page<Transaction>>('GET', path, { key: keyFor('wallets:read') }),
    {
      everyMs: 4_000,
      slowestMs: 60_000,
    },
  );
  const { rows, more } = useMore<Transaction>(data, path, 'wallets:read');
  if (rows.length === 0) return null;
  return (
    <Panel title="Credits and debits">
      <Table
        label="Transactions"
        columns={['Kind', { name: 'Amount', end: true }, 'Status', 'Reference', 'When']}
      >
        {rows.map((one) => (
          <tr key={one.id}>
            <td>{one.type === 'CREDIT' ? 'Credit' : 'Debit'}</td>
            <td class="end">
              <Money amount={one.amount} currency={one.currency} />
            </td>
            <td>
              <Badge
                tone={
                  one.status === 'PROCESSED' ? 'good' : one.status === 'FAILED' ? 'bad' : 'moving'
                }
              >
                {one.status === 'PROCESSED'
                  ? 'Done'
                  : one.status === 'FAILED'
                    ? 'Failed'
                    : 'Pending'}
              </Badge>{' '}
              <span class="note">{one.failure?.message}</span>
            </td>
            <td>{one.reference ?? <span class="note">—</span>}</td>
            <td>
              <Ago at={one.createdAt} />
            </td>
          </tr>
        ))}
      </Table>
      {more}
    </Panel>
  );
}
