/**
 * Matches events with patterns: those of event source mappings (AWS Lambda guide, "Event filtering") and those of rules
 * (EventBridge guide, "Event patterns"; github.com/aws/event-ruler is what EventBridge matches with).
 */
import { type Dialect, operatorsOf, type Test } from './event-operators.ts';

export type Matches = (event: unknown) => boolean;

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

/**
 * Compiles a pattern such as `{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"WD#"}]}}}}`.
 * Throws on what AWS refuses, and on an operator that is not known here, so that none means less on one machine than on AWS.
 */
export function compilePattern(pattern: unknown, dialect: Dialect = 'lambda'): Matches {
  const operators = operatorsOf(dialect);

  function object(inner: unknown): Matches {
    if (!isObject(inner)) throw new Error(`An event pattern is an object, not ${shown(inner)}.`);
    const entries = Object.entries(inner);
    if (entries.length === 0 && dialect === 'rule')
      throw new Error('Empty objects are not allowed.');
    const fields = entries.map(([name, value]) =>
      name === '$or' && isChoice(value) ? anyOf(value) : field(name, value),
    );
    const matches = (event: unknown): boolean => fields.every((one) => one(event));
    // Of a list of objects one must have all that is asked for.
    return (event) => (Array.isArray(event) ? flat(event).some(matches) : matches(event));
  }

  function anyOf(patterns: readonly unknown[]): Matches {
    const choices = patterns.map(object);
    return (event) => choices.some((matches) => matches(event));
  }

  function field(name: string, value: unknown): Matches {
    if (isObject(value)) {
      const matches = object(value);
      return (event) => matches(fieldOf(event, name));
    }
    if (!Array.isArray(value)) throw new Error(`"${name}" must be an object or an array.`);
    if (value.length === 0 && dialect === 'rule') throw new Error('Empty arrays are not allowed.');
    const tests = value.map(test);
    return (event) => {
      const leaves = leavesOf(fieldOf(event, name));
      return tests.some((one) => leaves.some(one));
    };
  }

  function test(wanted: unknown): Test {
    if (Array.isArray(wanted))
      throw new Error('A match value is a text, a number, true, false, null or an object.');
    if (!isObject(wanted)) return (value) => value === wanted;
    const [only, another] = Object.entries(wanted);
    const make = only && another === undefined ? operators[only[0]] : undefined;
    if (make === undefined || only === undefined)
      throw new Error(`The match type ${shown(wanted)} is not supported.`);
    return make(only[1]);
  }

  return object(pattern);
}

/** With fewer than two, or with other things in the list, `$or` is a field of that name. */
const isChoice = (value: unknown): value is readonly Fields[] =>
  Array.isArray(value) && value.length > 1 && value.every(isObject);

const flat = (list: readonly unknown[]): unknown[] => list.flat(Number.POSITIVE_INFINITY);

const fieldOf = (event: unknown, name: string): unknown =>
  isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined;

/** What operators look at. A list matches when one of its elements does; an object is no value, and an empty list none. */
function leavesOf(value: unknown): readonly unknown[] {
  const leaves = flat([value]).filter((one) => !isObject(one));
  return leaves.length === 0 ? [undefined] : leaves;
}
