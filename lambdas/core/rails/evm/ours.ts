/** Nothing is paid to what is ours: a gas lane would keep it, and nobody has a key to the payout contract. */
import { type Address, comparable } from '../../kernel/networks.ts';
import type { Rail } from '../../payout/rail.ts';

/**
 * A rail that also refuses the addresses which only the signer knows: a deployed API does not know those of keys in KMS. What is
 * signed goes on as ever.
 */
export function refusingOurs(rail: Rail, ours: readonly Address[]): Rail {
  const own = new Set(ours.map(comparable));
  return {
    ...rail,
    refusal: async (payment, attempt) =>
      attempt === undefined && own.has(comparable(payment.to))
        ? { by: 'payee', why: 'ours' }
        : rail.refusal(payment, attempt),
  };
}
