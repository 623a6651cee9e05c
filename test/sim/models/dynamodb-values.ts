/** Attribute values in their wire form: checked, compared and measured as DynamoDB does. */
import type { AttributeValue, Row } from '../truth.ts';
import { Invalid, NotModelled } from './dynamodb-errors.ts';
import { canonicalNumber, compareNumbers } from './dynamodb-numbers.ts';

/** AWS DynamoDB guide, "Service quotas": nested attribute depth. */
const depthMax = 32;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The value as it is stored: numbers in one form. Throws Invalid where AWS refuses it. */
export function storedValue(wire: unknown, depth = 1): AttributeValue {
  if (depth > depthMax) throw new Invalid('Nesting Levels have exceeded supported limits');
  const [only, another] = Object.entries(wire as object);
  if (only === undefined || another !== undefined)
    throw new Invalid(
      'Supplied AttributeValue must contain exactly one of the supported datatypes',
    );
  const [type, value] = only as [string, unknown];
  switch (type) {
    case 'S':
      if (typeof value !== 'string') throw new Invalid('S is no text');
      return { S: value };
    case 'N':
      if (typeof value !== 'string') throw new Invalid('N is no text');
      return { N: canonicalNumber(value) };
    case 'B':
      if (typeof value !== 'string' || !base64.test(value)) throw new Invalid('B is no base64');
      return { B: value };
    case 'BOOL':
      if (typeof value !== 'boolean') throw new Invalid('BOOL is no boolean');
      return { BOOL: value };
    case 'NULL':
      if (value !== true)
        throw new Invalid('Null attribute value types must have the value of true');
      return { NULL: true };
    case 'L':
      return { L: (value as unknown[]).map((one) => storedValue(one, depth + 1)) };
    case 'M':
      return { M: rowOf(value, depth + 1) };
    case 'SS':
      return { SS: setOf(value as unknown[]) };
    default:
      throw new NotModelled(`attribute values of type ${type}`);
  }
}

/** A set has no order that anybody could count on. */
function setOf(members: unknown[]): string[] {
  const texts = members.map((one) => {
    if (typeof one !== 'string') throw new Invalid('SS has something else than texts');
    return one;
  });
  if (texts.length === 0)
    throw new Invalid('One or more parameter values were invalid: An string set  may not be empty');
  if (new Set(texts).size < texts.length)
    throw new Invalid(
      'One or more parameter values were invalid: Input collection contains duplicates',
    );
  return texts;
}

/** The attributes of an item or map, or the values of an expression, as they are stored. Any name is a name: `__proto__` too. */
export const rowOf = (wire: unknown, depth = 1): Record<string, AttributeValue> =>
  Object.fromEntries(
    Object.entries(wire as object).map(([name, value]) => [name, storedValue(value, depth)]),
  );

const beyondBmp = /[\ud800-\uffff]/;

/** In the order of their UTF-8 bytes (AWS: Query), which is not that of UTF-16 where there are surrogates. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (beyondBmp.test(a) || beyondBmp.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** Less than, equal to or greater than 0; `null` when these two have no order: types that differ, or have none. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | null {
  if ('S' in a) return 'S' in b ? compareText(a.S, b.S) : null;
  if ('N' in a) return 'N' in b ? compareNumbers(a.N, b.N) : null;
  if ('B' in a)
    return 'B' in b ? Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64')) : null;
  return null;
}

export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  if (a === b) return true;
  if ('S' in a) return 'S' in b && a.S === b.S;
  if ('N' in a) return 'N' in b && a.N === b.N;
  if ('B' in a) return 'B' in b && a.B === b.B;
  if ('BOOL' in a) return 'BOOL' in b && a.BOOL === b.BOOL;
  if ('NULL' in a) return 'NULL' in b;
  if ('L' in a) {
    if (!('L' in b) || a.L.length !== b.L.length) return false;
    const other = b.L;
    return a.L.every((one, at) => equalValues(one, other[at] as AttributeValue));
  }
  if ('M' in a) return 'M' in b && equalRows(a.M, b.M);
  if ('SS' in a)
    return 'SS' in b && a.SS.length === b.SS.length && a.SS.every((one) => b.SS.includes(one));
  throw new NotModelled(`attribute values of type ${Object.keys(a).join()}`);
}

export function equalRows(a: Row, b: Row): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every(
      (name) =>
        Object.hasOwn(b, name) && equalValues(a[name] as AttributeValue, b[name] as AttributeValue),
    )
  );
}

/** AWS DynamoDB guide, "DynamoDB item sizes and formats". */
export function sizeOfRow(row: Row): number {
  let size = 0;
  for (const name in row) size += utf8(name) + sizeOf(row[name] as AttributeValue);
  return size;
}

function sizeOf(value: AttributeValue): number {
  if ('S' in value) return utf8(value.S);
  if ('N' in value) return Math.ceil(value.N.length / 2) + 1;
  if ('B' in value) return Math.floor((value.B.replace(/=+$/, '').length * 3) / 4);
  if ('L' in value) return value.L.reduce((sum, one) => sum + 1 + sizeOf(one), 3);
  if ('M' in value) return 3 + Object.keys(value.M).length + sizeOfRow(value.M);
  if ('SS' in value) return value.SS.reduce((sum, one) => sum + utf8(one), 0);
  return 1;
}

export const utf8 = (text: string): number => Buffer.byteLength(text);
