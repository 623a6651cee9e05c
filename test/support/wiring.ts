/** Plays a brokerage whose wires go wrong as the test says. */
import type {
  Brokerage,
  Wire,
  WireMade,
  WireSeen,
} from '../../lambdas/core/brokerage/brokerage.ts';
import type { Attempted } from '../../lambdas/core/kernel/outcome.ts';
import type { Clock } from '../../lambdas/core/kernel/world.ts';
import { testBrokerage } from './brokerage.ts';
import { keptBack } from './gates.ts';

export type Fault = 'lost-but-made' | 'lost-not-made' | 'refused' | 'not-sent';

/** A brokerage that sends wires, without any idempotency. */
export function wiring(clock: Clock) {
  const made: Wire[] = [];
  const faults: Fault[] = [];
  const asked = { wires: 0, lists: 0 };
  const state = {
    bank: 'bank-1' as string | null,
    lists: true,
    /** How the brokerage writes a memo down, and what else it says of a wire. */
    echo: (memo: string): string | null => memo,
    says: {} as Partial<WireSeen>,
  };
  const seen = (one: Wire): WireMade => ({
    ...one,
    isOut: true,
    memo: state.echo(one.memo),
    ...state.says,
    id: one.id,
  });
  const brokerage: Brokerage = {
    ...testBrokerage(clock).brokerage,
    bank: async () => ({ ok: true, value: state.bank }),
    wire: async ({ bankId, amount, memo }): Promise<Attempted<WireMade>> => {
      const fault = faults.shift();
      if (fault === 'not-sent') return keptBack(clock);
      asked.wires += 1;
      if (fault === 'refused') return { outcome: 'NOT_APPLIED', code: 'not-available' };
      if (fault === 'lost-not-made') return { outcome: 'UNKNOWN', why: 'ECONNRESET' };
      const id = `wire-${made.length + 1}`;
      const createdAt = clock.now();
      const value: Wire = {
        id,
        state: 'pending',
        status: 'QUEUED',
        amount,
        bankId,
        memo,
        createdAt,
      };
      made.push(value);
      return fault === 'lost-but-made'
        ? { outcome: 'UNKNOWN', why: 'ETIMEDOUT' }
        : { outcome: 'APPLIED', value: seen(value) };
    },
    wiresSeen: async () => {
      asked.lists += 1;
      return state.lists
        ? { ok: true, value: made.map(seen) }
        : { ok: false, refused: false, why: '503' };
    },
  };
  return { brokerage, made, asked, state, failNext: (...list: Fault[]) => faults.push(...list) };
}
