/**
 * Cursors: where a list goes on. A cursor is opaque to clients, and bound to the list and its filters by their hash. It
 * holds only a position: whose items are read never follows from it, so a forged cursor shows nobody else's items.
 */
import * as z from 'zod';
import { sha256 } from '../kernel/ids.ts';
import { type Problem, refuseField } from './problem.ts';
import { canonicalJson } from './schemas.ts';

const shape = z.strictObject({ f: z.string(), p: z.string().min(1).max(100) });
const hashLength = 16;

const bindingOf = (list: unknown): string => sha256(canonicalJson(list)).slice(0, hashLength);

/** `list` is anything that names the list and its filters. */
export const encodeCursor = (list: unknown, position: string): string =>
  Buffer.from(JSON.stringify({ f: bindingOf(list), p: position })).toString('base64url');

/** The position in the cursor; `null` without a cursor. A cursor of another list or with other filters is INVALID_CURSOR. */
export function decodeCursor(
  list: unknown,
  cursor: string | undefined,
): { position: string | null } | Problem {
  if (cursor === undefined) return { position: null };
  const invalid = refuseField(
    'INVALID_CURSOR',
    '#/cursor',
    'A cursor is the nextCursor of the same list with the same filters.',
  );
  const bytes = Buffer.from(cursor, 'base64url');
  // Decoding skips characters that are not base64url, so a cursor of ours is one that encodes to the same text again.
  if (bytes.toString('base64url') !== cursor) return invalid;
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch {
    return invalid;
  }
  const parsed = shape.safeParse(content);
  if (!parsed.success || parsed.data.f !== bindingOf(list)) return invalid;
  return { position: parsed.data.p };
}
