/**
 * Redriving dead letters. Those of a step ring it once more. Those of who reads the stream name places of it, so retell looks at
 * the time that all of them are about together, and takes the letters away when all of it is told (core/outbox/dead-letter.ts).
 */
import type { LetterBox, LetterStore } from './dead-letters.ts';
import {
  isStreamReader,
  type StreamLetter,
  type StreamReader,
  streamLetterIn,
} from './stream-letter.ts';

export type Redriven = { status: 'STARTED' | 'RUNNING' | 'NOTHING' | 'UNREADABLE' };

/** Asks for what is told in the time that these dead letters are about, at least one. */
export type Errand = { retell(of: StreamReader, letters: readonly StreamLetter[]): Promise<void> };

export async function redrive(
  boxes: Pick<LetterStore, 'look' | 'sendBack'>,
  errand: Errand,
  box: LetterBox,
): Promise<Redriven> {
  if (!isStreamReader(box)) {
    const how = await boxes.sendBack(box);
    return { status: how === 'running' ? 'RUNNING' : 'STARTED' };
  }
  const { letters, about } = await boxes.look(box, 'all');
  const readable = letters.flatMap(({ body }) => streamLetterIn(body) ?? []);
  if (readable.length > 0) {
    await errand.retell(box, readable);
    return { status: 'STARTED' };
  }
  if (letters.length > 0) return { status: 'UNREADABLE' };
  // Somebody has in hand what is there.
  return { status: about > 0 ? 'RUNNING' : 'NOTHING' };
}
