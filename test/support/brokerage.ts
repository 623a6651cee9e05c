/** Plays a brokerage that recognises a repeated key, and whose calls go wrong as the test says. */
import type { Brokerage, Journal, JournalIntent } from '../../lambdas/core/brokerage/brokerage.ts';
import type { Clock } from '../../lambdas/core/kernel/world.ts';
import { keptBack } from './gates.ts';
import { at, minorOf } from './things.ts';

export type Fault =
  | 'none'
  | 'lost-but-made'
  | 'lost-not-made'
  | 'refused'
  | 'not-now'
  | 'not-sent'
  | 'crash';
export const customer = 'a11ce000-0000-4000-8000-000000000001';
export const firm = 'f1f1f1f1-0000-4000-8000-000000000001';

export function testBrokerage(clock: Clock) {
  const journals = new Map<string, Journal>();
  const faults: Fault[] = [];
  const sent: string[] = [];
  const unavailable = async () => ({ ok: false, refused: false, why: 'not asked here' }) as const;
  let state: Journal['state'] = 'executed';
  /** What the customer's account had at first; `null`: nothing is answered about it. */
  let cash: bigint | null = null;
  const taken = () =>
    [...journals.values()]
      .filter((one) => one.state === 'executed')
      .reduce((sum, { from, amount }) => sum + (from === firm ? -amount : amount), 0n);
  const brokerage: Brokerage = {
    firm,
    account: async (id) => {
      if (cash === null) return unavailable();
      const transferable = minorOf(cash - taken());
      return { ok: true, value: { id, usable: true, transferable } };
    },
    bank: unavailable,
    wiresSeen: unavailable,
    wire: async () => ({ outcome: 'UNKNOWN', why: 'not asked here' }),
    cancel: async () => ({ outcome: 'UNKNOWN', why: 'not asked here' }),
    prepare: (intent) => ({
      key: intent.key,
      bytes: JSON.stringify({ ...intent, amount: String(intent.amount) }),
    }),
    journal: async ({ key, bytes }) => {
      const fault = faults.shift() ?? 'none';
      if (fault === 'not-sent') return keptBack(clock);
      sent.push(key);
      if (fault === 'crash') throw new Error('crash');
      if (fault === 'lost-not-made') return { outcome: 'UNKNOWN', why: 'ECONNRESET' };
      if (fault === 'not-now')
        return { outcome: 'NOT_NOW', until: at(clock.now() + 1_000), why: '429' };
      if (fault === 'refused') return { outcome: 'NOT_APPLIED', code: 'not-available' };
      const intent = JSON.parse(bytes) as JournalIntent & { amount: string };
      const isShort =
        cash !== null &&
        intent.from !== firm &&
        !journals.has(key) &&
        cash - taken() < BigInt(intent.amount);
      if (isShort) return { outcome: 'NOT_APPLIED', code: 'not-available' };
      const made = journals.get(key) ?? {
        id: `journal-${journals.size + 1}`,
        from: intent.from,
        to: intent.to,
        amount: minorOf(BigInt(intent.amount)),
        description: intent.description,
        state,
        status: state,
      };
      journals.set(key, made);
      return fault === 'lost-but-made'
        ? { outcome: 'UNKNOWN', why: 'ETIMEDOUT' }
        : { outcome: 'APPLIED', value: made };
    },
    status: async (id) => {
      const value = [...journals.values()].find((one) => one.id === id);
      return value === undefined ? { ok: false, refused: true, why: '404' } : { ok: true, value };
    },
    journalsOf: async ({ description, from, to }) => ({
      ok: true,
      value: [...journals.values()].filter(
        (one) => one.description === description && one.from === from && one.to === to,
      ),
    }),
  };
  return {
    brokerage,
    journals,
    sent,
    failNext: (...list: Fault[]) => faults.push(...list),
    makeThem: (to: Journal['state']) => {
      state = to;
      for (const one of journals.values()) one.state = to;
    },
    /** The sum that was taken from the customer's account. */
    taken,
    /** From now on the account answers, and has no more than this. */
    has: (first: bigint) => {
      cash = first;
    },
  };
}
