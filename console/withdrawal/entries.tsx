/** What the wallet's ledger says about this withdrawal. */
import { type Answer, ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import type { Entry, Page, Withdrawal } from '../api/types.ts';
import { Arrow } from '../ui/logo.tsx';
import { Empty, Loading, Money, Panel } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';

const pageSize = 100;
const pagesMax = 5;
type Found = { entries: Entry[]; looked: number };

async function entriesOf({ id, walletId }: Withdrawal): Promise<Answer<Found>> {
  const entries: Entry[] = [];
  let looked = 0;
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const answer = await ask<Page<Entry>>('GET', `/v1/wallets/${walletId}/entries`, {
      key: keyFor('wallets:read'),
      query: { limit: pageSize, cursor },
    });
    if (answer.is !== 'ok') return answer;
    looked += answer.data.data.length;
    entries.push(...answer.data.data.filter(({ sourceId }) => sourceId === id));
    cursor = answer.data.nextCursor ?? undefined;
    if (cursor === undefined || entries.some(({ kind }) => kind === 'HOLD')) break;
  }
  return { is: 'ok', status: 200, data: { entries: entries.reverse(), looked } };
}

export function EntriesOf({ one }: { one: Withdrawal }) {
  const { data, error } = usePoll(`entries ${one.id} ${one.stage}`, () => entriesOf(one), {
    everyMs: 5_000,
    slowestMs: 120_000,
  });
  return (
    <Panel title="Ledger" aside={<a href={to('wallets', one.walletId)}>The whole wallet</a>}>
      {data === null ? (
        error === null ? (
          <Loading rows={2} />
        ) : (
          <Empty title={error} />
        )
      ) : data.entries.length === 0 ? (
        <Empty title="Nothing is entered for it.">
          {data.looked >= pageSize * pagesMax
            ? `It is not among the wallet’s newest ${data.looked} entries.`
            : ''}
        </Empty>
      ) : (
        <ul class="entries">
          {data.entries.map((entry) => (
            <li key={entry.sequence}>
              <span>
                <strong>{entry.kind}</strong>
                <span class="note">
                  {' '}
                  {entry.debit} <Arrow /> {entry.credit}
                </span>
              </span>
              <Money amount={entry.amount} currency={one.currency} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
