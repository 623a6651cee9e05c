/** Tells calls apart by what their requests have in common: command, form of the values, and queue. */
import type { HandlerExecutionContext } from '@smithy/types';
import { documentAttributes, rawAttributes } from './attribute.ts';
import { type Codec, codecOf } from './codec.ts';
import { checkMd5 } from './md5.ts';
import type { Skeleton } from './skeleton.ts';
import { middlewareOf, type Stack } from './stack.ts';

export type Kind = {
  codec: Codec;
  /** Throws when the answer does not fit what was sent. */
  check(input: object, output: object): void;
  /** `null` until one is learned, `never` when the thin path would not make the same requests. */
  skeleton: Skeleton | 'never' | null;
  /** How often nothing was learned: it may also be that the credentials were renewed in between. */
  misses: number;
};

/** The middleware that commands bring along and that the thin path stands for. */
const [marshalling, md5] = ['DocumentMarshall', 'sendMessageBatchMiddleware'];
const known = new Set(['endpointV2Middleware', marshalling, 'DocumentUnmarshall', md5]);

/** What lib-dynamodb keeps of its options in the configuration of the client. */
export type Translation = {
  marshallOptions?: Readonly<Record<string, unknown>>;
  unmarshallOptions?: Readonly<Record<string, unknown>>;
};

/** Finds the kind of a call among those that there were. `null` when it is nothing for the thin path. */
export function makeKinds(translation: () => Translation | undefined) {
  const kinds = new Map<string, Kind>();
  return (own: Stack, context: HandlerExecutionContext, input: object): Kind | null => {
    const names = [...middlewareOf(own).keys()];
    if (names.some((name) => !known.has(name)) || namesHost(context, input)) return null;
    const isDocument = names.includes(marshalling);
    const queue = 'QueueUrl' in input ? String(input.QueueUrl) : '';
    const name = `${context.commandName} ${isDocument} ${queue}`;
    let kind = kinds.get(name);
    if (kind === undefined) {
      const schema: unknown = context['__smithy_context']?.['operationSchema'];
      const attributes = isDocument ? translated(translation()) : rawAttributes;
      if (!Array.isArray(schema) || attributes === null) return null;
      const check = names.includes(md5) ? checkMd5 : () => {};
      kind = { codec: codecOf(schema, attributes), check, skeleton: null, misses: 0 };
      kinds.set(name, kind);
    }
    return kind;
  };
}

/** The options that the thin path has, and no others. lib-dynamodb adds two of its own. */
function translated(options: Translation | undefined) {
  const { marshallOptions = {}, unmarshallOptions = {} } = options ?? {};
  const { removeUndefinedValues, convertTopLevelContainer = true, ...otherOut } = marshallOptions;
  const { wrapNumbers, convertWithoutMapWrapper = true, ...otherIn } = unmarshallOptions;
  const isKnown =
    removeUndefinedValues === true &&
    convertTopLevelContainer === true &&
    convertWithoutMapWrapper === true &&
    typeof wrapNumbers === 'function' &&
    Object.keys({ ...otherOut, ...otherIn }).length === 0;
  return isKnown ? documentAttributes(wrapNumbers as (text: string) => unknown) : null;
}

/** The endpoint parameters that may have a plain name as well. */
const ofResources = new Set(['ResourceArn', 'ResourceArnList']);
type Instruction = { type: string; name?: string; get?: (input: object) => unknown };

/**
 * Whether the host may depend on the input (the SDK's endpoint parameters): on the account of a table that is named by its
 * ARN, or on whatever else the endpoint is chosen by.
 */
function namesHost(context: HandlerExecutionContext, input: object): boolean {
  const command = context['__smithy_context']?.commandInstance?.constructor as
    | { getEndpointParameterInstructions?: () => Record<string, Instruction> }
    | undefined;
  const instructions = Object.entries(command?.getEndpointParameterInstructions?.() ?? {});
  return instructions.some(([parameter, { type, name = '', get }]) => {
    if (type !== 'contextParams' && type !== 'operationContextParams') return false;
    const named = get === undefined ? (input as Record<string, unknown>)[name] : get(input);
    const beginning = ofResources.has(parameter) ? 'arn:' : '';
    return [named].flat().some((one) => typeof one === 'string' && one.startsWith(beginning));
  });
}
