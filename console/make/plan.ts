/** What the form is about to do, and the doing of it: a wallet if there is none, money on it, and the withdrawals. */
import { type Answer, ask } from '../api/call.ts';
import { keyFor } from '../api/session.ts';
import type { Transaction, Wallet, Withdrawal } from '../api/types.ts';

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
export type Done = { is: 'ok'; status: number; data: Withdrawal[] } | Failed;

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
  const all: Withdrawal[] = [];
  for (let copy = 1; copy <= plan.copies; copy += 1) {
    tell(
      plan.copies === 1
        ? 'Asking for the withdrawal …'
        : `Asking for withdrawal ${copy} of ${plan.copies} …`,
    );
    const answer = await ask<Withdrawal>('POST', '/v1/withdrawals', {
      key: keyFor('withdrawals:write'),
      body: plan.body(walletId),
      idempotencyKey: copy === 1 ? plan.key : `${plan.key}-${copy}`,
    });
    if (answer.is !== 'ok') return answer;
    all.push(answer.data);
  }
  return { is: 'ok', status: 202, data: all };
}

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
