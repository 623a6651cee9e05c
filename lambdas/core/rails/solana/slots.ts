/**
 * The nonce accounts as slots: each carries one payout at a time. A payout is bound to the value that an account finally has, and the
 * binding is a record of that very value, made in the transaction that saves the signed bytes: the chain never gives a value twice,
 * so a value that is bound stays bound, and the account is free again as soon as its next value is final. Nothing is given back.
 */
import { all } from '../../kernel/all.ts';
import type { WithdrawalId } from '../../kernel/ids.ts';
import type { Dice } from '../../kernel/world.ts';
import type { Change, Sequence } from '../../store/change.ts';
import type { Store } from '../../store/store.ts';
import type { SolanaChain } from './chain.ts';

export type Slot = { nonceAccount: string; nonce: string; at: number };

const recordOf = ({ nonceAccount, nonce }: Slot): Sequence => ({
  network: 'solana',
  address: `${nonceAccount}/${nonce}`,
});

/** Refused when a payout was bound to this value before. */
export const binding = (slot: Slot): Change => ({
  ...{ change: 'sequence', sequence: recordOf(slot), from: null, to: 1 },
});

export const isBound = async (
  store: Pick<Store, 'nextNumber'>,
  slot: Pick<Slot, 'nonceAccount' | 'nonce'>,
): Promise<boolean> => (await store.nextNumber(recordOf({ ...slot, at: 0 }))) !== null;

/** That a payout was signed is kept apart from the withdrawal, which an older copy of its table would have forgotten. */
const signedRecord = (id: WithdrawalId): Sequence => ({
  network: 'solana',
  address: `payout/${id}`,
});

/** Refused when it was signed before. */
export const signing = (id: WithdrawalId): Change => ({
  ...{ change: 'sequence', sequence: signedRecord(id), from: null, to: 1 },
});

export const isSigned = async (
  store: Pick<Store, 'nextNumber'>,
  id: WithdrawalId,
): Promise<boolean> => (await store.nextNumber(signedRecord(id))) !== null;

export type Slots = {
  /** Whether there is any nonce account of this treasury. */
  exist: boolean;
  /** So many that are free, or as many as there are. */
  free(wanted: number): Promise<Slot[]>;
};

/** The slots as one visit finds them, from any of them on, so that workers side by side seldom take the same. */
export async function slotsOf(
  { store, dice }: { store: Pick<Store, 'nextNumber'>; dice: Dice },
  chain: Pick<SolanaChain, 'slots'>,
): Promise<Slots> {
  const { at, slots } = await chain.slots();
  const start = Math.floor(dice.roll() * slots.length);
  const inTurn = [...slots.slice(start), ...slots.slice(0, start)].map((slot) => ({ ...slot, at }));
  /** A value that was once seen to be bound is bound for ever. */
  const bound = new Set<Slot>();
  return {
    exist: slots.length > 0,
    free: async (wanted) => {
      const free: Slot[] = [];
      let rest = inTurn.filter((slot) => !bound.has(slot));
      while (free.length < wanted && rest.length > 0) {
        const some = rest.slice(0, wanted - free.length);
        rest = rest.slice(some.length);
        const taken = await all(some.map((slot) => isBound(store, slot)));
        for (const [index, slot] of some.entries())
          if (taken[index]) bound.add(slot);
          else free.push(slot);
      }
      return free;
    },
  };
}
