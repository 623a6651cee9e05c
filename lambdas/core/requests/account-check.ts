/** Looks at the brokerage account before a withdrawal is accepted: that may spare a rejection later and decides nothing. */
import type { Gates } from '../breakers/gates.ts';
import { readingBrokerage } from '../breakers/names.ts';
import type { Brokerage } from '../brokerage/brokerage.ts';
import { formatAmount, type Minor } from '../kernel/money.ts';
import type { BrokerageWallet } from '../ledger/wallet.ts';
import { type Problem, refuse, refuseField } from './problem.ts';

type Accounts = Pick<Brokerage, 'account'>;

/** Asks no brokerage whose circuit breaker is open, and never probes it, so that a client waits for one call at most. */
export const unlessShut = ({ account }: Accounts, gates: Pick<Gates, 'isShut'>): Accounts => ({
  account: async (id) =>
    (await gates.isShut(readingBrokerage))
      ? { ok: false, refused: false, why: 'known to be away' }
      : account(id),
});

/** Asks for each account once: the lines of a batch are as good as at one moment. */
export function askedOncePerAccount({ account }: Accounts): Accounts {
  const asked = new Map<string, ReturnType<Accounts['account']>>();
  return {
    account: (id) => {
      const answer = asked.get(id) ?? account(id);
      asked.set(id, answer);
      return answer;
    },
  };
}

/** Why the account cannot pay this now; `null` when it can, or when the brokerage does not answer: the journal will tell. */
export async function brokerageProblem(
  brokerage: Accounts | null,
  { currency, funding }: BrokerageWallet,
  amount: Minor,
): Promise<Problem | null> {
  if (brokerage === null) throw new Error('A wallet is at a brokerage: set ALPACA_BASE_URL.');
  const asked = await brokerage.account(funding.accountId);
  if (!asked.ok && !asked.refused) return null;
  if (!asked.ok || !asked.value.usable)
    return refuse('ACCOUNT_INACTIVE', 'The brokerage account is not active, or it is blocked.');
  if (asked.value.transferable >= amount) return null;
  const has = formatAmount(asked.value.transferable, currency);
  return refuseField(
    'INSUFFICIENT_FUNDS',
    '#/amount',
    `The brokerage account has ${has} ${currency} that can be transferred.`,
  );
}
