/** Reads the schemas that the SDK's commands carry (@smithy/types, schema/static-schemas) into the few shapes of three services. */

export type Member = { name: string; shape: Shape; isToken: boolean };
export type Shape =
  | { kind: 'string' | 'number' | 'boolean' | 'time' | 'blob' | 'attribute' | 'strange' }
  | { kind: 'list' | 'map'; of: Shape }
  | { kind: 'struct'; members: readonly Member[] };

/** The SDK's numbers for simple schemas, and what is added to them for lists and maps of these (SCHEMA in @smithy/core). */
const simple = new Map<number, Shape>([
  [0, { kind: 'string' }],
  [1, { kind: 'number' }],
  [2, { kind: 'boolean' }],
  [4, { kind: 'time' }],
  [21, { kind: 'blob' }],
]);
const [listOf, mapOf] = [64, 128];
const [listId, mapId, structId, unionId] = [1, 2, 3, 4];
const strange: Shape = { kind: 'strange' };
/** The number that stands for the trait `idempotencyToken` (translateTraits in @smithy/core). */
const tokenTrait = 4;

/** A schema that this file does not know becomes `strange`: a value of it is left to the SDK. */
export function shapeOf(reference: unknown): Shape {
  const schema = typeof reference === 'function' ? reference() : reference;
  if (typeof schema === 'number') {
    const known = simple.get(schema);
    if (known !== undefined) return known;
    if (schema >= mapOf) return { kind: 'map', of: simple.get(schema - mapOf) ?? strange };
    if (schema >= listOf) return { kind: 'list', of: simple.get(schema - listOf) ?? strange };
    return strange;
  }
  if (!Array.isArray(schema)) return strange;
  if (schema.length === 2) return shapeOf(schema[0]);
  const [id, , name, , first, second] = schema;
  if (id === listId) return { kind: 'list', of: shapeOf(first) };
  if (id === mapId) return { kind: 'map', of: shapeOf(second) };
  if (id === unionId && name === 'AttributeValue') return { kind: 'attribute' };
  if (id !== structId) return strange;
  return {
    kind: 'struct',
    members: (first as string[]).map((member, index) => {
      const type: unknown = (second as unknown[])[index];
      return { name: member, shape: shapeOf(type), isToken: isToken(type) };
    }),
  };
}

const isToken = (type: unknown): boolean =>
  Array.isArray(type) && type.length === 2 && type[1] === tokenTrait;
