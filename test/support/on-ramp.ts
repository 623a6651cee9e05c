/** Plays an on-ramp without idempotency: a quote makes at most one transfer, and calls go wrong as the test says. */
import type { Answer, Attempted } from '../../lambdas/core/kernel/outcome.ts';
import type { Clock } from '../../lambdas/core/kernel/world.ts';
import type { Arrivals, Payment } from '../../lambdas/core/on-ramp/arrival.ts';
import type {
  OnRamp,
  Quote,
  Transfer,
  VirtualAccounts,
} from '../../lambdas/core/on-ramp/provider.ts';
import { keptBack } from './gates.ts';
import { at, minorOf } from './things.ts';

export const quoteLifeMs = 120_000;
export type Fault = 'none' | 'lost-but-made' | 'lost-not-made' | 'refused' | 'not-sent';

/** Where the on-ramp of tests pays. */
export const onRampTreasury = '0x00000000000000000000000000000000000000a1';

/** The accounts of a test in which nobody pays by deposit. */
export const noAccounts: VirtualAccounts = {
  ensure: async () => {
    throw new Error('the on-ramp was asked for an account');
  },
};

/** The chain of a test in which the on-ramp pays nothing. */
export const noArrivals: Arrivals = {
  treasury: () => onRampTreasury,
  of: async () => {
    throw new Error('a node was asked for a payment');
  },
};

export function testOnRamp(clock: Clock) {
  const transfers: Transfer[] = [];
  const used = new Set<string>();
  const faults: Fault[] = [];
  const calls: string[] = [];
  /** What the chain shows of a payment, where it is not what the provider says. */
  const payments = new Map<string, Payment>();
  let quotes = 0;
  let quoteAnswer: Answer<Quote> | null = null;
  const make = (token: string, recipientId: string): Transfer => {
    used.add(token);
    const transfer: Transfer = {
      id: `tf_${Math.random()}`,
      state: 'pending',
      source: minorOf(10_000n),
      payout: minorOf(99_500_000n),
      fee: minorOf(50n),
      returned: null,
      recipientId,
      accountId: null,
      rail: null,
      address: null,
      payIn: null,
      confirmation: null,
      createdAt: clock.now(),
    };
    transfers.push(transfer);
    return transfer;
  };
  let isNamed = true;
  const confirmationOf = (one: Transfer): Transfer['confirmation'] =>
    one.confirmation ??
    (isNamed && one.state === 'paid' ? { txHash: `0x${one.id}`, logIndex: 0 } : null);
  const arrivals: Arrivals = {
    treasury: () => onRampTreasury,
    of: async (_, txHash) => {
      const one = transfers.find((transfer) => confirmationOf(transfer)?.txHash === txHash);
      const value = one && { state: 'final' as const, logs: [{ index: 0, value: one.payout }] };
      return { ok: true, value: payments.get(txHash) ?? value ?? { state: 'absent' } };
    },
  };
  const onRamp: OnRamp = {
    verdictOn: (code) => (code === 'err_validation' ? 'passes' : 'final'),
    recipient: async () => ({ ok: true, value: 'wlt_treasury' }),
    quote: async (_network, amount) => {
      if (quoteAnswer !== null) return quoteAnswer;
      const payout = minorOf((amount - 50n) * 10_000n);
      quotes += 1;
      const expiresAt = at(clock.now() + quoteLifeMs);
      return {
        ok: true,
        value: { token: `quote-${quotes}`, source: amount, payout, fee: minorOf(50n), expiresAt },
      };
    },
    transfer: async (token, recipientId): Promise<Attempted<Transfer>> => {
      const fault = faults.shift() ?? 'none';
      if (fault === 'not-sent') return keptBack(clock);
      calls.push(token);
      if (fault === 'lost-not-made') return { outcome: 'UNKNOWN', why: 'ECONNRESET' };
      if (fault === 'refused' || used.has(token))
        return { outcome: 'NOT_APPLIED', code: 'err_validation' };
      const transfer = make(token, recipientId);
      return fault === 'lost-but-made'
        ? { outcome: 'UNKNOWN', why: 'ETIMEDOUT' }
        : { outcome: 'APPLIED', value: transfer };
    },
    status: async (id) => {
      const value = transfers.find((one) => one.id === id);
      return value === undefined
        ? { ok: false, refused: true, why: '404' }
        : { ok: true, value: { ...value, confirmation: confirmationOf(value) } };
    },
    transfersBetween: async (from, to) => ({
      ok: true,
      // The newest come first, as the adapter asks for them.
      value: transfers.filter(({ createdAt }) => createdAt >= from && createdAt <= to).toReversed(),
    }),
  };
  return {
    onRamp,
    arrivals,
    payments,
    /** Whether a transfer that is paid says in which transaction. */
    nameIt: (is: boolean) => {
      isNamed = is;
    },
    transfers,
    calls,
    quotes: () => quotes,
    /** Makes a request that was lost take effect now. */
    arrive: () => make(calls[0] ?? '', 'wlt_treasury'),
    failNext: (...list: Fault[]) => faults.push(...list),
    answerQuotes: (answer: Answer<Quote> | null) => {
      quoteAnswer = answer;
    },
    finish: (state: Transfer['state'] = 'paid') => {
      for (const one of transfers) one.state = state;
    },
    giveBack: (cents: bigint | null) => {
      for (const one of transfers)
        Object.assign(one, { state: 'returned', returned: cents === null ? null : minorOf(cents) });
    },
  };
}
