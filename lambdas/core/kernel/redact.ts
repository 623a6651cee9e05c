/**
 * Takes out of a text what nobody should read in a log, a trace or an error: the path, the query and the user part of every
 * URL, for providers of nodes put their keys there (https://docs.alchemy.com/reference/node-supported-endpoints); the secrets
 * that a function was given; and whatever looks like a credential or like signed bytes, wherever it came from.
 */

/** Errors of our own go through this before they are logged, thrown on or traced. */
export type Redact = (text: string) => string;

/** The scheme, the host with its port, and whether more follows. Slashes may be escaped, as in JSON in JSON. */
const url =
  /\b(https?|wss?):(?:\\*\/){2}(?:[^\s/?#]*@)?(\[[\da-f:.]{2,45}\](?::\d{0,5})?|[^\s/?#"'`@\\<>()[\]{},;]*)([^\s"'`<>]*)/gi;
/** A URL inside another one. */
const encodedUrl = /\b(https?|wss?)%3A%2F%2F[^\s"'`<>]*/gi;

/**
 * Our API keys, secrets of webhooks (Standard Webhooks), credentials of HTTP (RFC 9110, section 11.4), tokens (RFC 7519), private
 * keys in PEM, and signatures: 65 bytes are the shortest, and what is signed has more. No id or hash of ours is so long.
 */
const revealing =
  /\bdk_[\w-]{4,}|\bwhsec_[\w+/=-]{8,}|\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*-----)?|(?:\b0x)?[\da-f]{129,}/gi;

/** V8 quotes the text around the place where JSON ends to be JSON, and that may be anybody's word. */
const quotedText =
  /(?:Unexpected token '[\s\S]{1,2}', )?(?:\.{3})?"[\s\S]{0,60}"(?:\.{3})? is not valid JSON/g;

/** Words so short occur elsewhere, too. A password may be shorter than a key in a path. */
const keyLengthMin = 8;
const passwordLengthMin = 4;

/**
 * Leaves of each URL its scheme and host. What stands in these URLs is taken out by itself, too: a server may repeat a part of
 * it without the rest, such as "Cannot POST /v2/<key>".
 */
export function redactWith(urls: readonly string[], secrets: readonly string[] = []): Redact {
  const known = [
    ...urls.flatMap(secretsIn),
    ...secrets.map((secret) => secret.trim()).filter(({ length }) => length >= keyLengthMin),
  ];
  const words = [...new Set(known)].sort((a, b) => b.length - a.length);
  const anyWord = words.length === 0 ? null : new RegExp(words.map(literal).join('|'), 'g');
  return (text) => {
    // Most texts of a log are short words of ours.
    if (text.length < passwordLengthMin) return text;
    const rest = anyWord === null ? text : text.replace(anyWord, '…');
    if (rest.length < keyLengthMin) return rest;
    const shown = rest.replace(revealing, '…').replace(quotedText, 'it is not valid JSON');
    if (!/%3a|:/i.test(shown)) return shown;
    return shown
      .replace(encodedUrl, '$1://…')
      .replace(
        url,
        (_, scheme: string, host: string, rest: string) =>
          `${scheme}://${host}${/[\w…]/.test(rest) ? '/…' : rest}`,
      );
  };
}

const literal = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Takes out the URLs of a text. */
export const withoutUrls: Redact = redactWith([]);

/** What a URL may hold that is a secret, as it is written and as it is meant. */
function secretsIn(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const { username, password, pathname, searchParams, search } = new URL(text);
  const written = [...pathname.split('/'), ...search.slice(1).split(/[&=]/)];
  const meant = [...written.map(decoded), ...searchParams.values()];
  const keys = [...written, ...meant].filter(({ length }) => length >= keyLengthMin);
  const own = [username, password, decoded(username), decoded(password)];
  return [...keys, ...own.filter(({ length }) => length >= passwordLengthMin)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // It is not percent-encoded, and stands for itself.
  }
}

const causesMax = 8;

/** The same error without secrets: its name, message and stack, and those of its causes. Other fields are left out. */
export function redactedError(error: unknown, redact: Redact, depth = 0): unknown {
  if (typeof error === 'string') return redact(error);
  if (typeof error !== 'object' || error === null || !('message' in error)) return error;
  const { name, message, stack, cause } = error as Partial<Error>;
  const told = new Error(redact(String(message)));
  told.name = String(name);
  if (stack !== undefined) told.stack = redact(stack);
  if (cause !== undefined && depth < causesMax)
    told.cause = redactedError(cause, redact, depth + 1);
  return told;
}
