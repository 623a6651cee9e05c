/** Counts the bytes of an item as DynamoDB does. A write unit pays for each started KB of them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

/**
 * DynamoDB guide, "DynamoDB item sizes and formats": names and text count in UTF-8, a number 1 byte for two significant
 * digits and 1 more, bytes as they are, null and boolean 1, a list or map 3 and 1 more for each element.
 */
export const itemSize = (row: Record<string, unknown>): number =>
  sum(Object.entries(marshall(row, { removeUndefinedValues: true })), ([name, value]) => {
    return utf8(name) + sizeOf(value);
  });

function sizeOf(value: AttributeValue): number {
  if (value.S !== undefined) return utf8(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.L !== undefined) return 3 + sum(value.L, (one) => 1 + sizeOf(one));
  if (value.M !== undefined)
    return 3 + sum(Object.entries(value.M), ([name, one]) => 1 + utf8(name) + sizeOf(one));
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  throw new Error(`a type that no row has: ${Object.keys(value).join()}`);
}

const utf8 = (text: string): number => Buffer.byteLength(text);
const numberSize = (text: string): number => {
  const digits = text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
};
const sum = <T>(list: readonly T[], of: (one: T) => number): number =>
  list.reduce((total, one) => total + of(one), 0);
