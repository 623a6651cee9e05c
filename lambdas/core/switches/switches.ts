/**
 * Switches, with which operators hold back what moves money or tells of it, and the processor, which is all of the
 * money-moving ones at once. They hold back what would begin: look-ups, verdicts and what is proven go on, for a payout
 * that is on its way is not stopped by looking away from it.
 */
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { WaitReason } from '../withdrawal/waits.ts';

/**
 *   accept     withdrawals are accepted, and taken up again by their clients
 *   debit      a wallet's inbox is applied, and a brokerage is asked for a customer's cash
 *   on-ramp    the on-ramp is asked to convert, and is paid for it
 *   sign       anything is signed
 *   broadcast  signed bytes are handed to a node; nothing new is signed to lie about
 *   webhook    clients are told
 */
export const switchNames = ['accept', 'debit', 'on-ramp', 'sign', 'broadcast', 'webhook'] as const;
export type SwitchName = (typeof switchNames)[number];
export const isSwitchName = (text: string): text is SwitchName =>
  (switchNames as readonly string[]).includes(text);

/** Everything that is turned off and on: the switches, and the processor. */
export const levers = [...switchNames, 'processor'] as const;
export type Lever = (typeof levers)[number];

/** What is held back. Giving cash back at a brokerage has no switch: it is a call that moves money all the same. */
export type Guarded = SwitchName | 'give-back';

/** The levers that hold each of them back. What is signed is meant to be sent, so nothing new is signed that may not be. */
const heldWith: Record<Guarded, readonly Lever[]> = {
  accept: ['accept'],
  debit: ['processor', 'debit'],
  'on-ramp': ['processor', 'on-ramp'],
  sign: ['processor', 'sign'],
  broadcast: ['processor', 'broadcast'],
  webhook: ['webhook'],
  'give-back': ['processor'],
};

/** Who has said so last, why and when. */
export type Said = { by: string; callerId: string; reason: string; at: Instant };
/** `version` counts the changes of this lever. */
export type Turn = { lever: Lever; on: boolean; version: number; said: Said };
/** A lever that nobody has ever touched is on, and not here. */
export type Turns = ReadonlyMap<Lever, Turn>;

/** Why something is held back, in the words of core/withdrawal/waits.ts. */
export type Held = Extract<WaitReason, 'processor-stopped' | 'switch' | 'switch-unread'>;

/** `null`: it may go on. */
export function heldBack(turns: Turns, guarded: Guarded): Held | null {
  const off = heldWith[guarded].find((lever) => turns.get(lever)?.on === false);
  if (off === undefined) return null;
  return off === 'processor' ? 'processor-stopped' : 'switch';
}

/** The port of the levers. Reads are consistent. */
export type SwitchStore = {
  turns(): Promise<Turns>;
  /** Saves the turn and keeps it for ever. `false`, and nothing written: the lever is not at the version before `to`'s. */
  turn(to: Turn): Promise<boolean>;
  /** The newest turns of all levers, the newest first. */
  history(limit: number): Promise<Turn[]>;
};

/** How everything that a switch guards asks, right before it acts. It never throws: what cannot be read is off. */
export type Switches = { held(guarded: Guarded): Promise<Held | null> };

/** How long a worker relies on what it has read. */
export const switchMemoryMs = 2_000;
/** The part of it in which what is asked for here may have been read before, with something else. */
export const switchReadMs = 1_000;

export function makeSwitches(
  { turns }: Pick<SwitchStore, 'turns'>,
  clock: Clock,
  onUnread: (error: unknown) => void,
  memoryMs = switchMemoryMs,
): Switches {
  let known: { at: Instant; turns: Turns } | null = null;
  let reading: Promise<Turns> | null = null;
  const read = async (): Promise<Turns> => {
    const at = clock.now();
    const found = await turns();
    known = { at, turns: found };
    return found;
  };
  const now = async (): Promise<Turns> => {
    if (known !== null && clock.now() - known.at < memoryMs) return known.turns;
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
  return {
    held: async (guarded) => {
      try {
        return heldBack(await now(), guarded);
      } catch (error) {
        onUnread(error);
        return 'switch-unread';
      }
    },
  };
}
