/**
 * Where a list goes on. Opaque to clients, and bound to the list and its filters by their hash; it holds no more than a
 * position. Whose items are read never follows from a cursor, so a forged one shows nobody else's.
 */
import * as z from 'zod';
import { sha256 } from '../kernel/ids.ts';
import { type Problem, refuseField } from './problem.ts';
import { canonicalJson } from './schemas.ts';

const shape = z.strictObject({ f: z.string(), p: z.string().min(1).max(100) });
const hashLength = 16;

const bindingOf = (list: unknown): string => sha256(canonicalJson(list)).slice(0, hashLength);

/** `list` names what is listed and by which filters. */
export const encodeCursor = (list: unknown, position: string): string =>
  Buffer.from(JSON.stringify({ f: bindingOf(list), p: position })).toString('base64url');

/** The position that the cursor holds; `null` without one. */
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
  // Decoding skips what is no base64url: only what is written back the same is a cursor of ours.
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
