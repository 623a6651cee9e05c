/** Alpaca's accounts and journals as docs.alpaca.markets/us/reference shows them: decimals are strings, a journal's amount is `net_amount`. */
import type { BrokerageTruth } from '../truth.ts';
import type { Past } from './parts.ts';

export type Account = {
  id: string;
  cents: bigint;
  status: string;
  transfersBlocked: boolean;
  blocked: boolean;
};
export type Journal = {
  -readonly [K in keyof BrokerageTruth['journals'][number]]: BrokerageTruth['journals'][number][K];
} & {
  /** As it was shown at each time. */
  past: Past<{ status: string; text: string }>;
  systemDate: string | null;
  /** Counts what was decided about it: what was to come by itself before is then off. */
  turn: number;
};

export function centsIn(text: unknown): bigint | null {
  const [, whole, fraction = ''] = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(String(text)) ?? [];
  if (typeof text !== 'string' || whole === undefined) return null;
  const cents = BigInt(whole + fraction.padEnd(2, '0'));
  return cents > 0n ? cents : null;
}

/** As short as it can be: `645`, `115.5`, `-0.01`. */
function decimal(cents: bigint): string {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  const fraction = digits.slice(-2).replace(/0+$/, '');
  const text = digits.slice(0, -2) + (fraction === '' ? '' : `.${fraction}`);
  return cents < 0n ? `-${text}` : text;
}

export const journalShape = (journal: Journal) => ({
  id: journal.id,
  entry_type: 'JNLC',
  from_account: journal.from,
  to_account: journal.to,
  symbol: '',
  qty: null,
  price: '0',
  status: journal.status,
  settle_date: journal.systemDate,
  system_date: journal.systemDate,
  net_amount: decimal(journal.cents),
  description: journal.description,
});

/** A firm's list may hold others' affairs: journals of shares, of another currency, and such as no document describes. */
export const strangeJournals: readonly string[] = [
  { id: 'j-1', entry_type: 'JNLS', symbol: 'AAPL', qty: '1.5', price: null, status: 7 },
  { id: 'j-2', entry_type: 'JNLC', currency: 'EUR', net_amount: '90,5', status: 'executed' },
  { entry_type: 'JNLC', currency: 'USD', net_amount: '12.3456', description: '', status: null },
].map((one) => JSON.stringify(one));

/** A journal with one field that nobody can read. What can be read of it is true. */
export const garblings: readonly ((text: string) => string)[] = [
  (text) => text.replace(/"net_amount":"([^"]*)"/, '"net_amount":$1'),
  (text) => text.replace(/"net_amount":"([^"]*)"/, '"net_amount":"$1.001"'),
  (text) => text.replace(/"status":"[^"]*"/, '"status":null'),
  (text) => text.replace(/"from_account":"[^"]*"/, '"from_account":{}'),
  (text) => text.replace(/"description":"[^"]*"/, '"description":["?"]'),
  (text) => text.replace(/"id":"[^"]*",/, ''),
];

/** No positions here, but an account on margin: its buying power and what may be wired are not what a journal may move. */
export const accountShape = ({ id, status, cents, transfersBlocked, blocked }: Account) => ({
  id,
  account_number: '927584925',
  status,
  currency: 'USD',
  buying_power: decimal(2n * cents),
  cash: decimal(cents),
  cash_withdrawable: '0',
  cash_transferable: `${decimal(cents)}${cents % 100n === 0n ? '' : '0000001'}`,
  pending_transfer_out: '0',
  pending_transfer_in: '0',
  trading_blocked: false,
  transfers_blocked: transfersBlocked,
  account_blocked: blocked,
  trade_suspended_by_user: false,
  multiplier: '2',
  clearing_broker: 'VELOX',
});
