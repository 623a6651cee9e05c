/** Puts money on a wallet, or takes some of it. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { ask } from '../api/call.ts';
import { keyFor } from '../api/session.ts';
import type { Wallet } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { Money } from '../ui/parts.tsx';

export function MoveMoney({ wallet }: { wallet: Wallet }) {
  return (
    <>
      <Move wallet={wallet} type="CREDIT" />
      <Move wallet={wallet} type="DEBIT" />
    </>
  );
}

function Move({ wallet, type }: { wallet: Wallet; type: 'CREDIT' | 'DEBIT' }) {
  const amount = useSignal('100.00');
  const keys = useMemo(() => ({ key: crypto.randomUUID() as string }), []);
  const isCredit = type === 'CREDIT';
  return (
    <Act
      label={isCredit ? 'Credit' : 'Debit'}
      title={isCredit ? 'Put money on this wallet' : 'Take money off this wallet'}
      confirm={isCredit ? 'Credit it' : 'Debit it'}
      kind={isCredit ? 'main' : 'plain'}
      run={async () => {
        const answer = await ask('POST', `/v1/wallets/${wallet.id}/transactions`, {
          key: keyFor('transactions:write'),
          body: { type, amount: amount.value.trim() },
          idempotencyKey: `console-${keys.key}`,
        });
        // Without an answer the same key goes with the next try, so that it is entered once.
        if (answer.is === 'ok') keys.key = crypto.randomUUID();
        return answer;
      }}
    >
      <label class="field">
        <span>Amount in {wallet.currency}</span>
        <input
          type="text"
          inputMode="decimal"
          value={amount}
          onInput={(event) => {
            amount.value = event.currentTarget.value;
          }}
        />
      </label>
      <p>
        {isCredit
          ? 'It is entered in the ledger, in its turn behind what was asked for before.'
          : 'It is taken if the wallet has as much when its turn comes; otherwise nothing changes.'}{' '}
        There is <Money amount={wallet.available} currency={wallet.currency} /> now.
      </p>
    </Act>
  );
}
