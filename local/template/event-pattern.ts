/** Matches events with the patterns of event source mappings (AWS Lambda guide, "Event filtering"). */

export type Matches = (event: unknown) => boolean;
type Test = (value: unknown) => boolean;

/**
 * Compiles a pattern such as `{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"WD#"}]}}}}`.
 * Throws on an operator that is not known here, so that no filter means less on one machine than on AWS.
 */
export function compilePattern(pattern: unknown): Matches {
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern))
    throw new Error(`An event pattern is an object, not ${JSON.stringify(pattern)}.`);
  const fields = Object.entries(pattern).map(([name, inner]) =>
    name === '$or' ? anyOf(inner) : field(name, inner),
  );
  return (event) => fields.every((matches) => matches(event));
}

function anyOf(patterns: unknown): Matches {
  if (!Array.isArray(patterns)) throw new Error('"$or" takes a list of patterns.');
  const alternatives = patterns.map(compilePattern);
  return (event) => alternatives.some((matches) => matches(event));
}

function field(name: string, pattern: unknown): Matches {
  if (!Array.isArray(pattern)) {
    const matches = compilePattern(pattern);
    return (event) => matches(fieldOf(event, name));
  }
  const tests = pattern.map(compileTest);
  return (event) => {
    const value = fieldOf(event, name);
    // A list matches when one of its elements matches.
    const candidates = Array.isArray(value) ? value : [value];
    return tests.some((test) => candidates.some(test));
  };
}

const fieldOf = (event: unknown, name: string): unknown =>
  typeof event === 'object' && event !== null && Object.hasOwn(event, name)
    ? (event as Record<string, unknown>)[name]
    : undefined;

function compileTest(test: unknown): Test {
  if (typeof test !== 'object' || test === null) return (value) => value === test;
  const entries = Object.entries(test);
  const [only] = entries;
  const make = only && operators[only[0]];
  if (make === undefined || entries.length !== 1)
    throw new Error(`The event pattern operator ${JSON.stringify(test)} is not supported here.`);
  return make(only?.[1]);
}

const isText = (value: unknown): value is string => typeof value === 'string';

const operators: Record<string, (argument: unknown) => Test> = {
  prefix: (start) => (value) => isText(value) && value.startsWith(String(start)),
  suffix: (end) => (value) => isText(value) && value.endsWith(String(end)),
  'equals-ignore-case': (text) => (value) =>
    isText(value) && value.toLowerCase() === String(text).toLowerCase(),
  exists: (wanted) => (value) => (value !== undefined) === wanted,
  'anything-but': (argument) => {
    const refused = (Array.isArray(argument) ? argument : [argument]).map(compileTest);
    return (value) => value !== undefined && !refused.some((test) => test(value));
  },
  numeric: (argument) => {
    const tests = comparisons(argument);
    return (value) => typeof value === 'number' && tests.every((test) => test(value));
  },
};

function comparisons(argument: unknown): ((value: number) => boolean)[] {
  if (!Array.isArray(argument) || argument.length === 0 || argument.length % 2 !== 0)
    throw new Error(`"numeric" takes operators and numbers, not ${JSON.stringify(argument)}.`);
  return Array.from({ length: argument.length / 2 }, (_, pair) => {
    const [operator, bound] = [String(argument[2 * pair]), Number(argument[2 * pair + 1])];
    const compare = compares[operator];
    if (compare === undefined) throw new Error(`"numeric" does not know ${operator}.`);
    return (value) => compare(value, bound);
  });
}

const compares: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};
