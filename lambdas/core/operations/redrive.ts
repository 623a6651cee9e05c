/**
 * Redriving dead letters. Those of a step ring it once more. Those of the relay name places of a stream that keeps its records
 * for a day, so what they were about is made anew from the items' own history (core/outbox/retell.ts).
 */
import type { LetterBox, LetterStore } from './dead-letters.ts';

export type Redriven = { status: 'STARTED' | 'RUNNING' | 'NOTHING' };

/** Asks for what is told in the time that these dead letters of the relay are about; `null`: they are about none. */
export type Errand = { retell(letters: readonly string[]): Promise<'asked' | 'nothing'> };

export async function redrive(
  boxes: LetterStore,
  errand: Errand,
  box: LetterBox,
): Promise<Redriven> {
  if (box !== 'relay') {
    const how = await boxes.sendBack(box);
    return { status: how === 'running' ? 'RUNNING' : 'STARTED' };
  }
  const { letters, done } = await boxes.take('relay');
  const asked = await errand.retell(letters.map(({ body }) => body));
  // They are asked for once more if this is not seen to: that makes only what is missing.
  if (asked === 'nothing') return { status: 'NOTHING' };
  await done();
  return { status: 'STARTED' };
}
