/** Every attempt at the payout that is on record: at most one of them pays. */
import type { Inspected } from '../api/types.ts';
import { Ago, Badge, Id, Panel } from '../ui/parts.tsx';
import { count } from '../words/format.ts';

export function Payouts({ one }: { one: Inspected }) {
  if (one.payouts.length === 0) return null;
  return (
    <Panel title="Attempts at the payout">
      <ul class="entries">
        {one.payouts.map(({ number, pays, withOthers, txHash, explorerUrl, signedAt }) => (
          <li key={number}>
            <span>
              <strong>{number}</strong>{' '}
              {txHash === null ? (
                <span class="note">its transaction cannot be read</span>
              ) : (
                <Id id={txHash} label={`the transaction hash of attempt ${number}`} />
              )}{' '}
              {explorerUrl !== null && (
                <a href={explorerUrl} target="_blank" rel="noreferrer noopener">
                  Explorer
                </a>
              )}
              <span class="note">
                {' '}
                {pays ? '' : 'pays nothing: it makes the others impossible. '}
                {withOthers > 0 && `Together with ${count(withOthers)} other payouts.`}
              </span>
            </span>
            <span class="note">
              {txHash !== null && txHash === one.txHash && one.confirmations > 0 && (
                <Badge tone="good">on chain</Badge>
              )}{' '}
              signed <Ago at={signedAt} />
            </span>
          </li>
        ))}
      </ul>
      <p class="note pad">
        All of them use the same one-time right to pay, so at most one of them ever does.
      </p>
    </Panel>
  );
}
