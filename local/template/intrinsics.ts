/** Resolves CloudFormation's intrinsic functions for one machine. */
import { accountId, partition, region } from './aws-names.ts';
import { type Identity, type IdentityOptions, identityOf } from './identities.ts';
import type { Resource, Template } from './template.ts';

export type Resolver = {
  /** The value with all its intrinsics resolved. Throws, with its name, on one that cannot be resolved. */
  resolve(value: unknown): unknown;
  /** The resources of these types whose condition holds, by logical id. Properties are not resolved. */
  resources(...types: string[]): [id: string, resource: Required<Pick<Resource, 'Properties'>>][];
  identity(id: string): Identity;
};
export type ResolverOptions = IdentityOptions & {
  template: Template;
  /** The values of the template's parameters. */
  parameters?: Record<string, string>;
};

/** Stands for `AWS::NoValue`: the property or list element is left out. */
const noValue = Symbol('AWS::NoValue');
type Call = (argument: unknown) => unknown;

export function makeResolver(options: ResolverOptions): Resolver {
  const { template, parameters = {} } = options;
  const identities = new Map<string, Identity>();

  const identity = (id: string): Identity => {
    const known = identities.get(id);
    if (known !== undefined) return known;
    const resource = template.Resources[id];
    if (resource === undefined) throw new Error(`The template has no resource ${id}.`);
    const made = identityOf(id, resource, options, resolve);
    identities.set(id, made);
    return made;
  };

  const ref = (id: string): unknown => {
    if (id in pseudo) return pseudo[id];
    if (id === 'AWS::StackName') return options.stackName;
    const parameter = template.Parameters?.[id];
    if (parameter === undefined) return identity(id).ref;
    const value = parameters[id];
    if (value !== undefined) return value;
    // The default of such a parameter is a name in Parameter Store, not its value.
    if (parameter.Type.startsWith('AWS::SSM::Parameter::'))
      throw new Error(
        `Parameter ${id} comes from Parameter Store (${parameter.Default}), which one machine does not have. Give its value.`,
      );
    if (parameter.Default === undefined) throw new Error(`Give a value for parameter ${id}.`);
    return parameter.Default;
  };

  const attribute = (id: string, name: string): string => {
    const value = identity(id).attributes[name];
    if (value === undefined)
      throw new Error(
        `Fn::GetAtt ${id}.${name} (${template.Resources[id]?.Type}) has no meaning on one machine.`,
      );
    return value;
  };

  const substitute = (argument: unknown): string => {
    const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
    return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal, name: string) => {
      if (literal === '!') return `\${${name}}`;
      const key = name.trim();
      if (key in own) return String(resolve(own[key]));
      const [id = '', ...rest] = key.split('.');
      return String(rest.length === 0 ? ref(id) : attribute(id, rest.join('.')));
    });
  };

  const holds = (condition: unknown): boolean => {
    const value = resolve(condition);
    return value === true || value === 'true';
  };
  const named = (condition: string): boolean => holds(template.Conditions?.[condition]);
  const list = (argument: unknown): unknown[] => {
    const value = resolve(argument);
    if (!Array.isArray(value)) throw new Error(`Not a list: ${JSON.stringify(argument)}`);
    return value;
  };

  const calls: Record<string, Call> = {
    Ref: (id) => ref(String(id)),
    Condition: (name) => named(String(name)),
    'Fn::GetAtt': (argument) => {
      const [id, ...rest] = Array.isArray(argument) ? argument : String(argument).split('.');
      return attribute(String(id), rest.map((part) => String(resolve(part))).join('.'));
    },
    'Fn::Join': (argument) => {
      const [separator, parts] = argument as [string, unknown];
      return list(parts).map(String).join(separator);
    },
    'Fn::Sub': substitute,
    'Fn::Select': (argument) => {
      const [index, values] = argument as [unknown, unknown];
      return list(values)[Number(resolve(index))];
    },
    'Fn::Split': (argument) => {
      const [separator, text] = argument as [string, unknown];
      return String(resolve(text)).split(separator);
    },
    'Fn::If': (argument) => {
      const [condition, yes, no] = argument as [string, unknown, unknown];
      return resolveRaw(named(condition) ? yes : no);
    },
    'Fn::Equals': (argument) => {
      const [left, right] = list(argument);
      return String(left) === String(right);
    },
    'Fn::And': (argument) => (argument as unknown[]).every(holds),
    'Fn::Or': (argument) => (argument as unknown[]).some(holds),
    'Fn::Not': (argument) => !holds((argument as unknown[])[0]),
    'Fn::Base64': (text) => Buffer.from(String(resolve(text))).toString('base64'),
    'Fn::FindInMap': (argument) => {
      const [map, top, second] = list(argument).map(String) as [string, string, string];
      return resolve(template.Mappings?.[map]?.[top]?.[second]);
    },
  };

  function resolveRaw(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolveRaw).filter((one) => one !== noValue);
    if (typeof value !== 'object' || value === null) return checked(value);
    const entries = Object.entries(value);
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) {
      const [name, argument] = only;
      const call = calls[name];
      if (call !== undefined && (name !== 'Condition' || typeof argument === 'string'))
        return call(argument);
      if (name.startsWith('Fn::')) throw new Error(`${name} is not supported on one machine.`);
    }
    return Object.fromEntries(
      entries
        .map(([key, inner]) => [key, resolveRaw(inner)] as const)
        .filter(([, inner]) => inner !== noValue),
    );
  }

  function resolve(value: unknown): unknown {
    const resolved = resolveRaw(value);
    return resolved === noValue ? undefined : resolved;
  }

  return {
    resolve,
    identity,
    resources: (...types) =>
      Object.entries(template.Resources)
        .filter(
          ([, { Type, Condition }]) =>
            types.includes(Type) && (Condition === undefined || named(Condition)),
        )
        .map(([id, { Properties = {} }]) => [id, { Properties }]),
  };
}

const pseudo: Record<string, unknown> = {
  'AWS::Region': region,
  'AWS::AccountId': accountId,
  'AWS::Partition': partition,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::NoValue': noValue,
};

/** Throws on `{{resolve:ssm:…}}`, which CloudFormation fills in from a service that is not here. */
function checked(value: unknown): unknown {
  if (typeof value === 'string' && value.includes('{{resolve:'))
    throw new Error(`The dynamic reference ${value} has no value on one machine.`);
  return value;
}
