/**
 * Takes dollars in: those that Due draws itself, those of its bank, and those of `POST /dev/payin`
 * (due.readme.io/docs/sandbox-configuration). They have a transfer's memo, or make a transfer in a virtual account.
 */
import type { Address } from 'viem';
import { jsonObject, type Route, type SimulatorReply } from '../http.ts';
import { row, type SimulatorStore } from '../sqlite.ts';
import { newTransfer, type Transfer } from './transfer.ts';
import { feeMicros, fiatRails, makeInsert } from './transfers-api.ts';
import { invalid, micros, ok, refused } from './wire.ts';

/** The ways in which dollars come in, with the route of the sandbox. */
export function makePayIns(
  store: SimulatorStore,
  accountId: string,
): {
  work(): void;
  /** Takes dollars with a memo for the transfer that waits for them, or refuses them. */
  receive(memo: string, rail: string, amount: bigint): SimulatorReply;
  /** Takes a wire's dollars into the virtual account with this number, if there is one, once however often it is seen. */
  receiveInto(accountNumber: string, wireId: string, amount: bigint): void;
  routes: readonly Route[];
} {
  const { db } = store;
  const draw = db.prepare(
    `UPDATE transfers SET status = 'funds_received', changedAtMs = $now
     WHERE status = 'awaiting_funds' AND fundAtMs <= $now RETURNING id, memo, sourceMicros`,
  );
  const fund = db.prepare(
    `UPDATE transfers SET status = 'funds_received', changedAtMs = ? WHERE id = ? AND status = 'awaiting_funds'`,
  );
  const byMemo = db.prepare('SELECT * FROM transfers WHERE memo = ?');
  const byAccount = db.prepare(
    `SELECT virtualAccounts.id, virtualAccounts.rail, walletId, address FROM virtualAccounts
     JOIN wallets ON wallets.id = walletId WHERE accountNumber = ? AND detailsAtMs <= ?`,
  );
  const insertReceipt = db.prepare(
    'INSERT INTO receipts (source, reference, micros, atMs, transferId) VALUES (?, ?, ?, ?, ?)',
  );
  const insertArrival = db.prepare('INSERT OR IGNORE INTO arrivals (wireId) VALUES (?)');
  const insertTransfer = makeInsert(store);

  /** Memo and amount must be exact (due.readme.io/docs/transfer-flow); other dollars are not taken in. */
  function toTransfer(transfer: Transfer, rail: string, amount: bigint): SimulatorReply {
    if (amount !== BigInt(transfer.sourceMicros))
      return refused(400, 'err_transfer_invalid_amount', 'Invalid transfer amount');
    return store.transaction(() => {
      const now = Date.now();
      if (fund.run(now, transfer.id).changes === 0)
        return refused(422, 'err_transfer_not_awaiting_funds', 'Transfer is not awaiting funds');
      insertReceipt.run(rail, transfer.memo, String(amount), now, transfer.id);
      return ok({});
    });
  }

  type Account = { id: string; rail: string; walletId: string; address: Address };
  /** The deposit decides what is paid: an account expects no amount (due.readme.io/docs/virtual-accounts). */
  function deposit(
    account: Account,
    sourceRail: string,
    amount: bigint,
    isFirst: () => boolean = () => true,
  ): SimulatorReply {
    if (amount <= feeMicros)
      return refused(400, 'err_quote_limit_below_fee', 'Fees exceeded the estimated quote.');
    const quote = {
      sourceRail,
      rail: account.rail,
      sourceMicros: String(amount),
      payoutMicros: String(amount - feeMicros),
      feeMicros: String(feeMicros),
    };
    const wallet = { id: account.walletId, address: account.address };
    store.transaction(() => {
      if (!isFirst()) return;
      const now = Date.now();
      const transfer = newTransfer(quote, wallet, accountId, now, account.id);
      insertTransfer(transfer, null);
      fund.run(now, transfer.id);
      insertReceipt.run(sourceRail, account.id, String(amount), now, transfer.id);
    });
    return ok({});
  }

  function payIn(text: string): SimulatorReply {
    const { reference, recipient, rail, amount, currency } = jsonObject(text) ?? {};
    const value = micros(amount, 2);
    if (currency !== 'USD') return invalid({ currency: 'must be USD' });
    if (value === null || value === 0n) return invalid({ amount: 'invalid' });
    if (typeof rail !== 'string' || !fiatRails.includes(rail)) return invalid({ rail: 'invalid' });
    const number = (recipient as { accountNumber?: unknown } | undefined)?.accountNumber;
    const account = typeof number === 'string' ? row<Account>(byAccount, number, Date.now()) : null;
    if (account !== null) return deposit(account, rail, value);
    return receive(String(reference), rail, value);
  }

  function receive(memo: string, rail: string, amount: bigint): SimulatorReply {
    const transfer = row<Transfer>(byMemo, memo);
    if (transfer === null) return invalid({ reference: 'matches no transfer' });
    return toTransfer(transfer, rail, amount);
  }

  return {
    receive,
    receiveInto: (accountNumber, wireId, amount) => {
      const account = row<Account>(byAccount, accountNumber, Date.now());
      if (account !== null)
        deposit(account, 'wire', amount, () => insertArrival.run(wireId).changes === 1);
    },
    work: () => {
      const now = Date.now();
      store.transaction(() => {
        type Drawn = { id: string; memo: string; sourceMicros: string };
        for (const { id, memo, sourceMicros } of draw.all({ $now: now }) as Drawn[])
          insertReceipt.run('drawn', memo, sourceMicros, now, id);
      });
    },
    routes: [{ method: 'POST', path: '/dev/payin', handle: ({ text }) => payIn(text) }],
  };
}
