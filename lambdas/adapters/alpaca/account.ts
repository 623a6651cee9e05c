/** Reads a customer's account at Alpaca. It is a file of its own because accepting withdrawals needs nothing more of it. */
import * as z from 'zod';
import type { Brokerage, BrokerageAccount } from '../../core/brokerage/brokerage.ts';
import { type Minor, minor } from '../../core/kernel/money.ts';
import { callJson } from '../net/http.ts';
import { type AlpacaConfig, alpacaCalls } from './calls.ts';

/** Cash in cents. Fractions of a cent are cut off and a negative balance counts as zero: neither can be journaled. */
const centsAtMost = z
  .string()
  .regex(/^-?\d{1,18}(\.\d+)?$/)
  .transform((text): Minor => {
    const [whole = '', fraction = ''] = text.split('.');
    return text.startsWith('-')
      ? minor(0n)
      : minor(BigInt(whole + fraction.slice(0, 2).padEnd(2, '0')));
  });

const AccountShape = z
  .object({
    id: z.string().transform((text) => text.toLowerCase()),
    status: z.string(),
    cash_transferable: centsAtMost,
    transfers_blocked: z.boolean(),
    account_blocked: z.boolean(),
  })
  .transform(
    (shape): BrokerageAccount => ({
      id: shape.id,
      usable: shape.status === 'ACTIVE' && !shape.transfers_blocked && !shape.account_blocked,
      // "Cash available for transfer (JNLC)". `buying_power` includes margin, and `cash_withdrawable` is about wires.
      transferable: shape.cash_transferable,
    }),
  );

/** The brokerage port's `account`. `request` passes circuit breakers, where there are any. */
export const alpacaAccount = (
  config: AlpacaConfig,
  request = callJson,
): Pick<Brokerage, 'account'> => {
  const { askAbout } = alpacaCalls(config, request);
  return {
    account: (id) =>
      askAbout(
        AccountShape,
        id.toLowerCase(),
        `/v1/trading/accounts/${encodeURIComponent(id)}/account`,
      ),
  };
};
