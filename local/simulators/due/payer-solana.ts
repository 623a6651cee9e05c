/**
 * Pays transfers in test USDC on Solana, each exactly once: a payment is bound to the value of a nonce account of the on-ramp, and
 * saved before it is sent. Sent again, it is the same transaction, and each account carries one payment at a time.
 */

import { base58 } from '@scure/base';
import { solanaSigner } from '../../../lambdas/adapters/solana/signer.ts';
import { localMessageSigner } from '../../../lambdas/adapters/solana/signer-local.ts';
import { errorName } from '../../../lambdas/core/kernel/errors.ts';
import { unitLimits } from '../../../lambdas/core/rails/solana/limits.ts';
import { nonceAccountOf } from '../../../lambdas/core/rails/solana/programs.ts';
import { rpc } from '../../chains/json-rpc.ts';
import { devKey } from '../../chains/solana/dev-keys.ts';
import { nonceAccountsHere } from '../../chains/solana/limits.ts';
import { rows, type SimulatorStore } from '../sqlite.ts';
import type { Transfer } from './transfer.ts';

const rail = 'solana';
const sendAgainMs = 2_000;
/** The place of the transfer among the instructions: after the nonce, the two of the offer and the account's. */
const transferIndex = 4;

type Payment = { nonce: number; transferId: string; hash: string; raw: string };
type Account = { data: [string, string] } | null;
type Status = { err: unknown; confirmationStatus: string } | null;

export function makeSolanaPayer(
  store: SimulatorStore,
  { rpcUrl, token }: { rpcUrl: string; token: string },
): { work(): Promise<void> } {
  const { db } = store;
  const signer = solanaSigner(localMessageSigner(devKey('liquidity')), [token]);
  const approved = db.prepare(
    `SELECT transfers.*, coalesce(courses.payoutMicros, transfers.payoutMicros) AS paidMicros
     FROM transfers LEFT JOIN courses ON transferId = id
     WHERE status = 'approved' AND rail = '${rail}' ORDER BY seq LIMIT ${nonceAccountsHere}`,
  );
  const last = db.prepare('SELECT coalesce(max(nonce), 0) AS nonce FROM payments WHERE rail = ?');
  const insert = db.prepare(
    'INSERT INTO payments (rail, nonce, transferId, hash, raw) VALUES (?, ?, ?, ?, ?)',
  );
  const submitted = db.prepare(
    `UPDATE transfers SET status = 'payment_submitted', changedAtMs = ? WHERE id = ?`,
  );
  const open = db.prepare('SELECT * FROM payments WHERE rail = ? AND mined = 0 ORDER BY nonce');
  const unsent = db.prepare(
    'SELECT * FROM payments WHERE rail = ? AND mined = 0 AND sentAtMs < ? ORDER BY nonce',
  );
  const sent = db.prepare('UPDATE payments SET sentAtMs = ? WHERE rail = ? AND nonce = ?');
  const mined = db.prepare('UPDATE payments SET mined = 1 WHERE rail = ? AND nonce = ?');
  const finished = db.prepare(
    'UPDATE transfers SET status = ?, changedAtMs = ?, hash = ?, eventIdx = ? WHERE id = ?',
  );
  const accountFor = (nonce: number): string =>
    nonceAccountOf(signer.address, (nonce % nonceAccountsHere) + 1);

  async function sign(): Promise<void> {
    // What is open stands on an account of its own.
    if (rows<Payment>(open, rail).length > 0) return;
    const transfers = rows<Transfer & { paidMicros: string }>(approved);
    let nonce = rows<{ nonce: number }>(last, rail)[0]?.nonce ?? 0;
    for (const transfer of transfers) {
      nonce += 1;
      const nonceAccount = accountFor(nonce);
      const options = { encoding: 'base64', commitment: 'finalized' };
      const { value } = await rpc<{ value: Account }>(
        rpcUrl,
        'getAccountInfo',
        nonceAccount,
        options,
      );
      if (value === null) throw new Error(`the on-ramp has no nonce account ${nonceAccount}`);
      const { raw, signature } = await signer.sign({
        payer: signer.address,
        nonceAccount,
        nonce: base58.encode(Buffer.from(value.data[0], 'base64').subarray(40, 72)),
        ...{ unitLimit: unitLimits.token, unitPrice: 0n },
        transfer: {
          ...{ to: transfer.payTo, value: BigInt(transfer.paidMicros), mint: token, decimals: 6 },
          memo: transfer.id,
        },
      });
      store.transaction(() => {
        insert.run(rail, nonce, transfer.id, signature, Buffer.from(raw).toString('base64'));
        submitted.run(Date.now(), transfer.id);
      });
    }
  }

  async function send(): Promise<void> {
    for (const { nonce, raw } of rows<Payment>(unsent, rail, Date.now() - sendAgainMs)) {
      sent.run(Date.now(), rail, nonce);
      try {
        await rpc(rpcUrl, 'sendTransaction', raw, { encoding: 'base64', skipPreflight: true });
      } catch (error) {
        // Whatever the reply is: its status tells whether it was taken, and without one it is sent again.
        if (errorName(error) !== 'UnavailableError') throw error;
      }
    }
  }

  async function confirm(): Promise<void> {
    const waiting = rows<Payment>(open, rail);
    if (waiting.length === 0) return;
    const hashes = waiting.map(({ hash }) => hash);
    const search = { searchTransactionHistory: true };
    const { value } = await rpc<{ value: Status[] }>(
      rpcUrl,
      'getSignatureStatuses',
      hashes,
      search,
    );
    store.transaction(() => {
      for (const [index, { nonce, transferId, hash }] of waiting.entries()) {
        const status = value[index] ?? null;
        // The account is free again when the next value of its nonce is final.
        if (status?.confirmationStatus !== 'finalized') continue;
        if (status.err === null)
          finished.run('payment_processed', Date.now(), hash, transferIndex, transferId);
        else finished.run('failed', Date.now(), null, null, transferId);
        mined.run(rail, nonce);
      }
    });
  }

  return {
    work: async () => {
      try {
        await sign();
        await send();
        await confirm();
      } catch (error) {
        // The node is away. Everything is in the database, and the next turn goes on.
        if (errorName(error) !== 'UnavailableError') throw error;
      }
    },
  };
}
