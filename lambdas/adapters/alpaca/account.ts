/** A customer's account at Alpaca. In a file of its own: who accepts withdrawals needs nothing else of the brokerage. */
import * as z from 'zod';
import type { Brokerage, BrokerageAccount } from '../../core/brokerage/brokerage.ts';
import { type Minor, minor } from '../../core/kernel/money.ts';
import { callJson } from '../net/http.ts';
import { type AlpacaConfig, alpacaCalls } from './calls.ts';

/** What there is of cash: parts of a cent are left, and a debt is nothing. */
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
      // Not buying power, which is borrowed too; not what may be withdrawn, which is about wires (§1.2).
      transferable: shape.cash_transferable,
    }),
  );

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
