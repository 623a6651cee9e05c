/** Alpaca's accounts and journals as docs.alpaca.markets/us/reference shows them: decimals are strings, a journal's amount is `net_amount`. */
import type { BrokerageTruth } from '../truth.ts';
import type { WireResponse } from '../world.ts';
import type { Bank } from './alpaca-wires.ts';
import { json, type Past } from './parts.ts';

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

type KnownWire = BrokerageTruth['wires'][number];
export type Wire = { -readonly [K in keyof KnownWire]: KnownWire[K] } & {
  feeCents: bigint;
  /** It never arrives by itself. */
  lost: boolean;
  /** The memo as it is shown. What goes with the dollars is what was asked for. */
  shownMemo: string;
  updatedAt: number;
  turn: number;
  past: Past<{ text: string }>;
};

export const ok = (body: unknown): WireResponse => json(200, body);
export const okText = (body: string): WireResponse => ({ ...ok(null), body });
/** `{ code, message }`; the code begins with the status. */
export const refused = (status: number, message: string): WireResponse =>
  json(status, { code: status * 100_000 + 10_000, message });

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

const time = (ms: number): string => new Date(ms).toISOString().replace('Z', '123456Z');

export const bankShape = ({ id, status, given }: Bank, accountId: string) => ({
  ...given,
  id,
  account_id: accountId,
  status,
  created_at: '2026-01-05T12:00:00Z',
});

export const wireShape = (wire: Wire, accountId: string) => ({
  id: wire.id,
  relationship_id: '',
  bank_id: wire.bankId,
  account_id: accountId,
  type: 'wire',
  status: wire.status,
  reason: null,
  amount: decimal(wire.cents),
  requested_amount: decimal(wire.cents + wire.feeCents),
  fee: decimal(wire.feeCents),
  fee_payment_method: wire.feeCents > 0n ? 'user' : 'invoice',
  direction: 'OUTGOING',
  created_at: time(wire.createdAt),
  updated_at: time(wire.updatedAt),
  additional_information: wire.shownMemo,
});

/** The firm's list may hold others' affairs: dollars by ACH, dollars that come, and a wire of people without a word to it. */
export const strangeWires: readonly string[] = [
  {
    id: 't-1',
    type: 'ach',
    relationship_id: 'r-1',
    amount: '12.3456',
    direction: 'OUTGOING',
    status: 7,
  },
  {
    id: 't-2',
    type: 'wire',
    bank_id: 'b-1',
    amount: '90,5',
    direction: 'INCOMING',
    status: 'COMPLETE',
  },
  {
    type: 'wire',
    bank_id: 'b-2',
    direction: 'OUTGOING',
    amount: null,
    additional_information: '',
    status: null,
  },
].map((one) => JSON.stringify(one));

/** A wire with one field that nobody can read. What can be read of it is true. */
export const wireGarblings: readonly ((text: string) => string)[] = [
  (text) => text.replace(/"amount":"([^"]*)"/, '"amount":$1'),
  (text) => text.replace(/"amount":"([^"]*)"/, '"amount":"$1 USD"'),
  (text) => text.replace(/"status":"[^"]*"/, '"status":null'),
  (text) => text.replace(/"created_at":"[^"]*"/, '"created_at":"yesterday"'),
  (text) => text.replace(/"additional_information":"[^"]*"/, '"additional_information":["?"]'),
  (text) => text.replace(/"id":"[^"]*",/, ''),
];
