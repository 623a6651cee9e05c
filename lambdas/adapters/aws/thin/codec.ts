/** Makes, once for each command, what writes its input as JSON and what reads its output. */
import { randomUUID } from 'node:crypto';
import { type Attributes, bytesToText, entries, list, text, textToBytes } from './attribute.ts';
import { doubt } from './doubt.ts';
import { type Shape, shapeOf } from './shape.ts';

export type Codec = {
  /** The input with its idempotency token, which must be the same in every attempt. */
  withToken(input: object): object;
  write(input: object): string;
  read(json: unknown): object;
};
type Change = (value: unknown) => unknown;
/** What differs between the way out and the way in. */
type Changes = { attribute: Change; blob: Change; time: Change };

/** `schema` is what the command says of itself: its operation, with input and output in fourth and fifth place. */
export function codecOf(schema: readonly unknown[], attributes: Attributes): Codec {
  const input = shapeOf(schema[4]);
  const write = changeOf(input, {
    attribute: attributes.write,
    blob: bytesToText,
    time: timeToSeconds,
  });
  const read = changeOf(shapeOf(schema[5]), {
    attribute: attributes.read,
    blob: textToBytes,
    time: () => doubt('a time in an answer'),
  });
  const tokens =
    input.kind === 'struct'
      ? input.members.filter(({ isToken }) => isToken).map(({ name }) => name)
      : [];
  return {
    withToken: (given) => {
      const missing = tokens.filter((name) => (given as Record<string, unknown>)[name] == null);
      if (missing.length === 0) return given;
      return { ...given, ...Object.fromEntries(missing.map((name) => [name, randomUUID()])) };
    },
    write: (given) => JSON.stringify(write(given)),
    read: (json) => read(json) as object,
  };
}

/** JSON of these protocols has a time in seconds (Smithy, "AWS JSON 1.1 protocol", shape serialization). */
const timeToSeconds = (value: unknown): number =>
  value instanceof Date && !Number.isNaN(value.getTime())
    ? value.getTime() / 1_000
    : doubt('no time');

function changeOf(shape: Shape, changes: Changes): Change {
  switch (shape.kind) {
    case 'string':
      return text;
    case 'number':
      return (value) =>
        typeof value === 'number' && Number.isFinite(value) ? value : doubt('no number');
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : doubt('no boolean'));
    case 'blob':
    case 'attribute':
    case 'time':
      return changes[shape.kind];
    case 'strange':
      return () => doubt('a kind of value that the thin path does not know');
    case 'list':
    case 'map': {
      const change = changeOf(shape.of, changes);
      // Only among attributes is null a value.
      const each: Change =
        shape.of.kind === 'attribute'
          ? change
          : (one) => (one === null ? doubt('a gap') : change(one));
      return shape.kind === 'list'
        ? (value) => list(value).map(each)
        : (value) => changedMap(entries(value), each);
    }
    case 'struct': {
      const members = shape.members.map(
        ({ name, shape: of }) => [name, changeOf(of, changes)] as const,
      );
      return (value) => {
        if (typeof value !== 'object' || value === null || Array.isArray(value))
          return doubt('no structure');
        // The SDK hands on whatever stands beside a type of its own.
        if ('__type' in value) return doubt('a value with a type');
        const struct: Record<string, unknown> = {};
        for (const [name, change] of members) {
          const one = (value as Record<string, unknown>)[name];
          if (one != null) struct[name] = change(one);
        }
        return struct;
      };
    }
    default:
      return shape satisfies never;
  }
}

function changedMap(all: readonly [string, unknown][], change: Change): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const [key, one] of all) if (one !== undefined) map[key] = change(one);
  return map;
}
