/**
 * The part of DynamoDB's expression language that the product writes, parsed (AWS DynamoDB guide, "Condition and filter
 * expressions, operators, and functions" and "Update expressions"). Each text is parsed once.
 *
 * Not here, because nothing but the test of the real engine needs it: the list of reserved words.
 */
import { Invalid, NotModelled } from './dynamodb-errors.ts';

/** A name as it was written: `pk` or `#status`. A value: `:status`. */
export type Operand = { is: 'attribute'; name: string } | { is: 'value'; value: string };
export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type Condition =
  | { is: 'compare'; comparator: Comparator; left: Operand; right: Operand }
  | { is: 'between'; what: Operand; from: Operand; to: Operand }
  | { is: 'begins_with'; what: Operand; start: Operand }
  | { is: 'contains'; what: Operand; member: Operand }
  | { is: 'attribute_exists' | 'attribute_not_exists'; name: string }
  | { is: 'and' | 'or'; left: Condition; right: Condition }
  | { is: 'not'; condition: Condition };
export type SetValue = Operand | { is: 'if_not_exists'; name: string; otherwise: Operand };
export type Update = {
  set: { name: string; to: SetValue }[];
  remove: string[];
  add: { name: string; value: string }[];
};
/** With the placeholders that stand in it. */
export type Parsed<Tree> = { tree: Tree; names: ReadonlySet<string>; values: ReadonlySet<string> };

/** AWS DynamoDB guide, "Service quotas": expression length. */
const bytesMax = 4_096;
const token = /\s*(?:([#:]?[A-Za-z0-9_]+)|(<>|<=|>=|[=<>(),]))/y;
const comparators: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

export const parseCondition = cached('condition', (reader) => readOr(reader));
export const parseUpdate = cached('update', readUpdate);
export const parseProjection = cached('projection', (reader) => readList(reader, readName));

function cached<Tree>(
  kind: string,
  read: (reader: Reader) => Tree,
): (text: string) => Parsed<Tree> {
  const known = new Map<string, Parsed<Tree>>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const reader = new Reader(kind, text);
    const tree = read(reader);
    reader.end();
    const parsed = { tree, names: reader.names, values: reader.values };
    known.set(text, parsed);
    return parsed;
  };
}

/** The tokens of an expression, one after the other. */
class Reader {
  readonly names = new Set<string>();
  readonly values = new Set<string>();
  readonly #kind: string;
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(kind: string, text: string) {
    this.#kind = kind;
    if (text.trim() === '') throw this.wrong('The expression can not be empty;');
    if (text.length > bytesMax)
      throw this.wrong('Expression size has exceeded the maximum allowed size;');
    const end = text.trimEnd().length;
    token.lastIndex = 0;
    while (token.lastIndex < end) {
      const at = token.lastIndex;
      const found = token.exec(text);
      if (found === null) {
        const [next] = text.slice(at).trimStart();
        if (next === '.' || next === '[') throw new NotModelled(`a path into a document: ${text}`);
        if (next === '+' || next === '-') throw new NotModelled(`arithmetic: ${text}`);
        throw this.wrong(`Syntax error; token: "${next}"`);
      }
      this.#tokens.push(found[1] ?? found[2] ?? '');
    }
  }

  wrong(why: string): Invalid {
    return new Invalid(`Invalid ${this.#kind} expression: ${why}`);
  }
  peek(): string | undefined {
    return this.#tokens[this.#at];
  }
  next(): string {
    const taken = this.#tokens[this.#at];
    if (taken === undefined) throw this.wrong('Syntax error; token: <EOF>');
    this.#at += 1;
    if (taken.startsWith('#')) this.names.add(taken);
    if (taken.startsWith(':')) this.values.add(taken);
    return taken;
  }
  /** Takes the next token if it is this one; keywords are not case-sensitive. */
  takes(wanted: string): boolean {
    if (this.peek()?.toUpperCase() !== wanted) return false;
    this.#at += 1;
    return true;
  }
  expect(wanted: string): void {
    if (!this.takes(wanted)) throw this.wrong(`Syntax error; token: "${this.peek() ?? '<EOF>'}"`);
  }
  end(): void {
    if (this.peek() !== undefined) throw this.wrong(`Syntax error; token: "${this.peek()}"`);
  }
}

function readOr(reader: Reader): Condition {
  let left = readAnd(reader);
  while (reader.takes('OR')) left = { is: 'or', left, right: readAnd(reader) };
  return left;
}

function readAnd(reader: Reader): Condition {
  let left = readNot(reader);
  while (reader.takes('AND')) left = { is: 'and', left, right: readNot(reader) };
  return left;
}

function readNot(reader: Reader): Condition {
  if (reader.takes('NOT')) return { is: 'not', condition: readNot(reader) };
  if (!reader.takes('(')) return readPredicate(reader);
  const inner = readOr(reader);
  reader.expect(')');
  return inner;
}

function readPredicate(reader: Reader): Condition {
  const first = reader.next();
  if (reader.takes('(')) return readFunction(reader, first);
  const left = operandOf(reader, first);
  if (reader.takes('BETWEEN')) {
    const from = readOperand(reader);
    reader.expect('AND');
    return { is: 'between', what: left, from, to: readOperand(reader) };
  }
  const comparator = reader.next();
  if (comparator.toUpperCase() === 'IN') throw new NotModelled('IN in an expression');
  if (!comparators.has(comparator)) throw reader.wrong(`Syntax error; token: "${comparator}"`);
  return { is: 'compare', comparator: comparator as Comparator, left, right: readOperand(reader) };
}

function readFunction(reader: Reader, name: string): Condition {
  switch (name) {
    case 'attribute_exists':
    case 'attribute_not_exists': {
      const attribute = readName(reader);
      reader.expect(')');
      return { is: name, name: attribute };
    }
    case 'begins_with': {
      const what = readOperand(reader);
      reader.expect(',');
      const start = readOperand(reader);
      reader.expect(')');
      return { is: name, what, start };
    }
    case 'contains': {
      const what = readOperand(reader);
      reader.expect(',');
      const member = readOperand(reader);
      reader.expect(')');
      return { is: name, what, member };
    }
    default:
      throw new NotModelled(`the function ${name} in a condition`);
  }
}

function readUpdate(reader: Reader): Update {
  const update: Update = { set: [], remove: [], add: [] };
  const seen = new Set<string>();
  while (reader.peek() !== undefined) {
    const section = reader.next().toUpperCase();
    if (seen.has(section)) throw reader.wrong(`The "${section}" section can only be used once`);
    seen.add(section);
    switch (section) {
      case 'SET':
        update.set = readList(reader, readSet);
        break;
      case 'REMOVE':
        update.remove = readList(reader, readName);
        break;
      case 'ADD':
        update.add = readList(reader, (at) => ({ name: readName(at), value: readValue(at) }));
        break;
      case 'DELETE':
        throw new NotModelled('DELETE in an update expression');
      default:
        throw reader.wrong(`Syntax error; token: "${section}"`);
    }
  }
  return update;
}

function readSet(reader: Reader): { name: string; to: SetValue } {
  const name = readName(reader);
  reader.expect('=');
  const first = reader.next();
  if (!reader.takes('(')) return { name, to: operandOf(reader, first) };
  if (first !== 'if_not_exists') throw new NotModelled(`the function ${first} in an update`);
  const attribute = readName(reader);
  reader.expect(',');
  const otherwise = readOperand(reader);
  reader.expect(')');
  return { name, to: { is: 'if_not_exists', name: attribute, otherwise } };
}

function readList<T>(reader: Reader, read: (reader: Reader) => T): T[] {
  const list = [read(reader)];
  while (reader.takes(',')) list.push(read(reader));
  return list;
}

const readOperand = (reader: Reader): Operand => operandOf(reader, reader.next());

function operandOf(reader: Reader, text: string): Operand {
  if (text.startsWith(':')) return { is: 'value', value: text };
  return { is: 'attribute', name: nameOf(reader, text) };
}

const readName = (reader: Reader): string => nameOf(reader, reader.next());

function nameOf(reader: Reader, text: string): string {
  if (/^(#|[A-Za-z_])/.test(text)) return text;
  throw reader.wrong(`Syntax error; token: "${text}"`);
}

function readValue(reader: Reader): string {
  const text = reader.next();
  if (!text.startsWith(':')) throw reader.wrong(`Syntax error; token: "${text}"`);
  return text;
}
