/**
 * Serves `/v1/virtual_accounts` (due.readme.io/docs/virtual-accounts). An account pays to one wallet on one rail for ever;
 * its bank details come later, with an event. POST answers with the guide's names of fields, GET with those of the OpenAPI
 * document, which differ.
 */
import { randomInt } from 'node:crypto';
import { jsonObject, type Route, type SimulatorReply } from '../http.ts';
import { row, rows, type SimulatorStore } from '../sqlite.ts';
import { dueBankAccount } from './transfer.ts';
import { dueId, invalid, nanoTime, ok, refused } from './wire.ts';

export type VirtualAccount = {
  id: string;
  reference: string;
  walletId: string;
  rail: string;
  accountNumber: string;
  createdAtMs: number;
  detailsAtMs: number | null;
};

export type VirtualAccountsOptions = {
  accountId: string;
  rails: ReadonlySet<string>;
  /** How long the bank takes for the details; null means until `POST /_virtual_accounts/{reference}`. */
  detailsMs: number | null;
};

const searchable = ['destination', 'schemaIn', 'currencyIn', 'railOut', 'currencyOut'] as const;

export function makeVirtualAccounts(store: SimulatorStore, options: VirtualAccountsOptions) {
  const { db } = store;
  const insert = db.prepare(
    `INSERT INTO virtualAccounts (id, reference, walletId, rail, accountNumber, createdAtMs, detailsAtMs)
     VALUES ($id, $reference, $walletId, $rail, $accountNumber, $createdAtMs, $detailsAtMs)`,
  );
  const byReference = db.prepare('SELECT * FROM virtualAccounts WHERE reference = ?');
  const all = db.prepare('SELECT * FROM virtualAccounts WHERE createdAtMs <= ? ORDER BY seq');
  const wallet = db.prepare('SELECT id FROM wallets WHERE id = ?');
  const complete = db.prepare('UPDATE virtualAccounts SET detailsAtMs = ? WHERE reference = ?');

  function create(text: string): SimulatorReply {
    const body = jsonObject(text) ?? {};
    const required = ['destination', 'schemaIn', 'railOut', 'currencyOut', 'reference'];
    const missing = required.filter((name) => typeof body[name] !== 'string' || !body[name]);
    if (missing.length > 0)
      return invalid(Object.fromEntries(missing.map((name) => [name, 'required'])));
    const text_ = (name: string) => String(body[name]);
    const [destination, rail, reference] = ['destination', 'railOut', 'reference'].map(text_);
    if (row(wallet, destination ?? '') === null)
      return refused(400, 'err_transfer_invalid_destination_id', 'Invalid destination ID');
    if (body['schemaIn'] !== 'bank_us' || body['currencyOut'] !== 'USDC')
      return refused(400, 'err_channel_not_found', 'Virtual account channel not found');
    if (!options.rails.has(rail ?? ''))
      return refused(400, 'err_channel_not_found', 'Virtual account channel not found');
    // Due does not document what a second account with the same reference would be.
    if (row(byReference, reference ?? '') !== null) return invalid({ reference: 'already used' });
    const now = Date.now();
    const account: VirtualAccount = {
      id: dueId('va'),
      reference: reference ?? '',
      walletId: destination ?? '',
      rail: rail ?? '',
      accountNumber: String(randomInt(10 ** 11, 10 ** 12)),
      createdAtMs: now,
      detailsAtMs: options.detailsMs === null ? null : now + options.detailsMs,
    };
    insert.run(account);
    const { destination: destinationId, reference: nonce, ...rest } = shapeOf(account);
    return ok({ ...rest, destinationId, nonce });
  }

  const shapeOf = (account: VirtualAccount) => ({
    id: account.id,
    key: account.reference,
    ownerId: options.accountId,
    destination: account.walletId,
    schemaIn: 'bank_us',
    currencyIn: 'USD',
    railOut: account.rail,
    currencyOut: 'USDC',
    reference: account.reference,
    details: isComplete(account)
      ? { ...dueBankAccount, accountNumber: account.accountNumber }
      : null,
    memo: '',
    isActive: true,
    createdAt: nanoTime(account.createdAtMs),
    applicationFeeBps: 0,
    applicationFeeAmount: '0',
  });

  function list(query: URLSearchParams, asOfMs = Date.now()): SimulatorReply {
    const shapes = rows<VirtualAccount>(all, asOfMs).map(shapeOf);
    const wanted = searchable.filter((name) => query.get(name) !== null);
    return ok(shapes.filter((one) => wanted.every((name) => one[name] === query.get(name))));
  }

  const routes: Route[] = [
    { method: 'POST', path: '/v1/virtual_accounts', handle: ({ text }) => create(text) },
    {
      method: 'GET',
      path: '/v1/virtual_accounts/list',
      handle: ({ query, asOfMs }) => list(query, asOfMs),
    },
    {
      method: 'GET',
      path: '/v1/virtual_accounts/:key',
      handle: (_, key = '') => {
        const account = row<VirtualAccount>(byReference, key);
        // Due documents no code for this, so it is made up.
        return account === null
          ? refused(404, 'err_virtual_account_not_found', 'Virtual account not found')
          : ok(shapeOf(account));
      },
    },
  ];
  /** The control route, without a key, that makes the bank give the details. */
  const control: Route[] = [
    {
      method: 'POST',
      path: '/_virtual_accounts/:key',
      handle: (_, key = '') =>
        complete.run(Date.now(), key).changes === 0
          ? refused(404, 'err_virtual_account_not_found', 'Virtual account not found')
          : ok({}),
    },
  ];
  return { routes, control, shapeOf };
}

const isComplete = ({ detailsAtMs }: VirtualAccount): boolean =>
  detailsAtMs !== null && detailsAtMs <= Date.now();
