/** The kinds of wallet that the form can make, and what each of them pays. */
import type { Wallet } from '../api/types.ts';

type Currency = Wallet['currency'];
export type Kind = {
  currency: Currency;
  /** What a choice says, and what has to be known about it. */
  label: string;
  note: string;
  /** What is put on it and withdrawn from it, where nobody has said anything else yet. */
  credit: string;
  amount: string;
};

/** The kind of wallet whose money is at a brokerage. */
export const brokers = 'brokerage';
const own = 'It holds the asset itself: no on-ramp.';
// biome-ignore format: a table
export const kinds: Record<string, Kind> = {
  USD:       { currency: 'USD',  label: 'USD in our ledger',  note: 'The on-ramp turns dollars into USDC.', credit: '250.00', amount: '100.00' },
  USDC:      { currency: 'USDC', label: 'USDC in our ledger', note: own, credit: '250.00', amount: '100.00' },
  ETH:       { currency: 'ETH',  label: 'ETH in our ledger',  note: own, credit: '0.25',   amount: '0.10' },
  SOL:       { currency: 'SOL',  label: 'SOL in our ledger',  note: own, credit: '2.50',   amount: '1.00' },
  BTC:       { currency: 'BTC',  label: 'BTC in our ledger',  note: own, credit: '0.025',  amount: '0.01' },
  [brokers]: { currency: 'USD',  label: 'USD at a brokerage', note: 'The brokerage is asked for the cash first.', credit: '', amount: '100.00' },
};

/** What a wallet pays: dollars become USDC, and everything else is paid as it is. */
export const assetOf = (currency: Currency) => (currency === 'USD' ? ('USDC' as const) : currency);

/** The accounts that `npm start` gives its clients (docs/configuration.md, `ALPACA_ACCOUNTS`). */
export const localAccounts: Partial<Record<string, string>> = {
  alice: 'a11ce000-0000-4000-8000-000000000001',
  bob: 'b0b00000-0000-4000-8000-000000000001',
};
