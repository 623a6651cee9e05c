/**
 * Turns values into DynamoDB's JSON and back in one pass, as @aws-sdk/util-dynamodb and the SDK's codec do in four. What
 * they would do something unusual with (a class, an empty set, a number beyond 2^53) is a doubt.
 */
import { bytesOf } from './body.ts';
import { doubt } from './doubt.ts';

/** How one attribute goes out and comes in: as a document's plain value, or in the form that DynamoDB itself speaks. */
export type Attributes = { write(value: unknown): unknown; read(value: unknown): unknown };
type Wire = Readonly<Record<string, unknown>>;

/** Attributes of lib-dynamodb, with `removeUndefinedValues`, and with `numberOf` for its `wrapNumbers`. */
export const documentAttributes = (numberOf: (text: string) => unknown): Attributes => ({
  write: toWire,
  read: (value) => fromWire(value, numberOf),
});

/** Attributes of client-dynamodb, which only has bytes to change. */
export const rawAttributes: Attributes = {
  write: (value) => rewritten(value, bytesToText),
  read: (value) => rewritten(value, textToBytes),
};

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

export function toWire(value: unknown): Wire {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'bigint':
      return { N: value.toString() };
    case 'boolean':
      return { BOOL: value };
    case 'number':
      if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
        return doubt('a number that may have been rounded');
      return { N: value.toString() };
    case 'object':
      break;
    default:
      return doubt(`a ${typeof value}`);
  }
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.filter((one) => one !== undefined).map(toWire) };
  if (value instanceof Uint8Array) return { B: bytesToText(value) };
  if (value instanceof Set) return setToWire(value);
  if (!isPlain(value)) return doubt('an instance of a class');
  const map: Record<string, Wire> = {};
  for (const [key, one] of Object.entries(value)) {
    if (key === '__proto__') return doubt('a key that is no key');
    if (one !== undefined) map[key] = toWire(one);
  }
  return { M: map };
}

function setToWire(set: ReadonlySet<unknown>): Wire {
  const members = [...set];
  if (members.length === 0) return doubt('an empty set');
  if (members.every((one) => typeof one === 'string')) return { SS: members };
  if (members.every((one) => typeof one === 'bigint')) return { NS: members.map(String) };
  return doubt('a set of other things');
}

function fromWire(value: unknown, numberOf: (text: string) => unknown): unknown {
  const attribute = mapOf(value);
  const type = typeIn(attribute);
  const inner = attribute[type];
  switch (type) {
    case 'S':
      return text(inner);
    case 'N':
      return numberOf(text(inner));
    case 'BOOL':
      return typeof inner === 'boolean' ? inner : doubt('no boolean');
    case 'NULL':
      return inner === true ? null : doubt('a null that is none');
    case 'B':
      return textToBytes(inner);
    case 'L':
      return list(inner).map((one) => fromWire(one, numberOf));
    case 'M': {
      const from = mapOf(inner);
      const to: Record<string, unknown> = {};
      for (const key in from)
        to[key] =
          key === '__proto__' ? doubt('a key that is no key') : fromWire(from[key], numberOf);
      return to;
    }
    case 'SS':
      return new Set(list(inner).map(text));
    case 'NS':
      return new Set(list(inner).map((one) => numberOf(text(one))));
    case 'BS':
      return new Set(list(inner).map(textToBytes));
    default:
      return doubt(`an attribute of type ${type}`);
  }
}

/** The same attribute with its bytes changed into text or back. */
function rewritten(value: unknown, bytes: (inner: unknown) => unknown): Wire {
  const attribute = mapOf(value);
  const type = typeIn(attribute);
  const inner = attribute[type];
  switch (type) {
    case 'S':
    case 'N':
      return { [type]: text(inner) };
    case 'BOOL':
    case 'NULL':
      return typeof inner === 'boolean' ? { [type]: inner } : doubt('no boolean');
    case 'B':
      return { B: bytes(inner) };
    case 'SS':
    case 'NS':
      return { [type]: list(inner).map(text) };
    case 'BS':
      return { BS: list(inner).map(bytes) };
    case 'L':
      return { L: list(inner).map((one) => rewritten(one, bytes)) };
    case 'M':
      return {
        M: Object.fromEntries(entries(inner).map(([key, one]) => [key, rewritten(one, bytes)])),
      };
    default:
      return doubt(`an attribute of type ${type}`);
  }
}

/** The one type that an attribute has. It stands in a loop of its own, as values do above, because lists of entries cost more. */
function typeIn(attribute: Wire): string {
  let type: string | null = null;
  for (const key in attribute) type = type === null ? key : doubt('an attribute of two types');
  return type ?? doubt('an attribute of no type');
}

/** Plain, so that all its keys are its own. */
const mapOf = (value: unknown): Wire =>
  typeof value === 'object' && value !== null && isPlain(value) ? (value as Wire) : doubt('no map');

export function entries(value: unknown): [string, unknown][] {
  const all = Object.entries(mapOf(value));
  return all.some(([key]) => key === '__proto__') ? doubt('a key that is no key') : all;
}
export const list = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : doubt('no list');
export const text = (value: unknown): string =>
  typeof value === 'string' ? value : doubt('no text');

export const bytesToText = (value: unknown): string =>
  value instanceof Uint8Array ? bytesOf(value).toString('base64') : doubt('no bytes');

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Node skips what is no base64, where the SDK throws. */
export function textToBytes(value: unknown): Uint8Array {
  const digits = text(value);
  if (digits.length % 4 !== 0 || !base64.test(digits)) return doubt('no base64');
  return new Uint8Array(Buffer.from(digits, 'base64'));
}
