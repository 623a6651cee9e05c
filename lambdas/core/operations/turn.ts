/** Turning a switch, or the processor, off and on. Whoever says what was said last changes nothing. */

import type { Clock } from '../kernel/world.ts';
import type { Lever, Said, SwitchStore, Turn } from '../switches/switches.ts';
import { isSamePerson, type Principal } from './principal.ts';

export type TurnWorld = { store: SwitchStore; clock: Clock };
/** Who turns it, and why. `callerId` is the id of the key or the token. */
export type Turner = { principal: Principal; callerId: string; reason: string };

/** Each further round means that somebody else has turned the same lever at this very moment. */
const roundsMax = 5;

/** Answers how it is now; `null`: others turn it all the time, and nothing was done. */
export async function turn(
  { store, clock }: TurnWorld,
  lever: Lever,
  on: boolean,
  { principal, callerId, reason }: Turner,
): Promise<Turn | null> {
  for (let round = 0; round < roundsMax; round += 1) {
    const before = (await store.turns()).get(lever);
    if (before !== undefined && isSaid(before, on, principal, reason)) return before;
    const said: Said = { by: principal, callerId, reason, at: clock.now() };
    const to: Turn = { lever, on, version: (before?.version ?? 0) + 1, said };
    if (await store.turn(to)) return to;
  }
  return null;
}

const isSaid = ({ on, said }: Turn, wanted: boolean, principal: Principal, reason: string) =>
  on === wanted && said.reason === reason && isSamePerson(said.by as Principal, principal);

/**
 * The processor as it is wanted. Where it is so already, nothing is written for who gives no reason; a reason is kept, for the
 * processor may have to stay as it is for more than one.
 */
export async function turnProcessor(
  world: TurnWorld,
  on: boolean,
  { reason, ...who }: Omit<Turner, 'reason'> & { reason: string | null },
): Promise<{ on: boolean; turn: Turn | undefined } | null> {
  const before = (await world.store.turns()).get('processor');
  if (reason === null && (before?.on ?? true) === on) return { on, turn: before };
  const why = reason ?? (on ? 'Started.' : 'Stopped.');
  const turned = await turn(world, 'processor', on, { ...who, reason: why });
  return turned && { on: turned.on, turn: turned };
}
