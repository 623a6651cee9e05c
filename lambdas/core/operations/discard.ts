/**
 * Takes away a dead letter that nobody can read. It names nothing, so nothing waits for it, and sent back it would only come
 * again. One that can be read is never taken away by hand: sent back it rings, and is gone. Who, when and why is kept, before.
 */
import { sha256 } from '../kernel/ids.ts';
import {
  type Discard,
  type Discards,
  type LetterBox,
  type LetterStore,
  readLetter,
} from './dead-letters.ts';

type Asked = Pick<Discard, 'messageId' | 'by' | 'callerId' | 'reason' | 'at'>;

export async function discard(
  boxes: Pick<LetterStore, 'remove'>,
  discards: Discards,
  box: LetterBox,
  asked: Asked,
): Promise<'discarded' | 'readable' | 'not-there'> {
  let isReadable = false;
  const gone = await boxes.remove(box, async ({ messageId, body }) => {
    if (messageId !== asked.messageId) return false;
    isReadable = readLetter(box, body) !== null;
    if (isReadable) return false;
    await discards.keep({
      ...asked,
      box,
      bytes: Buffer.byteLength(body),
      sha256: sha256(body),
    });
    return true;
  });
  if (gone > 0) return 'discarded';
  return isReadable ? 'readable' : 'not-there';
}
