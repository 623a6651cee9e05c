/** A form that makes a withdrawal, with a wallet and money for it if there is none, and shows how a program does the same. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask, basePath, saidBy } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { client, isLocal, keyFor, may } from '../api/session.ts';
import type { Networks, Page, Wallet, WithdrawalBatchAnswer } from '../api/types.ts';
import { CopyBlock } from '../ui/copy-block.tsx';
import { Select, Text } from '../ui/fields.tsx';
import { Head, Notice, Panel } from '../ui/parts.tsx';
import { go } from '../ui/route.ts';
import { grouped } from '../words/format.ts';
import { Batched } from './batched.tsx';
import { Estimate, useAddressFault } from './before.tsx';
import { curlFor } from './curl.ts';
import { assetOf, brokers, kinds, localAccounts } from './kinds.ts';
import { carryOut, type Plan } from './plan.ts';
import { shortage } from './shortage.ts';

const copiesMax = 100;
const localExample = isLocal ? '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' : '';
const walletsMax = 100;

const newKey = (): string => `console-${crypto.randomUUID()}`;

export function Make() {
  const key = useSignal(newKey());
  const wallet = useSignal('');
  const currency = useSignal('USD');
  const account = useSignal(localAccounts[client.value?.name.split('_')[0] ?? ''] ?? '');
  const credit = useSignal(isLocal ? (kinds['USD']?.credit ?? '') : '');
  const amount = useSignal(kinds['USD']?.amount ?? '');
  const network = useSignal('base');
  const address = useSignal(localExample);
  const reference = useSignal('');
  const copies = useSignal('1');
  const lastAsked = useSignal<string | null>(null);
  const step = useSignal<string | null>(null);
  const error = useSignal<string | null>(null);
  const batch = useSignal<WithdrawalBatchAnswer | null>(null);
  const wallets = usePoll(
    may('wallets:read') ? 'wallets to choose' : null,
    () =>
      ask<Page<Wallet>>('GET', '/v1/wallets', {
        key: keyFor('wallets:read'),
        query: { limit: walletsMax },
      }),
    { everyMs: 5_000, slowestMs: 60_000 },
  );
  const networks = usePoll(
    'networks',
    () => ask<Networks>('GET', '/v1/networks', { key: keyFor('withdrawals:read') }),
    {
      everyMs: 60_000,
      slowestMs: 300_000,
    },
  );

  const chosen = wallets.data?.data.find(({ id }) => id === wallet.value) ?? null;
  const kind = kinds[currency.value];
  const holds = chosen?.currency ?? kind?.currency ?? 'USD';
  const asset = assetOf(holds);
  const payable = networks.data?.data.filter(({ assets }) => assets.includes(asset)) ?? [];
  const on = payable.find((one) => one.network === network.value) ?? payable[0];
  const fault = useAddressFault(on?.network ?? '', address.value.trim());
  // Where no money can be lost an address is there already, until somebody writes another.
  const example = useRef(localExample);
  useEffect(() => {
    if (on === undefined) return;
    const next = isLocal ? on.addressExample : '';
    if (address.peek() === example.current) address.value = next;
    example.current = next;
    network.value = on.network;
  }, [on?.network]);
  const isBrokers = chosen === null && currency.value === brokers;
  const isAtBrokerage = isBrokers || chosen?.funding.type === 'alpaca';
  // What a brokerage has is the brokerage's to say.
  const mayCredit = may('transactions:write') && !isAtBrokerage;
  const plan: Plan = {
    walletId: wallet.value === '' ? null : wallet.value,
    newWallet: isBrokers
      ? { currency: 'USD', funding: { type: 'alpaca', accountId: account.value.trim() } }
      : { currency: holds },
    credit: mayCredit && credit.value.trim() !== '' ? credit.value.trim() : null,
    amount: amount.value.trim(),
    network: on?.network ?? network.value,
    address: address.value.trim(),
    reference: reference.value.trim(),
    copies: Math.min(copiesMax, Math.max(1, Number.parseInt(copies.value, 10) || 1)),
    key: key.value,
    body: (walletId) => ({
      walletId,
      amount: amount.value.trim(),
      asset,
      network: on?.network ?? network.value,
      destinationAddress: address.value.trim(),
      ...(reference.value.trim() === '' ? {} : { reference: reference.value.trim() }),
    }),
  };

  const short = isAtBrokerage ? null : shortage(plan, holds, chosen?.available ?? '0');
  const submit = async (): Promise<void> => {
    error.value = null;
    batch.value = null;
    const { credit: put, copies: times } = plan;
    const asked = JSON.stringify([put, times, plan.body('')]);
    // Another request is a new one, and the same key would refuse it.
    if (lastAsked.value !== null && lastAsked.value !== asked) key.value = newKey();
    lastAsked.value = asked;
    const done = await carryOut(
      { ...plan, key: key.value },
      (said) => {
        step.value = said;
      },
      (walletId) => {
        wallet.value = walletId;
        wallets.refresh();
      },
    );
    step.value = null;
    if (done.is !== 'ok') {
      error.value = saidBy(done);
      return;
    }
    // Only now is the next submission a new withdrawal. Until then it is this one, sent again.
    key.value = newKey();
    lastAsked.value = null;
    if ('results' in done.data) batch.value = done.data;
    else go('withdrawals', done.data.id);
  };
  return (
    <>
      <Head
        title="Make one"
        lead="A withdrawal takes money from a wallet and pays it to an address on a blockchain: dollars as USDC, everything else as what it is."
      />
      <div class="columns even">
        <Panel title="What to pay">
          <form
            class="form"
            onSubmit={(event) => {
              event.preventDefault();
              void submit();
            }}
          >
            <Select label="From" value={wallet}>
              <option value="">a new wallet</option>
              {wallets.data?.data.map(({ id, available, currency: of, reference: called }) => (
                <option key={id} value={id}>
                  {grouped(available)} {of} · {called ?? id.slice(0, 12)}
                </option>
              ))}
            </Select>
            {wallet.value === '' && (
              <Select
                label="It holds"
                value={currency}
                note={kind?.note ?? ''}
                chosen={(value, before) => {
                  const [was, is] = [kinds[before], kinds[value]];
                  if (credit.value === was?.credit) credit.value = is?.credit ?? '';
                  if (amount.value === was?.amount) amount.value = is?.amount ?? '';
                }}
              >
                {Object.entries(kinds).map(([value, { label }]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
            {isBrokers && (
              <Text
                label="Account at the brokerage"
                value={account}
                required
                mono
                note="The cash is taken there when it is asked for."
              />
            )}
            {mayCredit && (
              <Text
                label="Put money on it first"
                value={credit}
                note="An entry in the ledger. Leave it empty to put nothing."
              />
            )}
            <Text label="Amount" value={amount} required note={`In ${holds}.`} />
            <Select label="Network" value={network} note={`What pays ${asset}.`}>
              {payable.length === 0 && <option>{network}</option>}
              {payable.map((one) => (
                <option key={one.network} value={one.network}>
                  {one.network}
                  {one.status === 'UP' ? '' : ` (${one.status.toLowerCase()})`}
                </option>
              ))}
            </Select>
            <Text
              label="To the address"
              value={address}
              required
              mono
              note={
                fault ??
                (address.value === on?.addressExample ? 'An example: nobody has its key.' : '')
              }
              wrong={fault !== null}
            />
            <Text
              label="Reference"
              value={reference}
              note="Your own name for it. It can be found by it."
            />
            {isLocal && (
              <Text
                label="How many"
                value={copies}
                note={`Up to ${copiesMax}, as one batch: each with a key of its own.`}
              />
            )}
            <Estimate
              asked={{ currency: holds, amount: plan.amount, asset, network: plan.network }}
              on={on}
            />
            {short !== null && <Notice tone="wait">{short}</Notice>}
            {error.value !== null && (
              <Notice tone="bad" title="Not done.">
                {error.value} What was done already is not done again: the same idempotency key goes
                with the next try.
              </Notice>
            )}
            {batch.value !== null && <Batched {...batch.value} />}
            <button type="submit" class="button main wide" disabled={step.value !== null}>
              {step.value ?? (plan.copies === 1 ? 'Withdraw' : `Withdraw ${plan.copies} times`)}
            </button>
          </form>
        </Panel>
        <Panel title="The same by a program">
          <CopyBlock text={curlFor(location.origin + basePath, plan)} label="the commands" />
          <p class="note">
            The <strong>idempotency key</strong> makes it safe to send again when no answer came:
            the same key is the same withdrawal, however often it is sent.{' '}
            <a href={`${basePath}/docs`}>Everything the API can do</a>
          </p>
        </Panel>
      </div>
    </>
  );
}
