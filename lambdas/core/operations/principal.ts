/**
 * Who a caller is, where one person proposes and another confirms. A principal is never a name in a request: it is the
 * subject of a token, or what a key was made with (its `--principal`, else its id).
 */
import { sha256 } from '../kernel/ids.ts';
import { principalLengthMax } from '../kernel/limits.ts';

export type Principal = string & { readonly principal: unique symbol };

/** `null` when this names nobody: two callers that name nobody could be one and the same. */
export function principalOf(text: unknown): Principal | null {
  if (typeof text !== 'string') return null;
  const name = text.trim();
  const odd = name.length > principalLengthMax || /\p{Cc}/u.test(name) || plain(name) === '';
  return odd ? null : (name as Principal);
}

/**
 * Whether both may be one person. Keys and tokens share one room of names, so that a person with a key and a token is one
 * person; and names that differ in case, spaces or forms of the same letters are the same. When in doubt, they are one: that
 * costs another colleague, and the other mistake a pair of eyes.
 */
export const isSamePerson = (one: Principal, other: Principal): boolean =>
  plain(one) === plain(other);

/**
 * Without what nobody sees: spaces (and the empty pattern of braille), format characters, and those that are made to be ignored
 * (Unicode Standard Annex 44, "Default_Ignorable_Code_Point"). Upper case comes last, for only that makes `ß` and `SS` one.
 */
const unseen = /[\s\u2800\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const plain = (name: string): string =>
  name
    .replace(unseen, '')
    .normalize('NFKC')
    .replace(unseen, '')
    .toLowerCase()
    .toUpperCase()
    .normalize('NFKC');

const digestLength = 12;
/**
 * A caller as the log names it: a key by its id, and whoever a token names by a digest, for that may be a person's address. Who has
 * turned a switch or decided something is kept with it, by name, where only operators look.
 */
export const loggedAs = (callerId: string): string =>
  callerId.startsWith('token:') ? `token:${sha256(callerId).slice(0, digestLength)}` : callerId;
