/** What the form is about to do, and the doing of it: a wallet if there is none, money on it, and the withdrawals. */
import { type Answer, ask } from '../api/call.ts';
import { keyFor } from '../api/session.ts';
import type { Transaction, Wallet, Withdrawal, WithdrawalBatchAnswer } from '../api/types.ts';

export type Plan = {
  /** `null`: a new one is made. */
  walletId: string | null;
  /** What a new wallet is made of. */
  newWallet: { currency: Wallet['currency']; funding?: Wallet['funding'] };
  /** What is put on it first; `null`: nothing. */
  credit: string | null;
  amount: string;
  network: string;
  address: string;
  reference: string;
  copies: number;
  /** The idempotency key: as long as it is the same, whatever is sent again is done once. */
  key: string;
  body(walletId: string): object;
};

type Failed = Exclude<Answer<unknown>, { is: 'ok' }>;
/** One withdrawal, or a batch of them. */
export type Done = { is: 'ok'; status: number; data: Withdrawal | WithdrawalBatchAnswer } | Failed;

const pollMs = 300;
const pollsMax = 60;

/** Carries the plan out, as far as it goes. The same plan again goes on where it stopped. */
export async function carryOut(
  plan: Plan,
  tell: (step: string) => void,
  made: (walletId: string) => void,
): Promise<Done> {
  let { walletId } = plan;
  if (walletId === null) {
    tell('Making a wallet …');
    const wallet = await ask<Wallet>('POST', '/v1/wallets', {
      key: keyFor('wallets:write'),
      body: plan.newWallet,
    });
    if (wallet.is !== 'ok') return wallet;
    walletId = wallet.data.id;
    made(walletId);
  }
  if (plan.credit !== null) {
    tell('Putting money on it …');
    const failed = await credited(walletId, plan.credit, `${plan.key}-credit`);
    if (failed !== null) return failed;
  }
  if (plan.copies === 1) {
    tell('Asking for the withdrawal …');
    return ask<Withdrawal>('POST', '/v1/withdrawals', {
      key: keyFor('withdrawals:write'),
      body: plan.body(walletId),
      idempotencyKey: plan.key,
    });
  }
  tell(`Asking for ${plan.copies} withdrawals …`);
  return ask<WithdrawalBatchAnswer>('POST', '/v1/withdrawal-batches', {
    key: keyFor('withdrawals:write'),
    body: batchOf(plan, walletId),
    idempotencyKey: plan.key,
  });
}

/** Each line stands alone, under a key of its own. */
export const batchOf = (plan: Plan, walletId: string) => ({
  withdrawals: Array.from({ length: plan.copies }, (_, line) => ({
    key: `${plan.key}-${line + 1}`,
    ...plan.body(walletId),
  })),
});

async function credited(
  walletId: string,
  amount: string,
  idempotencyKey: string,
): Promise<Failed | null> {
  const at = `/v1/wallets/${walletId}/transactions`;
  const asked = await ask<Transaction>('POST', at, {
    key: keyFor('transactions:write'),
    body: { type: 'CREDIT', amount },
    idempotencyKey,
  });
  if (asked.is !== 'ok') return asked;
  let now = asked.data;
  // A withdrawal would wait its turn behind the credit anyway; waiting here shows a refusal where it belongs.
  for (let poll = 0; poll < pollsMax && now.status === 'PENDING'; poll += 1) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    const answer = await ask<Transaction>('GET', `${at}/${now.id}`, {
      key: keyFor('wallets:read'),
    });
    if (answer.is === 'ok') now = answer.data;
  }
  return now.status === 'FAILED'
    ? {
        is: 'refused',
        status: 409,
        problem: {
          title: 'Not credited',
          detail: now.failure?.message ?? 'The credit failed.',
          code: 'CONFLICT',
        },
      }
    : null;
}
