/** Reads a request body strictly: JSON that two parsers could read differently is refused. */
import { visit } from 'jsonc-parser';
import { bodyBytesMax, jsonDepthMax } from '../core/kernel/limits.ts';
import { type Problem, refuse } from '../core/requests/problem.ts';

class Refused extends Error {}

/** The JSON value of a body, or the problem with it: its size, media type, depth, encoding, or misleading keys. */
export function jsonBody(
  bytes: Buffer,
  contentType: string | null,
  bytesMax = bodyBytesMax,
): { value: unknown } | Problem {
  if (bytes.length > bytesMax)
    return refuse('PAYLOAD_TOO_LARGE', `A body has at most ${bytesMax} bytes.`);
  if (contentType === null || !/^application\/json\s*(;|$)/i.test(contentType))
    return refuse('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (depthOf(text) > jsonDepthMax)
      throw new Refused(`is nested deeper than ${jsonDepthMax} levels`);
    const value: unknown = JSON.parse(text, refuseMisleading);
    refuseDuplicates(text);
    return { value };
  } catch (error) {
    const why = error instanceof Refused ? error.message : 'is not valid JSON in UTF-8';
    return refuse('INVALID_REQUEST', `The body ${why}.`);
  }
}

/** Keys that change an object's prototype or its class, for JavaScript and for libraries that look at them. */
const misleading: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

function refuseMisleading(key: string, value: unknown): unknown {
  if (misleading.has(key)) throw new Refused(`has the key "${key}"`);
  return value;
}

/** `JSON.parse` silently keeps the last of two equal keys; another parser might keep the first. */
function refuseDuplicates(text: string): void {
  const open: Set<string>[] = [];
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectProperty: (key) => {
      const keys = open.at(-1);
      if (keys?.has(key)) throw new Refused(`has the key ${JSON.stringify(key)} twice`);
      keys?.add(key);
    },
    onObjectEnd: () => {
      open.pop();
    },
  });
}

/**
 * How deep brackets are nested. It is counted without recursion, which deep input could exhaust, and looks at each character
 * once, whatever they are: a pattern for strings would try anew from each quote of a string without an end.
 */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at];
    if (one === '"') isInString = !isInString;
    else if (one === '\\' && isInString) at += 1;
    else if (isInString) continue;
    else if (one === '{' || one === '[') deepest = Math.max(deepest, ++depth);
    else if (one === '}' || one === ']') depth -= 1;
  }
  return deepest;
}
