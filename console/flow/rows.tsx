/** Withdrawals as rows of a table: what is paid to whom, how far it is, and what it waits for. */

import { Ago, Money, StatusBadge } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { Table } from '../ui/table.tsx';
import { short } from '../words/format.ts';
import { stageWords } from '../words/stages.ts';
import { isUsual, waitWords } from '../words/waits.ts';
import type { Seen } from './store.ts';

export function Rows({ those, withTenant }: { those: readonly Seen[]; withTenant: boolean }) {
  return (
    <Table
      label="Withdrawals"
      columns={[
        { name: 'Amount', end: true },
        'Status',
        'Where it is, and why',
        ...(withTenant ? ['Client'] : []),
        'To',
        'Reference',
        'Created',
      ]}
    >
      {those.map((one) => (
        <tr key={one.id} class="row">
          <td class="end">
            <a class="cover" href={to('withdrawals', one.id)}>
              <Money amount={one.amount} currency={one.currency} />
            </a>
          </td>
          <td>
            <StatusBadge status={one.status} />
          </td>
          <td class="why">
            <Why one={one} />
          </td>
          {withTenant && <td>{one.tenant}</td>}
          <td class="to">
            {one.network}{' '}
            <code title={one.destinationAddress}>{short(one.destinationAddress, 6, 4)}</code>
          </td>
          <td class="reference">{one.reference ?? <span class="note">—</span>}</td>
          <td class="created">
            <Ago at={one.createdAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Why({ one }: { one: Seen }) {
  const { stage, standing, failure } = one;
  const reason = standing?.reason ?? null;
  const told = standing?.detail ?? (stage === 'review' ? failure?.message : undefined);
  const said = told ?? (reason !== null && !isUsual(reason) ? waitWords[reason].label : undefined);
  return (
    <>
      <span class="stage-word">{stage}</span>{' '}
      <span class="note">{said ?? failure?.message ?? stageWords[stage].means}</span>
    </>
  );
}
