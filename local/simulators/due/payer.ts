/**
 * Pays transfers in test USDC, each exactly once. A payment is a signed transaction with its own nonce, saved before it is
 * sent. After a crash the same bytes are sent again, and the chain takes a nonce once.
 */
import type { Address, Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { keccak256 } from 'viem/utils';
import { errorName } from '../../../lambdas/core/kernel/errors.ts';
import { onRampLiquidity } from '../../chains/dev-accounts.ts';
import { rpc, rpcBatch } from '../../chains/json-rpc.ts';
import { row, rows, type SimulatorStore } from '../sqlite.ts';
import type { Transfer } from './transfer.ts';

export type PayerChain = { rpcUrl: string; token: Address };

type Payment = { nonce: number; transferId: string; hash: Hex; raw: Hex };
type Receipt = {
  status: Hex;
  logs: { address: Address; topics: Hex[]; logIndex: Hex }[];
};

/** A signature takes 0.3 ms, so more of them at once would delay the answers to clients. */
const signedAtOnce = 50;
const sentAtOnce = 200;
/** After so long a payment that is not mined is sent again: a restarted node has forgotten its pool. */
const sendAgainMs = 5_000;
const gas = 100_000n;
const maxFeePerGas = 100_000_000_000n;
/** The topic of `Transfer(address,address,uint256)`. */
const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
/** The selector of `transfer(address,uint256)`. */
const transferSelector = '0xa9059cbb';

/** The payer of one rail. `work` does what can be done now, and resolves also when the node is away. */
export function makePayer(
  store: SimulatorStore,
  rail: string,
  chain: PayerChain,
): { work(): Promise<void> } {
  const { db } = store;
  const account = privateKeyToAccount(onRampLiquidity.privateKey);
  const approved = db.prepare(
    `SELECT transfers.*, coalesce(courses.payoutMicros, transfers.payoutMicros) AS paidMicros
     FROM transfers LEFT JOIN courses ON transferId = id
     WHERE status = 'approved' AND rail = ? ORDER BY seq LIMIT ${signedAtOnce}`,
  );
  const lastNonce = db.prepare('SELECT max(nonce) AS nonce FROM payments WHERE rail = ?');
  const notMinedFrom = db.prepare(
    'UPDATE payments SET mined = 0, sentAtMs = 0 WHERE rail = ? AND nonce >= ?',
  );
  const insertPayment = db.prepare(
    'INSERT INTO payments (rail, nonce, transferId, hash, raw) VALUES (?, ?, ?, ?, ?)',
  );
  const submitted = db.prepare(
    `UPDATE transfers SET status = 'payment_submitted', changedAtMs = ? WHERE id = ?`,
  );
  const toSend = db.prepare(
    `SELECT * FROM payments WHERE rail = ? AND mined = 0 AND sentAtMs < ? ORDER BY nonce LIMIT ${sentAtOnce}`,
  );
  const sent = db.prepare('UPDATE payments SET sentAtMs = ? WHERE rail = ? AND nonce = ?');
  const toConfirm = db.prepare(
    `SELECT * FROM payments WHERE rail = ? AND mined = 0 AND sentAtMs > 0 ORDER BY nonce LIMIT ${sentAtOnce}`,
  );
  const mined = db.prepare('UPDATE payments SET mined = 1 WHERE rail = ? AND nonce = ?');
  const finished = db.prepare(
    'UPDATE transfers SET status = ?, changedAtMs = ?, hash = ?, eventIdx = ? WHERE id = ?',
  );
  let identity: { chainId: number; nextNonce: number } | null = null;

  const noncesUsed = async (): Promise<number> =>
    Number(await rpc<Hex>(chain.rpcUrl, 'eth_getTransactionCount', account.address, 'latest'));

  /** Compares the chain with what was saved. A chain that went back gets the same payments again. */
  async function meetChain(): Promise<{ chainId: number; nextNonce: number }> {
    const chainId = Number(await rpc<Hex>(chain.rpcUrl, 'eth_chainId'));
    const used = await noncesUsed();
    notMinedFrom.run(rail, used);
    const last = row<{ nonce: number | null }>(lastNonce, rail)?.nonce ?? -1;
    return { chainId, nextNonce: Math.max(used, last + 1) };
  }

  async function sign(known: { chainId: number; nextNonce: number }): Promise<void> {
    const transfers = rows<Transfer & { paidMicros: string }>(approved, rail);
    const payments: Payment[] = [];
    for (const [index, transfer] of transfers.entries()) {
      const nonce = known.nextNonce + index;
      const raw = await account.signTransaction({
        type: 'eip1559',
        chainId: known.chainId,
        nonce,
        to: chain.token,
        data: transferCall(transfer.payTo, BigInt(transfer.paidMicros)),
        gas,
        maxFeePerGas,
        maxPriorityFeePerGas: 1n,
      });
      payments.push({ nonce, transferId: transfer.id, hash: keccak256(raw), raw });
    }
    if (payments.length === 0) return;
    store.transaction(() => {
      for (const { nonce, transferId, hash, raw } of payments) {
        insertPayment.run(rail, nonce, transferId, hash, raw);
        submitted.run(Date.now(), transferId);
      }
    });
    known.nextNonce += payments.length;
  }

  async function send(): Promise<void> {
    const now = Date.now();
    const payments = rows<Payment>(toSend, rail, now - sendAgainMs);
    if (payments.length === 0) return;
    // The replies do not matter: a receipt tells whether the payment was taken, and without one it is sent again.
    await rpcBatch(
      chain.rpcUrl,
      payments.map(({ raw }) => ['eth_sendRawTransaction', raw]),
    );
    store.transaction(() => {
      for (const { nonce } of payments) sent.run(now, rail, nonce);
    });
  }

  async function confirm(): Promise<void> {
    const open = rows<Payment>(toConfirm, rail);
    if (open.length === 0) return;
    const used = await noncesUsed();
    // Payments that were mined are so no longer: the chain is looked at anew, and they are sent again.
    if (open.every(({ nonce }) => nonce > used)) identity = null;
    const payments = open.filter(({ nonce }) => nonce < used);
    const replies = await rpcBatch(
      chain.rpcUrl,
      payments.map(({ hash }) => ['eth_getTransactionReceipt', hash]),
    );
    store.transaction(() => {
      for (const [index, { nonce, transferId, hash }] of payments.entries()) {
        const reply = replies[index];
        const receipt =
          reply !== undefined && 'result' in reply ? (reply.result as Receipt | null) : null;
        if (receipt === null) continue; // Only a receipt proves anything, so the next turn asks again.
        const log = receipt.logs.find(
          ({ address, topics }) => sameAddress(address, chain.token) && topics[0] === transferTopic,
        );
        const paid = receipt.status === '0x1' && log !== undefined;
        if (paid)
          finished.run('payment_processed', Date.now(), hash, Number(log.logIndex), transferId);
        else finished.run('failed', Date.now(), null, null, transferId);
        mined.run(rail, nonce);
      }
    });
  }

  return {
    work: async () => {
      try {
        identity ??= await meetChain();
        await sign(identity);
        await send();
        await confirm();
      } catch (error) {
        // The node is away. Everything is in the database, and the next turn goes on.
        if (errorName(error) !== 'UnavailableError') throw error;
      }
    },
  };
}

const transferCall = (to: Address, value: bigint): Hex =>
  `${transferSelector}${to.slice(2).toLowerCase().padStart(64, '0')}${value.toString(16).padStart(64, '0')}`;

const sameAddress = (one: Address, other: Address): boolean =>
  one.toLowerCase() === other.toLowerCase();
