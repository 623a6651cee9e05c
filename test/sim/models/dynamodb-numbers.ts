/** DynamoDB's numbers: decimals of up to 38 significant digits, kept as text. Never an IEEE double. */
import { Invalid } from './dynamodb-errors.ts';

/** AWS DynamoDB guide, "Naming rules and data types", Number. */
const digitsMax = 38;
const exponentMax = 126;
const exponentMin = -129;

/** Its value is 0.`digits` × 10^`exponent`; `digits` begin and end with another digit than 0. Zero has none. */
type Decimal = { negative: boolean; digits: string; exponent: number };

const plainInteger = /^(0|-?[1-9]\d{0,37})$/;
const written = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function decimalOf(text: string): Decimal {
  const [, sign, whole = '', fraction = '', power = '0'] = written.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '')
    throw new Invalid(`The parameter cannot be converted to a numeric value: ${text}`);
  const all = whole + fraction;
  const leading = all.length - all.replace(/^0+/, '').length;
  const digits = all.slice(leading).replace(/0+$/, '');
  const exponent = whole.length + Number(power) - leading;
  return digits === ''
    ? { negative: false, digits, exponent: 0 }
    : { negative: sign === '-', digits, exponent };
}

/** A number as DynamoDB gives it back: no needless zeros, no exponent. */
export function canonicalNumber(text: string): string {
  return plainInteger.test(text) ? text : textOf(decimalOf(text));
}

function textOf({ negative, digits, exponent }: Decimal): string {
  if (digits === '') return '0';
  if (digits.length > digitsMax)
    throw new Invalid('Attempting to store more than 38 significant digits in a Number');
  if (exponent > exponentMax)
    throw new Invalid(
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  if (exponent < exponentMin)
    throw new Invalid(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  const plain =
    exponent <= 0
      ? `0.${'0'.repeat(-exponent)}${digits}`
      : exponent >= digits.length
        ? digits + '0'.repeat(exponent - digits.length)
        : `${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
  return negative ? `-${plain}` : plain;
}

/** Of two canonical numbers. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  const negative = a.startsWith('-');
  if (negative !== b.startsWith('-')) return negative ? -1 : 1;
  const larger = compareMagnitudes(a, b);
  return negative ? -larger : larger;
}

function compareMagnitudes(a: string, b: string): number {
  const wholeOf = (text: string) => (text.includes('.') ? text.indexOf('.') : text.length);
  const [wholeA, wholeB] = [wholeOf(a), wholeOf(b)];
  if (wholeA !== wholeB) return wholeA - wholeB;
  return a < b ? -1 : 1;
}

/** The exact sum of two canonical numbers. */
export function addNumbers(a: string, b: string): string {
  if (!a.includes('.') && !b.includes('.')) return canonicalNumber(String(BigInt(a) + BigInt(b)));
  const decimalsOf = (text: string) =>
    text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
  const decimals = Math.max(decimalsOf(a), decimalsOf(b));
  const scaled = (text: string) =>
    BigInt(text.replace('.', '') + '0'.repeat(decimals - decimalsOf(text)));
  return canonicalNumber(`${scaled(a) + scaled(b)}e-${decimals}`);
}
