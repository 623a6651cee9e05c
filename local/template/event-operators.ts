/** The operators of event patterns. Lambda's filters know fewer than the rules of EventBridge. */
import ipaddr from 'ipaddr.js';

export type Test = (value: unknown) => boolean;
type Operator = (argument: unknown) => Test;
/** Of a filter of Lambda, or of a rule of EventBridge. */
export type Dialect = 'lambda' | 'rule';

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';

function text(name: string, argument: unknown): string {
  if (!isText(argument)) throw new Error(`"${name}" takes a text.`);
  return argument;
}

/** A test of the beginning or the end, which may ignore case: `{"prefix": {"equals-ignore-case": "a"}}`. */
const side =
  (name: string, fits: (value: string, side: string) => boolean): Operator =>
  (argument) => {
    const [only, another] =
      typeof argument === 'object' && argument !== null ? Object.entries(argument) : [];
    if (only?.[0] === 'equals-ignore-case' && another === undefined) {
      const wanted = text(name, only[1]).toLowerCase();
      return (value) => isText(value) && fits(value.toLowerCase(), wanted);
    }
    const wanted = text(name, argument);
    return (value) => isText(value) && fits(value, wanted);
  };

const prefix = side('prefix', (value, start) => value.startsWith(start));
const suffix = side('suffix', (value, end) => value.endsWith(end));

function equalsIgnoreCase(argument: unknown): Test {
  const wanted = text('equals-ignore-case', argument).toLowerCase();
  return (value) => isText(value) && value.toLowerCase() === wanted;
}

function exists(argument: unknown): Test {
  if (typeof argument !== 'boolean') throw new Error('"exists" takes true or false.');
  return (value) => (value !== undefined) === argument;
}

/** `*` stands for any text; `\*` and `\\` for themselves. */
function wildcard(argument: unknown): Test {
  const pattern = text('wildcard', argument);
  const parts = [''];
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern[at] ?? '';
    if (letter === '*') {
      if (pattern[at - 1] === '*' && parts.at(-1) === '' && parts.length > 1)
        throw new Error('Consecutive wildcard characters are not allowed.');
      parts.push('');
      continue;
    }
    if (letter === '\\') at += 1;
    const meant = letter === '\\' ? (pattern[at] ?? '') : letter;
    if (letter === '\\' && meant !== '*' && meant !== '\\')
      throw new Error('A backslash stands before an asterisk or a backslash only.');
    parts.push((parts.pop() ?? '') + meant);
  }
  const [start = '', ...more] = parts;
  const end = more.pop();
  return (value) => {
    if (!isText(value)) return false;
    if (end === undefined) return value === start;
    if (!value.startsWith(start)) return false;
    let from = start.length;
    for (const part of more) {
      const found = value.indexOf(part, from);
      if (found === -1) return false;
      from = found + part.length;
    }
    return value.length - end.length >= from && value.endsWith(end);
  };
}

function cidr(argument: unknown): Test {
  const range = ipaddr.parseCIDR(text('cidr', argument));
  return (value) => {
    if (!isText(value) || !ipaddr.isValid(value)) return false;
    const address = ipaddr.parse(value);
    return address.kind() === range[0].kind() && address.match(range);
  };
}

function numeric(argument: unknown): Test {
  if (!Array.isArray(argument) || argument.length === 0 || argument.length % 2 !== 0)
    throw new Error(`"numeric" takes operators and numbers, not ${JSON.stringify(argument)}.`);
  const tests = Array.from({ length: argument.length / 2 }, (_, pair) => {
    const [operator, bound] = [String(argument[2 * pair]), argument[2 * pair + 1]];
    const compare = compares[operator];
    if (compare === undefined) throw new Error(`"numeric" does not know ${operator}.`);
    if (!isNumber(bound)) throw new Error(`"numeric" compares with numbers.`);
    return (value: number) => compare(value, bound);
  });
  return (value) => isNumber(value) && tests.every((test) => test(value));
}

const compares: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** Refuses values, all of them texts or all numbers, or what one of these operators matches with any of its texts. */
function anythingBut(inside: Readonly<Record<string, Operator>>): Operator {
  const refusedBy = (argument: unknown): Test[] => {
    if (typeof argument === 'object' && argument !== null && !Array.isArray(argument)) {
      const [only, another] = Object.entries(argument);
      const make = only && another === undefined ? inside[only[0]] : undefined;
      if (make === undefined || only === undefined)
        throw new Error(`"anything-but" does not know ${JSON.stringify(argument)}.`);
      return [only[1]].flat().map(make);
    }
    const values: unknown[] = Array.isArray(argument) ? argument : [argument];
    const isOneKind = [isText, isNumber].some((isKind) => values.every((one) => isKind(one)));
    if (values.length === 0 || !isOneKind)
      throw new Error('"anything-but" takes texts, or numbers, or another operator.');
    return [(value) => values.includes(value)];
  };
  return (argument) => {
    const refused = refusedBy(argument);
    return (value) => value !== undefined && !refused.some((test) => test(value));
  };
}

const common = { prefix, suffix, 'equals-ignore-case': equalsIgnoreCase, exists, numeric };
const operators: Readonly<Record<Dialect, Readonly<Record<string, Operator>>>> = {
  lambda: { ...common, 'anything-but': anythingBut({ prefix }) },
  rule: {
    ...{ ...common, wildcard, cidr },
    'anything-but': anythingBut({
      ...{ prefix, suffix, wildcard },
      'equals-ignore-case': equalsIgnoreCase,
    }),
  },
};
export const operatorsOf = (dialect: Dialect): Readonly<Record<string, Operator>> =>
  operators[dialect];
