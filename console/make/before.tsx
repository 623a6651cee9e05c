/** What is known before anything is asked for: whether the address can be paid, what would arrive, what it costs and how long it takes. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import type { Network, Quote, ValidatedAddress } from '../api/types.ts';
import { Fact, Facts, Money } from '../ui/parts.tsx';
import { duration, minor } from '../words/format.ts';

const typingMs = 400;
const againMs = 30_000;

/** The value, when it has been the same for a moment: nothing is asked at every key that is pressed. */
function useSettled(value: string): string {
  const settled = useSignal(value);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = value;
    }, typingMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled.value;
}

/** Why nothing would be paid to this address; `null`: it can be paid, or nobody can tell yet. */
export function useAddressFault(network: string, address: string): string | null {
  const body = useSettled(JSON.stringify({ network, address }));
  const { data } = usePoll(
    address === '' ? null : `address ${body}`,
    () =>
      ask<ValidatedAddress>('POST', '/v1/addresses/validate', {
        key: keyFor('withdrawals:read'),
        body: JSON.parse(body),
      }),
    { everyMs: againMs, slowestMs: 10 * againMs },
  );
  return data === null || data.valid ? null : (data.reason ?? 'This address cannot be paid.');
}

type Asked = { currency: string; amount: string; asset: string; network: string };
export function Estimate({ asked, on }: { asked: Asked; on: Network | undefined }) {
  const body = useSettled(JSON.stringify(asked));
  const { amount, currency } = JSON.parse(body) as Asked;
  const { data, error } = usePoll(
    (minor(amount, currency) ?? 0n) === 0n ? null : `quote ${body}`,
    () =>
      ask<Quote>('POST', '/v1/quotes', {
        key: keyFor('withdrawals:read'),
        body: JSON.parse(body),
      }),
    { everyMs: againMs, slowestMs: againMs },
  );
  const state = on === undefined ? null : stateWords[on.status];
  return (
    <section class="estimate" aria-label="What it comes to" aria-live="polite">
      <Facts>
        {data === null ? (
          <Fact name="Arrives">
            <Note>{error ?? 'an estimate is asked for …'}</Note>
          </Fact>
        ) : (
          <>
            <Fact name="Arrives">
              <Money amount={data.payout.amount} currency={data.payout.asset} />
            </Fact>
            {data.fees.map((fee) => (
              <Fact key={fee.type} name={feeNames[fee.type]}>
                <Money amount={fee.amount} currency={fee.currency} />
              </Fact>
            ))}
            <Fact name="Takes about">{duration(data.estimatedSeconds * 1_000)}</Fact>
          </>
        )}
        {state !== null && (
          <Fact name="The network">
            <Note>{state}</Note>
          </Fact>
        )}
      </Facts>
    </section>
  );
}

const Note = ({ children }: { children: ComponentChildren }) => (
  <span class="note">{children}</span>
);
const feeNames: Record<Quote['fees'][number]['type'], string> = {
  'on-ramp': 'The on-ramp keeps',
  network: 'Network fee, paid by us',
};
const stateWords: Record<Network['status'], string | null> = {
  UP: null,
  DEGRADED: 'Some payouts wait at the moment. Nothing is lost: they go on by themselves.',
  DOWN: 'No payout goes through at the moment. What is accepted waits.',
};
