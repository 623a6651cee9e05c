/** A CSV file of payments: each line checked before anything is sent, and given the key that says which payment it is. */
import { createHash } from 'node:crypto';
import type { NewWithdrawal } from '../../client/src/index.ts';
import { amountPattern } from '../../lambdas/core/kernel/money.ts';
import { evmNetworks as evm, isNetwork, networks } from '../../lambdas/core/kernel/networks.ts';
import { evmDestination } from '../../lambdas/core/rails/evm/address.ts';
import { CreateWithdrawal } from '../../lambdas/core/requests/schemas.ts';
import { csvRows, type Row } from './csv.ts';

export type Line = {
  line: number;
  key: string;
  body: NewWithdrawal;
  /** What it pays, whichever batch it is in; `null`: its own key says which payment it is. */
  pays: string | null;
};
export type Wrong = { line: number; column: string; wrong: string };
export type Payroll = { lines: Line[]; wrong: Wrong[] };

/** What every line has that does not say otherwise. */
export type Defaults = { walletId?: string; network?: string; asset: string };

type Column = 'walletId' | 'amount' | 'asset' | 'network' | 'destinationAddress';
const names: Record<string, Column | 'reference' | 'key' | 'maxRetries'> = {
  walletid: 'walletId',
  wallet: 'walletId',
  amount: 'amount',
  asset: 'asset',
  network: 'network',
  destinationaddress: 'destinationAddress',
  address: 'destinationAddress',
  to: 'destinationAddress',
  reference: 'reference',
  key: 'key',
  idempotencykey: 'key',
  maxretries: 'maxRetries',
};
export const columns =
  'to, amount, network, wallet, asset, reference, key, maxRetries, metadata.<name>';

const keyPattern = /^[\x21-\x7e]{1,255}$/;
const evmNetworks: ReadonlySet<string> = new Set(evm);
/** Whether the address of this network is checked here, by the rules of the API. */
export const isCheckedHere = (network: string): boolean => evmNetworks.has(network);

/** Reads a file. `name` says which batch it is: the same lines in another batch are other payments. */
export function payrollIn(text: string, name: string, defaults: Defaults): Payroll {
  const csv = csvRows(text);
  if ('wrong' in csv) return { lines: [], wrong: [{ ...csv, column: '' }] };
  const [head, ...rows] = csv.rows;
  if (head === undefined) return { lines: [], wrong: [{ line: 1, column: '', wrong: 'is empty' }] };
  const columnsOf = headOf(head);
  if ('wrong' in columnsOf) return { lines: [], wrong: columnsOf.wrong };
  const lines: Line[] = [];
  const wrong: Wrong[] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const read = lineOf(row, columnsOf.columns, defaults);
    if ('wrong' in read) {
      wrong.push(...read.wrong);
      continue;
    }
    const { body } = read;
    const pays = paymentOf(body);
    const key = read.key ?? keyOf(name, pays);
    const twin = seen.get(key);
    if (twin !== undefined)
      wrong.push({
        ...{ line: row.line, column: read.key === undefined ? '' : 'key' },
        wrong: `is the same payment as line ${twin}. Two that are meant differ in their reference or key`,
      });
    seen.set(key, row.line);
    lines.push({ line: row.line, key, body, pays: read.key === undefined ? hashOf(pays) : null });
  }
  if (lines.length === 0 && wrong.length === 0)
    wrong.push({ line: head.line, column: '', wrong: 'is followed by no payment' });
  return { lines, wrong };
}

type Head = readonly string[];

const nameOf = (word: string) => (Object.hasOwn(names, word) ? names[word] : undefined);

function headOf({ line, cells }: Row): { columns: Head } | { wrong: Wrong[] } {
  const read = cells.map((cell) =>
    cell.startsWith('metadata.') && cell.length > 9
      ? cell
      : nameOf(cell.toLowerCase().replaceAll(/[ _-]/g, '')),
  );
  const only = cells[0] ?? '';
  if (cells.length === 1 && /[;\t|]/.test(only))
    return { wrong: [{ line, column: '', wrong: 'has no commas, which cells are separated by' }] };
  const wrong = cells.flatMap((cell, index): Wrong[] => {
    const name = read[index];
    if (name === undefined)
      return [{ line, column: cell, wrong: `is no column. There are: ${columns}` }];
    const isTwice = read.indexOf(name) !== index;
    return isTwice ? [{ line, column: cell, wrong: 'is there twice' }] : [];
  });
  for (const needed of ['destinationAddress', 'amount'] as const)
    if (wrong.length === 0 && !read.includes(needed))
      wrong.push({ line, column: needed, wrong: 'is missing from the first line' });
  return wrong.length > 0 ? { wrong } : { columns: read.flatMap((one) => one ?? []) };
}

function lineOf(
  { line, cells }: Row,
  head: Head,
  defaults: Defaults,
): { body: NewWithdrawal; key?: string } | { wrong: Wrong[] } {
  if (cells.length !== head.length) {
    const wrong = `has ${cells.length} cells, and the first line ${head.length}`;
    return { wrong: [{ line, column: '', wrong }] };
  }
  const given = Object.fromEntries(
    head.flatMap((name, index): [string, string][] => {
      const cell = cells[index] ?? '';
      return cell === '' ? [] : [[name, cell]];
    }),
  );
  const { key, maxRetries, ...rest } = given;
  const metadata = Object.entries(rest).flatMap(([name, value]): [string, string][] =>
    name.startsWith('metadata.') ? [[name.slice(9), value]] : [],
  );
  const own = Object.entries(rest).filter(([name]) => !name.startsWith('metadata.'));
  const body = {
    ...{ ...defaults, ...Object.fromEntries(own) },
    ...(metadata.length === 0 ? {} : { metadata: Object.fromEntries(metadata) }),
    ...(maxRetries === undefined ? {} : { maxRetries: wholeIn(maxRetries) }),
  };
  const wrong = faultsOf(body).map((one) => ({ line, ...one }));
  if (key !== undefined && !keyPattern.test(key))
    wrong.push({ line, column: 'key', wrong: 'is not 1 to 255 visible ASCII characters' });
  if (wrong.length > 0) return { wrong };
  // The schema has checked its form; which assets and networks there are is for the API to say.
  return { body: body as NewWithdrawal, ...(key === undefined ? {} : { key }) };
}

/** Words for who writes a table, where those of the schema are for who writes a program. */
function messageOf(column: string, message: string): string {
  if (column === 'amount')
    return 'an amount is written as 1000.00, with a point and without a sign, thousands separators or exponent';
  return column === 'maxRetries' ? 'it is a whole number from 0 to 10' : message;
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** A whole number; what is written otherwise stays text, which the rules of the API refuse. */
const wholeIn = (text: string): number | string => (/^\d{1,9}$/.test(text) ? Number(text) : text);

/** What is wrong with a payment by the rules of the API, each column once. */
function faultsOf(body: Record<string, unknown>): { column: string; wrong: string }[] {
  const parsed = CreateWithdrawal.safeParse(body);
  const faults = new Map<string, string>();
  for (const { path, message } of parsed.success ? [] : parsed.error.issues) {
    const column = String(path[0] ?? '');
    const isThere = body[column] !== undefined;
    const given = JSON.stringify(body[column]);
    if (!faults.has(column))
      faults.set(
        column,
        isThere ? `is ${shortened(given)}: ${messageOf(column, message)}` : 'is missing',
      );
  }
  const { amount, network, destinationAddress } = body;
  if (typeof amount === 'string' && amountPattern.test(amount) && !/[1-9]/.test(amount))
    faults.set('amount', 'is not more than zero');
  if (typeof network === 'string' && network !== '' && !isNetwork(network))
    faults.set('network', `is none of ${networks.join(', ')}`);
  if (typeof destinationAddress === 'string' && evmNetworks.has(String(network))) {
    const checked = evmDestination(destinationAddress, []);
    if ('wrong' in checked)
      faults.set('destinationAddress', `is refused: ${checked.wrong.replace(/\.$/, '')}`);
  }
  return [...faults].map(([column, wrong]) => ({ column, wrong }));
}

/** What makes a payment the same one. How a number or an address is written makes no other of it. */
function paymentOf(body: NewWithdrawal): readonly (string | null)[] {
  const { walletId, amount, asset, network, destinationAddress, reference = null } = body;
  const plain = amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount;
  const isEvm = evmNetworks.has(network);
  const to = isEvm ? destinationAddress.toLowerCase() : destinationAddress;
  return [walletId, plain, asset, network, to, reference];
}

const hashOf = (said: readonly (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 48);

/**
 * The key of a line without one of its own. What the payment is decides, and not where it stands: lines may be moved, added and
 * taken out between two runs.
 */
const keyOf = (name: string, pays: readonly (string | null)[]): string =>
  `batch-${hashOf([name, ...pays])}`;
