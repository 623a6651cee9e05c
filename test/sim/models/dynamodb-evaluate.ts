/** What parsed expressions mean for an item. */
import type { AttributeValue, Row } from '../truth.ts';
import { Invalid, NotModelled } from './dynamodb-errors.ts';
import type {
  Comparator,
  Condition,
  Operand,
  Parsed,
  SetValue,
  Update,
} from './dynamodb-expressions.ts';
import { addNumbers } from './dynamodb-numbers.ts';
import { compareValues, equalValues, rowOf } from './dynamodb-values.ts';

/** What the placeholders of a request's expressions stand for. */
export type Binding = {
  names: Readonly<Record<string, string>>;
  values: Readonly<Record<string, AttributeValue>>;
};

type Placeholders = {
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
};

/** The placeholders of a request. As AWS, it refuses those that are missing and those that no expression uses. */
export function bindingOf(input: Placeholders, expressions: readonly Parsed<unknown>[]): Binding {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input;
  requireSame(
    'ExpressionAttributeNames',
    names,
    expressions.map((one) => one.names),
  );
  requireSame(
    'ExpressionAttributeValues',
    values,
    expressions.map((one) => one.values),
  );
  return { names: names ?? {}, values: values === undefined ? {} : rowOf(values) };
}

function requireSame(
  what: string,
  given: object | undefined,
  used: readonly ReadonlySet<string>[],
): void {
  if (given !== undefined) {
    const placeholders = Object.keys(given);
    if (placeholders.length === 0) throw new Invalid(`${what} must not be empty`);
    for (const one of placeholders)
      if (!used.some((names) => names.has(one)))
        throw new Invalid(`Value provided in ${what} unused in expressions: keys: {${one}}`);
  }
  for (const names of used)
    for (const one of names)
      if (given === undefined || !Object.hasOwn(given, one))
        throw new Invalid(`${what}: an expression uses ${one}, which is not defined`);
}

/** The attribute that a name in an expression means. */
export const attributeOf = (name: string, { names }: Binding): string =>
  name.startsWith('#') ? (names[name] as string) : name;

export const operandIn = (
  operand: Operand,
  row: Row,
  binding: Binding,
): AttributeValue | undefined => {
  if (operand.is === 'value') return binding.values[operand.value];
  const name = attributeOf(operand.name, binding);
  return Object.hasOwn(row, name) ? row[name] : undefined;
};

/** Whether the condition holds for this item; one that does not exist has no attributes. */
export function holds(condition: Condition, row: Row, binding: Binding): boolean {
  switch (condition.is) {
    case 'and':
      return holds(condition.left, row, binding) && holds(condition.right, row, binding);
    case 'or':
      return holds(condition.left, row, binding) || holds(condition.right, row, binding);
    case 'not':
      return !holds(condition.condition, row, binding);
    case 'attribute_exists':
      return Object.hasOwn(row, attributeOf(condition.name, binding));
    case 'attribute_not_exists':
      return !Object.hasOwn(row, attributeOf(condition.name, binding));
    case 'begins_with': {
      const what = operandIn(condition.what, row, binding);
      const start = operandIn(condition.start, row, binding);
      if (start === undefined || !('S' in start)) throw new NotModelled('begins_with but for text');
      return what !== undefined && 'S' in what && what.S.startsWith(start.S);
    }
    case 'contains': {
      const what = operandIn(condition.what, row, binding);
      const member = operandIn(condition.member, row, binding);
      if (member === undefined || !('S' in member)) throw new NotModelled('contains but of text');
      if (what === undefined) return false;
      if ('L' in what) return what.L.some((one) => equalValues(one, member));
      return (
        ('SS' in what && what.SS.includes(member.S)) || ('S' in what && what.S.includes(member.S))
      );
    }
    case 'between': {
      const what = operandIn(condition.what, row, binding);
      return (
        compares('>=', what, operandIn(condition.from, row, binding)) &&
        compares('<=', what, operandIn(condition.to, row, binding))
      );
    }
    case 'compare':
      return compares(
        condition.comparator,
        operandIn(condition.left, row, binding),
        operandIn(condition.right, row, binding),
      );
    default:
      return condition satisfies never;
  }
}

/** Throws Invalid for values that no item could make sense of; AWS looks at them before it looks at an item. */
export function requireSense(condition: Condition, binding: Binding): void {
  switch (condition.is) {
    case 'and':
    case 'or':
      requireSense(condition.left, binding);
      requireSense(condition.right, binding);
      break;
    case 'not':
      requireSense(condition.condition, binding);
      break;
    case 'between':
      requireRange(givenIn(condition.from, binding), givenIn(condition.to, binding));
      break;
    case 'compare':
      if (condition.comparator !== '=' && condition.comparator !== '<>') {
        requireOrdered(givenIn(condition.left, binding));
        requireOrdered(givenIn(condition.right, binding));
      }
      break;
    case 'begins_with':
    case 'contains':
    case 'attribute_exists':
    case 'attribute_not_exists':
      break;
    default:
      condition satisfies never;
  }
}

const givenIn = (operand: Operand, { values }: Binding): AttributeValue | undefined =>
  operand.is === 'value' ? values[operand.value] : undefined;

function requireOrdered(value: AttributeValue | undefined): void {
  if (value !== undefined && compareValues(value, value) === null)
    throw new NotModelled(`an order of ${Object.keys(value).join()}`);
}

/** The bounds of a BETWEEN, where they are given and not attributes. */
export function requireRange(
  from: AttributeValue | undefined,
  to: AttributeValue | undefined,
): void {
  requireOrdered(from);
  requireOrdered(to);
  if (from === undefined || to === undefined) return;
  const order = compareValues(from, to);
  if (order === null)
    throw new Invalid('The BETWEEN operator requires same data type for lower and upper bounds');
  if (order > 0)
    throw new Invalid(
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound',
    );
}

/** What is not there, and what is of another type, is neither equal nor less nor greater. It is different. */
export function compares(
  comparator: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (left === undefined || right === undefined) return comparator === '<>';
  if (comparator === '=') return equalValues(left, right);
  if (comparator === '<>') return !equalValues(left, right);
  const order = compareValues(left, right);
  if (order === null) return false;
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return comparator satisfies never;
  }
}

/** The attributes that an update writes, each once. */
export function updatedAttributes({ set, remove, add }: Update, binding: Binding): string[] {
  const names = [...set.map(({ name }) => name), ...remove, ...add.map(({ name }) => name)].map(
    (name) => attributeOf(name, binding),
  );
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new Invalid(
      `Invalid UpdateExpression: Two document paths overlap with each other; path: [${twice}]`,
    );
  return names;
}

/** The item after the update. Every value is of the item before it. */
export function updated(update: Update, before: Row, binding: Binding): Row {
  const after: Record<string, AttributeValue> = { ...before };
  for (const { name, to } of update.set)
    after[attributeOf(name, binding)] = valueToSet(to, before, binding);
  for (const name of update.remove) delete after[attributeOf(name, binding)];
  for (const { name, value } of update.add) {
    const attribute = attributeOf(name, binding);
    const by = binding.values[value];
    const current = Object.hasOwn(before, attribute) ? before[attribute] : undefined;
    if (by === undefined || !('N' in by || 'SS' in by))
      throw new NotModelled('ADD but of numbers and sets of texts');
    after[attribute] = current === undefined ? by : sumOf(current, by);
  }
  return after;
}

function sumOf(current: AttributeValue, by: { N: string } | { SS: readonly string[] }) {
  if ('N' in by && 'N' in current) return { N: addNumbers(current.N, by.N) };
  if ('SS' in by && 'SS' in current) return { SS: [...new Set([...current.SS, ...by.SS])] };
  throw new Invalid('An operand in the update expression has an incorrect data type');
}

function valueToSet(to: SetValue, before: Row, binding: Binding): AttributeValue {
  const value =
    to.is === 'if_not_exists'
      ? (operandIn({ is: 'attribute', name: to.name }, before, binding) ??
        operandIn(to.otherwise, before, binding))
      : operandIn(to, before, binding);
  if (value !== undefined) return value;
  throw new Invalid(
    'The provided expression refers to an attribute that does not exist in the item',
  );
}

/** Those of the attributes that are there. */
export function picked(names: readonly string[], row: Row): Row {
  const part: Record<string, AttributeValue> = {};
  for (const name of names) {
    const value = row[name];
    if (value !== undefined && Object.hasOwn(row, name)) part[name] = value;
  }
  return part;
}
