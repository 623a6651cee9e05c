/** Our own money on each network: what payouts are made of, and what pays for the transactions. */
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import type { OpenWithdrawal, Page, Treasury, WaitReason } from '../api/types.ts';
import { Ago, Empty, Head, Id, Loading, Money, Notice, Panel } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { Table } from '../ui/table.tsx';
import { count, grouped, major, minor } from '../words/format.ts';
import { waitWords } from '../words/waits.ts';

type Network = Treasury['data'][number];
/** What each network's own coin is called: gas is paid in it. */
const coins: Partial<Record<string, string>> = { polygon: 'POL', solana: 'SOL', bitcoin: 'BTC' };
const coinOf = (network: string): string => coins[network] ?? 'ETH';
const waitingMax = 100;

export function TreasuryView() {
  const { data, error } = usePoll(
    'treasury',
    () => ask<Treasury>('GET', '/v1/operations/treasury', { key: keyFor('operations') }),
    {
      everyMs: 5_000,
      slowestMs: 30_000,
    },
  );
  const waiting = usePoll(
    'what waits',
    () =>
      ask<Page<OpenWithdrawal>>('GET', '/v1/operations/withdrawals', {
        key: keyFor('operations'),
        query: { status: 'RETRYING', limit: waitingMax },
      }),
    { everyMs: 5_000, slowestMs: 30_000 },
  ).data;
  return (
    <>
      <Head
        title="Treasury and gas"
        lead="Payouts are made from the treasury, and gas lanes pay for the transactions. When either is short, withdrawals on that network wait."
      />
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {data === null ? (
        error === null && <Loading rows={6} />
      ) : data.data.length === 0 ? (
        <Empty title="No network is configured." />
      ) : (
        <>
          {!data.complete && (
            <Notice tone="info">
              So many withdrawals are under way that the sums are those of the oldest of them.
            </Notice>
          )}
          {data.data.map((one) => (
            <OneNetwork
              key={`${one.network} ${one.asset}`}
              one={one}
              waiting={(waiting?.data ?? []).filter(
                ({ network, asset }) => network === one.network && asset === one.asset,
              )}
            />
          ))}
        </>
      )}
    </>
  );
}

type OneProps = { one: Network; waiting: readonly OpenWithdrawal[] };
function OneNetwork({ one, waiting }: OneProps) {
  const { treasury, signedNotFinal, waitsForMoney } = one;
  const missing = missingIn(one);
  return (
    <Panel
      title={`${one.asset} on ${one.network}`}
      aside={
        treasury.address === null ? undefined : (
          <Id id={treasury.address} label="the treasury’s address" />
        )
      }
    >
      <dl class="tiles inside">
        <div class={waitsForMoney.count > 0 ? 'alarm' : ''}>
          <dt>Treasury</dt>
          <dd>
            {treasury.balance === null ? (
              <span class="note">{treasury.unknown ?? 'not known'}</span>
            ) : (
              <Money amount={treasury.balance} currency={one.asset} />
            )}
          </dd>
        </div>
        <Sum name="Signed, not final" sum={signedNotFinal} asset={one.asset} />
        <Sum name="Waits for money" sum={waitsForMoney} asset={one.asset} />
        {missing !== null && (
          <div class="alarm">
            <dt>Missing</dt>
            <dd>
              <Money amount={missing} currency={one.asset} />
              <span class="note"> for all that waits</span>
            </dd>
          </div>
        )}
      </dl>
      <Waits those={waiting} />
      {one.gasLanes.length === 0 ? (
        <p class="note pad">
          {one.gasLanesUnknown ??
            (coinOf(one.network) === one.asset
              ? 'No gas lane is needed: each payout pays its fee out of this treasury.'
              : 'There are no gas lanes.')}
        </p>
      ) : (
        <Table
          label={`Gas lanes of ${one.asset} on ${one.network}`}
          columns={[
            'Gas lane',
            { name: 'Balance', end: true },
            { name: 'Next nonce', end: true },
            'Oldest unconfirmed',
          ]}
        >
          {one.gasLanes.map((lane) => (
            <tr key={lane.address}>
              <td>
                <Id id={lane.address} label="the lane’s address" />
              </td>
              <td class={`end ${isNothing(lane.balance) ? 'alarm' : ''}`}>
                {lane.balance === null ? (
                  <span class="note">{lane.unknown ?? 'not known'}</span>
                ) : (
                  <Money amount={rounded(lane.balance)} currency={coinOf(one.network)} />
                )}
              </td>
              <td class="end">{lane.nextNonce ?? <span class="note">—</span>}</td>
              <td>
                {lane.oldestUnconfirmed === null ? (
                  <span class="note">none</span>
                ) : (
                  <>
                    <a href={to('withdrawals', lane.oldestUnconfirmed.withdrawalId)}>
                      nonce {lane.oldestUnconfirmed.nonce}
                    </a>
                    , <Ago at={lane.oldestUnconfirmed.since} />
                  </>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}

/** What the treasury lacks for what is signed and what waits; `null`: nothing, or it is not known. */
function missingIn({ asset, treasury, signedNotFinal, waitsForMoney }: Network): string | null {
  if (waitsForMoney.count === 0 || treasury.balance === null) return null;
  const [has, ...needed] = [treasury.balance, signedNotFinal.amount, waitsForMoney.amount].map(
    (amount) => minor(amount, asset),
  );
  if (has == null) return null;
  let lacks = -has;
  for (const one of needed) {
    if (one === null) return null;
    lacks += one;
  }
  return lacks > 0n ? major(lacks, asset) : null;
}

const isNothing = (amount: string | null): boolean => amount !== null && !/[1-9]/.test(amount);

/** What stands still for want of what this view shows, and what ends it: said where it can be seen to be so. */
function Waits({ those }: { those: readonly OpenWithdrawal[] }) {
  const by = Map.groupBy(those, ({ waitingFor }) => waitingFor?.reason);
  return [...by].map(([reason, all]) => {
    if (reason === undefined || !isOurs(reason)) return null;
    const { label, why, ends } = waitWords[reason];
    return (
      <Notice key={reason} tone="wait" title={`${label}.`}>
        {why} {ends} It holds up{' '}
        {all.slice(0, namedMax).map((one, index) => (
          <span key={one.id}>
            {index === 0 ? '' : ', '}
            <a href={to('withdrawals', one.id)}>
              {grouped(one.amount)} {one.currency}
            </a>
          </span>
        ))}
        {all.length > namedMax && ` and ${count(all.length - namedMax)} more`}.
      </Notice>
    );
  });
}
const namedMax = 3;
const isOurs = (reason: WaitReason): boolean => waitWords[reason].where?.[0] === 'treasury';

const shownDecimals = 6;
/** Gas has 18 decimals, of which the last are of use to nobody. It is cut, not rounded up: it never says more than there is. */
const rounded = (amount: string): string => {
  const [whole = '', rest = ''] = amount.split('.');
  return rest === '' ? whole : `${whole}.${rest.slice(0, shownDecimals)}`;
};

function Sum({ name, sum, asset }: { name: string; sum: Network['waitsForMoney']; asset: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Money amount={sum.amount} currency={asset} />
        <span class="note">
          {' '}
          {count(sum.count)} payout{sum.count === 1 ? '' : 's'}
          {sum.oldestSince !== null && (
            <>
              , the oldest <Ago at={sum.oldestSince} />
            </>
          )}
        </span>
      </dd>
    </div>
  );
}
